"""Phones in sight: those of the people of a place with what still waits on them, and one's own."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum

from gridmgmt.organisation.models import Device, Grant, Role, User
from gridmgmt.organisation.queries import under
from gridmgmt.organisation.scope import Scope

WATCHERS: Final = (Role.SUPERVISOR, Role.LEADER, Role.ADMIN)
KEPT: Final = {"all": Q(), "waiting": Q(waiting__gt=0) | Q(refused__gt=0), "refused": Q(refused__gt=0)}


def phones(scope: Scope, *, at: datetime, text: str = "", show: str = "all") -> QuerySet[Device]:
    """Phones that are signed in, of people who hold a role inside the codes the scope watches: refused entries first, then
    what waits longest, then those heard of last. ``show``: all, waiting, refused."""
    now = Q(valid_from__lte=at) & (Q(valid_to=None) | Q(valid_to__gt=at))
    theirs = Grant.objects.filter(
        now, under("scope_code", scope.prefixes_of(*WATCHERS)), user=OuterRef("user")
    )
    rows = signed_in().filter(KEPT.get(show, Q()), Exists(theirs))
    if text:
        rows = rows.filter(Q(user__name__icontains=text) | Q(user__username__icontains=text))
    return in_order(rows)


def own(user: User) -> QuerySet[Device]:
    """Phones on which somebody is signed in."""
    return in_order(signed_in().filter(user=user))


def signed_in() -> QuerySet[Device]:
    """Phones with a token that works; those that only send positions have none."""
    return Device.objects.filter(revoked_at=None, token_digest__isnull=False).select_related("user")


def in_order(rows: QuerySet[Device]) -> QuerySet[Device]:
    """What needs somebody first."""
    return rows.order_by(
        F("refused").desc(),
        F("oldest_at").asc(nulls_last=True),
        F("waiting").desc(),
        F("last_seen_at").desc(nulls_last=True),
        "pk",
    )


def totals(rows: QuerySet[Device]) -> dict[str, int]:
    """{"phones": that hold something, "items", "refused"} of a list of phones."""
    found = rows.order_by().aggregate(
        phones=Count("pk", filter=KEPT["waiting"]), items=Sum("waiting"), refused=Sum("refused")
    )
    return {name: value or 0 for name, value in found.items()}
