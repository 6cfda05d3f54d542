"""What somebody decided about rows in conflict, worked into the plan: between the match and the fate of a row.

``import_decided`` holds the decisions on the rows of this batch: made for this file under the same places, whichever
import of it. A decision settles only the reason it was made for; a row left out stays out and counts as unchanged.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from django.db.models import QuerySet
from psycopg import sql

from importers import staging
from importers.models import ImportBatch, RowDecision
from importers.terms import Terms

IN_FILE: Final = ("key_twice_in_file", "two_households", "same_row_twice", "household_two_heads")
"""Rows of the file against each other: one of them may be taken, the others stay out."""
GONE: Final = ("person_is_dead", "person_moved_out")
CHOICES: Final[dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(IN_FILE, ("take", "keep")),
    **dict.fromkeys(GONE, ("take", "keep")),
    "several_match": ("candidate", "new", "keep"),
    "household_has_other_head": ("keep",),
    "two_rows_match": ("candidate", "keep"),
    "code_taken": ("candidate", "new", "keep"),
    "dwelling_unsure": ("keep",),
}
FOR_ALL: Final[dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(CHOICES, ("keep",)),
    **dict.fromkeys(GONE, ("take", "keep")),
    "several_match": ("new", "keep"),
    "code_taken": ("new", "keep"),
}
"""What may be said of all rows of one reason at once."""


def choices(kind: str, code: str) -> tuple[str, ...]:
    """What may be decided about a row of this kind that is in conflict for this reason."""
    return ("keep",) if kind in {"dwellings", "care", "staff"} and code in CHOICES else CHOICES.get(code, ())


_TABLE: Final = """
CREATE TEMP TABLE import_decided (row_no bigint PRIMARY KEY, code text, choice text, target text) ON COMMIT DROP
"""
_ANY: Final = """
SELECT EXISTS (SELECT 1 FROM importers_rowdecision d JOIN importers_importbatch b ON b.id = {batch}
WHERE d.kind = b.kind AND d.sha256 = b.sha256 AND d.places = {places})
"""
_BEGIN: Final = """
INSERT INTO import_decided SELECT DISTINCT ON (s.row_no) s.row_no, d.code, d.choice, d.target
FROM importers_rowdecision d JOIN importers_importbatch b ON b.id = {batch} AND d.kind = b.kind AND d.sha256 = b.sha256
  AND d.places = {places}
JOIN {raw} s ON s.ref = d.ref ORDER BY s.row_no
"""
_OUT: Final = (
    (
        "DELETE FROM import_twice w USING import_decided d WHERE w.row_no = d.row_no AND (d.choice = 'keep' "
        "OR (d.choice = 'take' AND d.code = split_part(w.reason, ':', 1)))"
    ),
    (
        "INSERT INTO import_twice (row_no, reason) "
        "SELECT row_no, 'key_twice_in_file:' FROM import_decided WHERE choice = 'keep'"
    ),
)
_MEANT: Final = (
    (
        "DELETE FROM import_match m USING import_decided d WHERE m.row_no = d.row_no AND m.many > 1 "
        "AND d.code = 'several_match' AND (d.choice = 'new' OR (d.choice = 'candidate' "
        "AND EXISTS (SELECT 1 FROM geodata_person p WHERE p.id::text = d.target)))"
    ),
    (
        "INSERT INTO import_match (row_no, target, many) SELECT d.row_no, p.id, 1 FROM import_decided d "
        "JOIN geodata_person p ON p.id::text = d.target WHERE d.choice = 'candidate' AND d.code = 'several_match' "
        "AND NOT EXISTS (SELECT 1 FROM import_match m WHERE m.row_no = d.row_no)"
    ),
)
_BACK: Final = (
    "UPDATE import_judged j SET conflict = '' FROM import_decided d WHERE d.row_no = j.row_no AND d.choice = 'take' "
    "AND d.code = ANY({gone}) AND split_part(j.conflict, ':', 1) = d.code"
)
# Somebody who was dead or gone in the register and lives here after all.
_ALIVE: Final = (
    "UPDATE {plan} p SET fate = 'changed', person_differs = true, left_as = coalesce(p.left_as, 'present') "
    "FROM import_decided d JOIN import_judged j USING (row_no) JOIN geodata_person o ON o.id = j.target "
    "WHERE d.row_no = p.row_no AND d.choice = 'take' AND d.code = ANY({gone}) AND p.fate IN ('changed', 'same') "
    "AND o.life_state <> coalesce(p.left_as, 'present')"
)
_LEFT: Final = (
    "UPDATE {plan} p SET fate = 'same', conflict = '' FROM import_decided d "
    "WHERE d.row_no = p.row_no AND d.choice = 'keep' AND p.fate = 'conflict'"
)


def places_of(batch: ImportBatch) -> str:
    """Under which places a batch writes, as one text: what one office decides about a file is not decided for another."""
    return _places(batch.prefixes)


def made_for(batch: ImportBatch) -> QuerySet[RowDecision]:
    """Decisions on this file under these places, whichever import of it they were made at."""
    return RowDecision.objects.filter(kind=batch.kind, sha256=batch.sha256, places=places_of(batch))


def _places(prefixes: Iterable[str]) -> str:
    return " ".join(sorted(set(prefixes)))


def begin(cursor: Any, terms: Terms) -> None:
    """Builds import_decided. Most files have no decisions and pay nothing."""
    cursor.execute("DROP TABLE IF EXISTS pg_temp.import_decided")
    cursor.execute(_TABLE)
    places = sql.Literal(_places(terms.prefixes))
    names = {"batch": sql.Literal(terms.batch_id), "raw": staging.table(terms.batch_id), "places": places}
    cursor.execute(sql.SQL(_ANY).format(**names))
    if cursor.fetchone()[0]:
        cursor.execute(sql.SQL(_BEGIN).format(**names))
    cursor.execute("ANALYZE import_decided")


def settle_twice(cursor: Any) -> None:
    """Rows that stay out no longer count against the one that is taken."""
    for statement in _OUT:
        cursor.execute(statement)


def settle_matches(cursor: Any) -> None:
    """Who is meant where several were: the person named, or nobody yet known."""
    for statement in _MEANT:
        cursor.execute(statement)


def settle_judged(cursor: Any) -> None:
    """Persons who are dead or gone in the register, but not so the file, which is right."""
    cursor.execute(sql.SQL(_BACK).format(gone=sql.Literal(list(GONE))))


def settle_people(cursor: Any, plan: sql.Identifier) -> None:
    """They live here again."""
    cursor.execute(sql.SQL(_ALIVE).format(plan=plan, gone=sql.Literal(list(GONE))))


def settle_plan(cursor: Any, plan: sql.Identifier) -> None:
    """Rows left out write nothing and count as unchanged. The rows still in conflict are found without the others."""
    cursor.execute(sql.SQL(_LEFT).format(plan=plan))
    cursor.execute(sql.SQL("CREATE INDEX ON {} (row_no) WHERE fate = 'conflict'").format(plan))
