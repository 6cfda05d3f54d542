"""Findings and figures of a plan: every reason of every row, counted by fate and by reason."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Count
from psycopg import sql

from importers import abolished, decisions, staging
from importers.kinds import Field, Kind
from importers.kinds.base import HIDDEN, NAME_MASKED, NO_ROOM
from importers.models import ImportBatch
from importers.planning import FATES

NOTES_PER_CODE: Final = 1000
"""Reasons for rejection and conflicts are all kept; of one and the same note so many, the figure tells the rest."""

_STORE: Final = """
INSERT INTO importers_importfinding (batch_id, row_no, ref, severity, code, field, value)
SELECT {batch}, f.row_no, left(f.ref, 80), f.severity, f.code, left(f.field, 80),
  left(coalesce(nullif(f.said, ''), {value}, ''), 80)
FROM (SELECT y.row_no, y.ref, y.severity, y.code, split_part(y.told, {says}, 1) AS field, split_part(y.told, {says}, 2) AS said
FROM (
  SELECT p.row_no, p.ref, 'error' AS severity, split_part(x, ':', 1) AS code,
         substring(x FROM position(':' IN x || ':') + 1) AS told
  FROM {plan} p CROSS JOIN LATERAL unnest(p.problems) x
  UNION ALL
  SELECT p.row_no, p.ref, 'conflict', split_part(p.conflict, ':', 1), split_part(p.conflict, ':', 2)
  FROM {plan} p WHERE p.fate = 'conflict'
  UNION ALL
  SELECT n.row_no, n.ref, 'note', n.code, n.field FROM (
    SELECT p.row_no, p.ref, split_part(x, ':', 1) AS code, split_part(x, ':', 2) AS field,
           row_number() OVER (PARTITION BY split_part(x, ':', 1) ORDER BY p.row_no) AS nth
    FROM {plan} p CROSS JOIN LATERAL unnest(p.notes) x WHERE p.fate <> 'rejected') n
  WHERE n.nth <= {most}) y) f
JOIN {raw} s USING (row_no) ORDER BY f.row_no
"""
# As geodata.masking.mask_name does it.
_MASKED_NAME: Final = """
CASE char_length({0}) WHEN 1 THEN '*' WHEN 2 THEN left({0}, 1) || '*'
  ELSE left({0}, 1) || repeat('*', char_length({0}) - 2) || right({0}, 1) END
"""
_BY_FATE: Final = "SELECT fate, count(*) FROM {plan} GROUP BY fate"
_BY_REASON: Final = """
SELECT 'error', split_part(x, ':', 1), count(DISTINCT row_no) FROM {plan} CROSS JOIN LATERAL unnest(problems) x GROUP BY 2
UNION ALL
SELECT 'conflict', split_part(conflict, ':', 1), count(*) FROM {plan} WHERE fate = 'conflict' GROUP BY 2
UNION ALL
SELECT 'note', split_part(x, ':', 1), count(*) FROM {plan} CROSS JOIN LATERAL unnest(notes) x WHERE fate <> 'rejected' GROUP BY 2
"""


def store_findings(batch_id: UUID, kind: Kind) -> None:
    """Replaces the findings of a batch by those of its plan."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM importers_importfinding WHERE batch_id = %s", [batch_id])
        cursor.execute(
            sql.SQL(_STORE).format(
                batch=sql.Literal(batch_id),
                value=_value_of_field(kind, batch_id),
                plan=staging.table(batch_id, "plan"),
                raw=staging.table(batch_id),
                most=sql.Literal(NOTES_PER_CODE),
                says=sql.Literal(abolished.SAYS),
            )
        )


def figures(batch_id: UUID) -> tuple[dict[str, int], dict[str, dict[str, int]]]:
    """Rows by fate, and rows by reason under ``error``, ``conflict`` and ``note``."""
    plan = staging.table(batch_id, "plan")
    fates: dict[str, int] = dict.fromkeys(FATES, 0)
    reasons: dict[str, dict[str, int]] = {"error": {}, "conflict": {}, "note": {}}
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(_BY_FATE).format(plan=plan))
        fates.update(cursor.fetchall())
        cursor.execute(sql.SQL(_BY_REASON).format(plan=plan))
        rows: list[Any] = cursor.fetchall()
    for severity, code, count in sorted(rows, key=lambda row: (-row[2], row[1])):
        reasons[severity][code] = count
    return fates, reasons


def decided(batch: ImportBatch) -> dict[str, int]:
    """How many rows of the file somebody decided, by what was said."""
    made = decisions.made_for(batch).order_by("choice")
    return dict(made.values_list("choice").annotate(rows=Count("id")))


def _value_of_field(kind: Kind, batch_id: UUID) -> sql.Composable:
    """What a finding may show of the staged text that it speaks of."""
    cases = sql.SQL(" ").join(
        sql.SQL("WHEN {} THEN {}").format(sql.Literal(field.name), _shown(field, batch_id))
        for field in kind.fields
        if field.shown != HIDDEN
    )
    return sql.SQL("CASE f.field {} END").format(cases)


def _shown(field: Field, batch_id: UUID) -> sql.Composable:
    column = sql.Identifier("s", f"f_{field.name}")
    if field.shown == NAME_MASKED:
        return sql.SQL(_MASKED_NAME).format(column)
    if field.shown == NO_ROOM:
        found = staging.table(batch_id, "found")
        return sql.SQL("(SELECT w.shown FROM {} w WHERE w.text = {})").format(found, column)
    return column
