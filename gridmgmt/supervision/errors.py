"""Errors of this app in one place: code, status and message stay together."""

from __future__ import annotations

from geodata.errors import DomainError


def card_unknown() -> DomainError:
    """No such card, or not visible."""
    return DomainError(code="card_unknown", status=404, message="There is no such card.")


def notice_unknown() -> DomainError:
    """No such document, or not visible."""
    return DomainError(code="notice_unknown", status=404, message="There is no such document.")


def notice_not_ready() -> DomainError:
    """The file is still being made."""
    return DomainError(
        code="notice_not_ready",
        status=409,
        message="The document is still being made. Try again in a minute.",
    )


def notice_damaged() -> DomainError:
    """The stored bytes are not those that were issued."""
    return DomainError(
        code="notice_damaged",
        status=500,
        message="The stored document is damaged and was not handed out. Tell the administrator.",
    )


def card_state(state: str) -> DomainError:
    """The step does not fit what has become of the card."""
    return DomainError(
        code="card_state",
        status=409,
        message="This is not possible in the present state of the card.",
        data={"state": state},
    )


def not_permitted(action: str) -> DomainError:
    """For other roles."""
    return DomainError(
        code="card_not_permitted", status=403, message="You may not do this.", data={"action": action}
    )


def no_document() -> DomainError:
    """A card without document is not served or answered."""
    return DomainError(
        code="card_without_document", status=409, message="This card has no document to serve or answer."
    )


def text_missing(field: str) -> DomainError:
    """Something must be written."""
    return DomainError(
        code="card_text_missing",
        status=422,
        message="Please write why or what was done.",
        data={"field": field},
    )


def date_invalid(field: str) -> DomainError:
    """The date cannot be right."""
    return DomainError(
        code="card_date_invalid",
        status=422,
        message="Choose a day from today on, at most a year ahead.",
        data={"field": field},
    )


def same_person() -> DomainError:
    """Two people cancel a card."""
    return DomainError(
        code="card_same_person",
        status=403,
        message="Somebody else than who issued the card or asked to cancel it must decide.",
    )


def month_invalid() -> DomainError:
    """Not a month that is over."""
    return DomainError(
        code="month_invalid", status=422, message="Choose a month that is over, such as 2026-10."
    )


def already_published() -> DomainError:
    """The month stands published."""
    return DomainError(
        code="already_published",
        status=409,
        message="This month is published. Retract it before publishing it again.",
    )


def publication_unknown() -> DomainError:
    """No such publication, or not visible."""
    return DomainError(code="publication_unknown", status=404, message="There is no such publication.")


def already_retracted() -> DomainError:
    """Retracted before."""
    return DomainError(
        code="already_retracted", status=409, message="This publication has been retracted already."
    )
