"""Errors of this app in one place: code, status and message stay together."""

from __future__ import annotations

from collections.abc import Sequence

from geodata.errors import DomainError


def report_conflict(stored: bytes, sent: bytes) -> DomainError:
    """The same report number with another content."""
    return DomainError(
        code="report_conflict",
        status=409,
        message="A report with this number is already stored with other content.",
        data={"stored_sha256": stored.hex(), "sent_sha256": sent.hex()},
    )


def photo_id_taken() -> DomainError:
    """A declared photo number belongs to another report."""
    return DomainError(
        code="photo_id_taken", status=409, message="A photo number of this report is already in use."
    )


def unknown_category(key: str) -> DomainError:
    """No such category."""
    return DomainError(
        code="unknown_category", status=422, message="Unknown category: %(key)s.", data={"key": key}
    )


def category_inactive(key: str) -> DomainError:
    """The category is no longer used."""
    return DomainError(
        code="category_inactive",
        status=422,
        message="The category %(key)s is no longer in use.",
        data={"key": key},
    )


def standard_unknown(key: str, seq: int) -> DomainError:
    """The category has no standard of that number."""
    return DomainError(
        code="standard_unknown",
        status=422,
        message="The category %(key)s has no case standard %(seq)s.",
        data={"key": key, "seq": seq},
    )


def unknown_source(key: str) -> DomainError:
    """No such source."""
    return DomainError(
        code="unknown_source", status=422, message="Unknown source: %(key)s.", data={"key": key}
    )


def report_not_permitted() -> DomainError:
    """The sender's roles do not report."""
    return DomainError(code="report_not_permitted", status=403, message="Your role does not send reports.")


def nowhere() -> DomainError:
    """Outside every area, and the sender has no home area either."""
    return DomainError(
        code="no_area",
        status=422,
        message="The point lies outside every area and the sender belongs to none.",
    )


def report_unknown() -> DomainError:
    """No such report, or not visible."""
    return DomainError(code="report_unknown", status=404, message="There is no such report.")


def case_unknown() -> DomainError:
    """No such case, or not visible."""
    return DomainError(code="case_unknown", status=404, message="There is no such case.")


def version_stale(*, stage: str, version: int) -> DomainError:
    """Somebody was faster."""
    return DomainError(
        code="case_version_stale",
        status=409,
        message="Somebody else has moved this case on meanwhile.",
        data={"stage": stage, "version": version},
    )


def out_of_table(*, stage: str, version: int, actions: Sequence[str]) -> DomainError:
    """The flow has no such step here."""
    return DomainError(
        code="step_out_of_table",
        status=409,
        message="This step is not possible in the present state.",
        data={"stage": stage, "version": version, "actions": list(actions)},
    )


def not_permitted(action: str) -> DomainError:
    """The step exists, for others."""
    return DomainError(
        code="step_not_permitted", status=403, message="You may not take this step.", data={"action": action}
    )


def needs_fields(fields: Sequence[str]) -> DomainError:
    """Something required is missing."""
    return DomainError(
        code="step_needs_field",
        status=422,
        message="Something required is missing: %(names)s.",
        data={"names": ", ".join(fields), "fields": list(fields)},
    )


def bad_field(field: str, message: str) -> DomainError:
    """A field is there but cannot be right."""
    return DomainError(code="step_field_invalid", status=422, message=message, data={"field": field})


def blocked(*, reason: str, message: str, stage: str, version: int) -> DomainError:
    """The flow has the step here, but a condition of it does not hold; ``reason`` is a code of flow_messages."""
    return DomainError(
        code="step_blocked",
        status=409,
        message=message,
        data={"reason": reason, "stage": stage, "version": version},
    )


def own_request() -> DomainError:
    """Nobody decides on what they asked for, or endorses and grants the same."""
    return DomainError(
        code="request_own",
        status=403,
        message="You asked for this or approved it before; somebody else must decide.",
    )


def no_procedure(key: str) -> DomainError:
    """No published flow takes this report: a fault of the rules that an administrator must mend."""
    return DomainError(
        code="no_procedure",
        status=503,
        message="No published flow takes this report. An administrator must publish one.",
        data={"procedure": key},
    )


def unmerge_too_late(master: str) -> DomainError:
    """The case it followed is finished."""
    return DomainError(
        code="unmerge_too_late",
        status=409,
        message="The case %(master)s it was joined with is finished; report the matter anew.",
        data={"master": master},
    )
