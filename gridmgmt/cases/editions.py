"""Cell editions as the whole platform sees them: who may activate, what it means for cases and duty, who is told.

Cases keep the cell code and the edition they were routed by: figures of a past day stay what they were. What an
activation changes is stamped on places, people and components only.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from geodata import editions, restamping
from geodata.editions import Activation
from geodata.errors import DomainError
from geodata.models import Edition
from geodata.restamping import Moves
from gridmgmt.events import outbox
from gridmgmt.organisation.models import Role, User
from gridmgmt.organisation.scope import Scope, scope_of

TOPIC = "edition.activated"
PLANNERS = (Role.STAFF, Role.LEADER, Role.IMPORTER, Role.ADMIN)
ACTIVATORS = (Role.LEADER, Role.IMPORTER, Role.ADMIN)

# Open cases that lie in another cell than the one they were routed by; cells of the coming edition.
_CASES = f"""
WITH coming AS ({restamping.FUTURE_CELLS})
SELECT count(*) FROM cases_case k
WHERE k.closed_at IS NULL AND k.parent_id IS NULL AND k.cell_code LIKE %(under)s AND NOT EXISTS (
  SELECT 1 FROM coming c WHERE c.code = k.cell_code AND ST_Covers(c.geom, k.geom))
"""  # noqa: S608 - our own text
# Duties and grants for a cell that will not be there any more.
_DUTIES = f"""
WITH coming AS ({restamping.FUTURE_CELLS})
SELECT DISTINCT d.scope_code FROM (
  SELECT scope_code FROM organisation_duty WHERE valid_to IS NULL
  UNION ALL SELECT scope_code FROM organisation_grant WHERE valid_to IS NULL) d
WHERE d.scope_code LIKE %(under)s AND length(d.scope_code) > 12
  AND NOT EXISTS (SELECT 1 FROM coming c WHERE c.code = d.scope_code)
ORDER BY d.scope_code
"""  # noqa: S608 - our own text


@dataclass(frozen=True, slots=True)
class Preview:
    """What an activation would change: rows that move, open cases that keep the old cell, duties left without one."""

    moves: Moves
    open_cases: int
    duties_without_cell: list[str]

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self)


def may_plan(scope: Scope, code: str) -> bool:
    """Whether cells of an area may be proposed, drawn and checked."""
    return any(role in scope.roles_at(code) for role in PLANNERS)


def may_activate(scope: Scope, code: str) -> bool:
    """Whether an edition of an area may be made the active one."""
    return any(role in scope.roles_at(code) for role in ACTIVATORS)


def preview(*, edition_id: UUID) -> Preview:
    """Numbers before the step is taken. Error: edition_unknown."""
    with transaction.atomic():
        moves = editions.preview_edition(edition_id=edition_id)
        edition = Edition.objects.get(pk=edition_id)
        values: dict[str, Any] = {"edition": edition.pk, "under": f"{edition.scope_code}%"}
        with connection.cursor() as cursor:
            cursor.execute(_CASES, values)
            (cases,) = cursor.fetchone() or (0,)
            cursor.execute(_DUTIES, values)
            duties = [str(code) for (code,) in cursor.fetchall()]
    return Preview(moves, int(cases), duties)


def activate(*, edition_id: UUID, by: User, at: datetime) -> Activation:
    """Activate an edition as a user and tell everybody, in one transaction.

    Errors: edition_not_permitted 403 and those of `geodata.editions.activate_edition`.
    """
    with transaction.atomic():
        edition = editions.locked(edition_id)
        if not may_activate(scope_of(by), edition.scope_code):
            raise DomainError(
                code="edition_not_permitted",
                message="Activating cells of this area needs a leader, importer or administrator of it.",
                status=403,
            )
        return activate_unasked(edition_id=edition_id, by=by.pk, at=at)


@transaction.atomic
def activate_unasked(*, edition_id: UUID, by: UUID | None, at: datetime) -> Activation:
    """The same for the command line, where the machine's administrator needs no grant."""
    done = editions.activate_edition(edition_id=edition_id, by=by, at=at)
    edition = done.edition
    payload = {
        "edition": str(edition.pk),
        "scope": edition.scope_code,
        "number": edition.number,
        "retired": [str(key) for key in done.retired],
        "moves": done.moves.as_dict(),
    }
    outbox.append(topic=TOPIC, cell_code=edition.scope_code, payload=payload)
    return done
