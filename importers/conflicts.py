"""Rows in conflict with both sides next to each other, masked; and keeping what somebody decides about them.

The sides come from the plan of the last check: the row of the file, other rows of the file it stands against, and the
rows of the register that may be meant.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from psycopg import sql

from geodata.ids import uuid7
from importers import decisions, staging, states
from importers.batches import find, working_on
from importers.conflict_sides import Side, sides_of
from importers.errors import refusal
from importers.models import Choice, ImportBatch, ImportFinding, RowDecision

_ROW: Final = (
    "SELECT to_jsonb(p) - 'geom' - 'id_sealed' - 'phone_sealed' FROM {plan} p WHERE row_no = ANY(%s)"
)
_ALL: Final = """
INSERT INTO importers_rowdecision (id, batch_id, kind, sha256, places, ref, code, choice, target, decided_by, decided_at)
SELECT importers_uuid7(), {batch}, {kind}, {sha256}, {places}, left(p.ref, 80), {code}, {choice}, '', {by}, {at} FROM {plan} p
WHERE p.fate = 'conflict' AND split_part(p.conflict, ':', 1) = {code}
ON CONFLICT (kind, sha256, places, ref) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Conflict:
    """One row to decide: where it stands, why, the sides, and what may be said."""

    finding: ImportFinding
    sides: list[Side]
    choices: tuple[str, ...]


def planned(batch: ImportBatch) -> bool:
    """Whether the plan of the last check is still there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [f"{staging.SCHEMA}.plan_{batch.pk.hex}"])
        found = cursor.fetchone()
    return bool(found and found[0])


def open_findings(batch: ImportBatch, code: str = "") -> QuerySet[ImportFinding]:
    """Conflicts nobody has decided yet, in the order of the file."""
    decided = decisions.made_for(batch).filter(ref=OuterRef("ref"))
    found = batch.findings.filter(severity="conflict").filter(~Exists(decided))
    return found.filter(code=code) if code else found


def conflicts(batch: ImportBatch, findings: list[ImportFinding]) -> list[Conflict]:
    """The findings with their sides."""
    rows = _rows(batch, [finding.row_no for finding in findings]) if findings else {}
    return [
        Conflict(
            finding=finding,
            sides=sides_of(batch, rows[finding.row_no], finding.code) if finding.row_no in rows else [],
            choices=decisions.choices(batch.kind, finding.code),
        )
        for finding in findings
    ]


def decide(
    *, batch: ImportBatch, row_no: int, choice: str, target: str, by: UUID | None, at: datetime
) -> int:
    """Keeps what somebody said about one row; taking one of several rows leaves the others out. Gives the number of rows
    decided. Errors: conflict_unknown, choice_unknown, batch_busy."""
    with _at_rest(batch):
        return _decide(batch, row_no, choice, target, by, at)


def _decide(batch: ImportBatch, row_no: int, choice: str, target: str, by: UUID | None, at: datetime) -> int:
    finding = batch.findings.filter(severity="conflict", row_no=row_no).first()
    if finding is None or not planned(batch):
        raise refusal("conflict_unknown")
    if choice not in decisions.choices(batch.kind, finding.code):
        raise refusal("choice_unknown")
    rows = _rows(batch, [row_no])
    if row_no not in rows:
        raise refusal("conflict_unknown")
    sides = sides_of(batch, rows[row_no], finding.code)
    if choice == Choice.CANDIDATE and target not in {side.target for side in sides if side.target}:
        raise refusal("choice_unknown")
    others = [side.ref for side in sides if side.ref and side.ref != finding.ref]
    left_out = others if choice == Choice.TAKE and finding.code in decisions.IN_FILE else []
    with transaction.atomic():
        _keep(batch, finding.ref, finding.code, choice, target if choice == Choice.CANDIDATE else "", by, at)
        for ref in left_out:
            _keep(batch, ref, finding.code, Choice.KEEP, "", by, at)
    return 1 + len(left_out)


def decide_all(*, batch: ImportBatch, code: str, choice: str, by: UUID | None, at: datetime) -> int:
    """The same for every open row of one reason. Errors: conflict_unknown, choice_unknown, batch_busy."""
    offered = decisions.choices(batch.kind, code)
    if choice not in offered or choice not in decisions.FOR_ALL.get(code, ("keep",)):
        raise refusal("choice_unknown")
    with _at_rest(batch), connection.cursor() as cursor:
        if not planned(batch):
            raise refusal("conflict_unknown")
        cursor.execute(
            sql.SQL(_ALL).format(
                batch=sql.Literal(batch.pk),
                kind=sql.Literal(batch.kind),
                sha256=sql.Literal(batch.sha256),
                places=sql.Literal(decisions.places_of(batch)),
                code=sql.Literal(code),
                choice=sql.Literal(choice),
                by=sql.Literal(by),
                at=sql.Literal(at),
                plan=staging.table(batch.pk, "plan"),
            )
        )
        return int(cursor.rowcount)


def take_back(*, batch: ImportBatch, decision_id: UUID) -> None:
    """Forgets a decision; the row is in conflict again at the next check. Errors: conflict_unknown, batch_busy."""
    with _at_rest(batch):
        found = decisions.made_for(batch).filter(pk=decision_id)
        if not found.exists():
            raise refusal("conflict_unknown")
        found.delete()


@contextmanager
def _at_rest(batch: ImportBatch) -> Iterator[None]:
    """Nobody decides while the rows are being judged or written, or are to be. Errors: batch_busy, conflict_unknown."""
    with working_on(batch.pk):
        now = find(batch.pk)
        if now.wanted:
            raise refusal("batch_busy")
        if now.state not in states.UNFINISHED:
            raise refusal("conflict_unknown")
        yield


def _keep(
    batch: ImportBatch, ref: str, code: str, choice: str, target: str, by: UUID | None, at: datetime
) -> None:
    said = {
        "batch": batch,
        "code": code,
        "choice": choice,
        "target": target,
        "decided_by": by,
        "decided_at": at,
    }
    RowDecision.objects.update_or_create(
        kind=batch.kind,
        sha256=batch.sha256,
        places=decisions.places_of(batch),
        ref=ref,
        defaults=said,
        create_defaults={"id": uuid7(), **said},
    )


def _rows(batch: ImportBatch, numbers: list[int]) -> dict[int, dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(_ROW).format(plan=staging.table(batch.pk, "plan")), [numbers])
        found = [json.loads(row) if isinstance(row, str) else row for (row,) in cursor.fetchall()]
    return {int(row["row_no"]): row for row in found}
