"""Steps the platform takes by itself, as rows of flows say: a date reached, a limit passed."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db import connection

from geodata.errors import DomainError
from gridmgmt.cases.actions import take_system_step

logger = logging.getLogger("gridmgmt.cases")

MOST = 2_000
# Steps with a trigger from the stage a case is in. A step that stays is due once per stay. Caller: due. Indexes:
# case_paused_until, case_stage_due; flows are small.
DUE = """
SELECT c.id, c.version, t.action FROM cases_case c
JOIN cases_casesource s ON s.key = c.source_id
JOIN cases_transition t ON t.procedure_id = c.procedure_id AND t.from_stage = c.stage
  AND t.condition IN ('', CASE WHEN s.is_public THEN 'public' ELSE 'own' END)
WHERE c.closed_at IS NULL AND t.trigger = %(trigger)s AND {reached}
  AND NOT EXISTS (SELECT FROM cases_casehistory h WHERE h.case_id = c.id AND h.action = t.action AND h.at >= c.stage_since
    AND t.to_stage = '*')
ORDER BY c.id LIMIT %(most)s
"""
REACHED = {
    "until": "c.paused_until <= %(now)s",
    "stage_limit": "c.stage_due_at <= %(now)s",
}


def due(now: datetime) -> Iterator[tuple[UUID, int, str]]:
    """(case, version, action) of every step that is due."""
    for trigger, reached in REACHED.items():
        with connection.cursor() as cursor:
            sql = DUE.format(reached=reached)  # our own texts, no values
            cursor.execute(sql, {"trigger": trigger, "now": now, "most": MOST})
            yield from cursor.fetchall()


def take_due(now: datetime) -> int:
    """Take them, each in a transaction of its own; one that somebody took meanwhile is left. Returns how many."""
    taken = 0
    for case_id, version, action in list(due(now)):
        try:
            take_system_step(case_id=case_id, action=action, expected_version=version, at=now)
        except DomainError as error:
            logger.info(
                "due step not taken", extra={"case": str(case_id), "step": action, "code": error.code}
            )
        else:
            taken += 1
    return taken
