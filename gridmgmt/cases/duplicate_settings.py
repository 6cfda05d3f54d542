"""How near in place and time reports of a category count as the same matter; an administrator's setting."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_noop as _

from geodata.errors import DomainError
from gridmgmt.cases.models import Category
from gridmgmt.cases.routing_actions import may_edit
from gridmgmt.organisation.models import User
from gridmgmt.organisation.scope import scope_of

MOST_M, MOST_HOURS = 2000, 24 * 31


@transaction.atomic
def set_duplicate_window(*, prefix: str, metres: int, hours: int, by: User) -> int:
    """Sets it for a category, a major or a kind; 0 metres turn it off. Answer: how many categories.

    Errors: setting_not_permitted 403, unknown_category and setting_out_of_range 422.
    """
    if not may_edit(scope_of(by), ""):
        raise DomainError(
            code="setting_not_permitted",
            status=403,
            message=_(
                "Settings of categories hold everywhere; they belong to the installation's administrator."
            ),
        )
    if not (0 <= metres <= MOST_M and 0 <= hours <= MOST_HOURS):
        raise DomainError(
            code="setting_out_of_range",
            status=422,
            message=_("Give 0 to %(metres)s metres and 0 to %(hours)s hours."),
            data={"metres": MOST_M, "hours": MOST_HOURS},
        )
    changed = Category.objects.filter(key__startswith=prefix).update(
        duplicate_m=metres, duplicate_hours=hours
    )
    if not prefix or not changed:
        raise DomainError(
            code="unknown_category", status=422, message="Unknown category: %(key)s.", data={"key": prefix}
        )
    return changed
