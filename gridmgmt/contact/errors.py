"""Refusals of this application, each with its code."""

from __future__ import annotations

from geodata.errors import DomainError
from geodata.errors import mark as _

_ERRORS: dict[str, tuple[int, str]] = {
    "receipt_not_permitted": (403, _("You may not make a code for this case.")),
    "receipt_unknown": (404, _("Number or code is wrong.")),
    "too_many_tries": (429, _("Too many tries. Wait ten minutes, then try again.")),
    "session_over": (403, _("This took too long. Enter number and code again.")),
    "link_unknown": (404, _("This link is not valid (any more).")),
    "not_closed": (409, _("A case can be rated when it is finished.")),
    "rated_already": (409, _("This has been rated already. Thank you.")),
    "rating_missing": (422, _("Choose one of the three answers.")),
    "addition_missing": (422, _("Write what you want to add.")),
    "added_already": (409, _("Something has been added already; one addition is possible.")),
    "not_rated": (409, _("There is no rating to add to.")),
    "follow_up_unknown": (404, _("There is no such follow-up.")),
    "follow_up_finished": (409, _("This follow-up is finished.")),
    "follow_up_needs_contact": (409, _("Talk to the reporter first and note it.")),
    "follow_up_needs_note": (422, _("Write down what was said or done.")),
    "follow_up_not_permitted": (403, _("Only a supervisor of this area may do that.")),
}


def refusal(code: str) -> DomainError:
    """The error of a code."""
    status, message = _ERRORS[code]
    return DomainError(code=code, status=status, message=message)
