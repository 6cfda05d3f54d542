"""Proof that facts are nothing but history and ledger: they are derived again and compared, row by row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from psycopg import sql

from gridmgmt.statistics import refresh
from gridmgmt.statistics.models import FactMark

BATCH = 1_000


def differing(*, most: int | None = None) -> Iterator[UUID]:
    """Cases whose stored facts are not what is derived now, the newest looked at first; stale ones are not looked at."""
    marked = FactMark.objects.order_by("-case_id").values_list("case_id", flat=True)[:most]
    cases = list(marked)
    for start in range(0, len(cases), BATCH):
        yield from _differing(cases[start : start + BATCH])


@transaction.atomic
def _differing(cases: Sequence[UUID]) -> list[UUID]:
    states, works, versions = refresh.derive(cases)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT case_id, version FROM statistics_factmark WHERE case_id = ANY(%s)", [list(cases)]
        )
        current = {case for case, version in cursor.fetchall() if versions.get(case) == version}
        stored = [
            _stored(cursor, refresh.STATES, refresh.STATE_COLUMNS, cases),
            _stored(cursor, refresh.WORKS, refresh.WORK_COLUMNS, cases),
        ]
    wrong = {
        row[0] for derived, kept in zip((states, works), stored, strict=True) for row in set(derived) ^ kept
    }
    return sorted(wrong & current)


def _stored(cursor: Any, table: str, columns: str, cases: Sequence[UUID]) -> set[tuple[Any, ...]]:
    names = sql.SQL(", ").join(map(sql.Identifier, columns.split()))
    cursor.execute(
        sql.SQL("SELECT {} FROM {} WHERE case_id = ANY(%s)").format(names, sql.Identifier(table)),
        [list(cases)],
    )
    return set(cursor.fetchall())
