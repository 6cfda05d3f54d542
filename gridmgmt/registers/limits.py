"""How much of the registers one person may read in a while: counted tries, so that nobody empties them by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from geodata.errors import DomainError
from geodata.errors import mark as _
from gridmgmt.organisation import tries

SEARCHES, SEARCH_WINDOW = 120, timedelta(minutes=10)
REVEALS, REVEAL_WINDOW = 40, timedelta(hours=1)
LOOKS, LOOK_WINDOW = 4, timedelta(hours=1)


def pay_search(user_id: UUID, at: datetime) -> None:
    """One search, or one more page of it. Error: search_limit 429."""
    if not tries.spend(_limit("people.search", user_id, SEARCHES), window=SEARCH_WINDOW, at=at):
        raise DomainError(
            code="search_limit",
            status=429,
            message=_("You have searched %(most)s times in ten minutes, each page counted. Wait a little."),
            data={"most": SEARCHES},
        )


def pay_reveal(user_id: UUID, at: datetime) -> None:
    """One reveal. Error: reveal_limit 429."""
    if not tries.spend(_limit("people.reveal", user_id, REVEALS), window=REVEAL_WINDOW, at=at):
        raise DomainError(
            code="reveal_limit",
            status=429,
            message=_(
                "You have looked at %(most)s full records in an hour. Wait, or ask for an export with a purpose."
            ),
            data={"most": REVEALS},
        )


def pay_look(counties: Sequence[str], at: datetime) -> None:
    """One look for doubles through each of the counties, whoever asked before: what was found is everybody's. Error:
    look_limit 429, and none is looked through."""
    spent = [tries.limit("doubles.look", county, LOOKS) for county in sorted(counties)]
    if not tries.spend(spent, window=LOOK_WINDOW, at=at):
        raise DomainError(
            code="look_limit",
            status=429,
            message=_(
                "The register has been looked through %(most)s times within an hour; what was found is listed. Wait a little."
            ),
            data={"most": LOOKS},
        )


def _limit(column: str, user_id: UUID, most: int) -> list[tries.Limit]:
    return [tries.limit(column, str(user_id), most)]
