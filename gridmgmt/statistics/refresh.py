"""Keeps the facts in step with history: cases whose version moved are derived again, whole, each batch in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from psycopg import sql

from gridmgmt.cases import ledger, reference
from gridmgmt.cases.statements import raw_connection
from gridmgmt.statistics import facts, reading
from gridmgmt.statistics.facts import DERIVATION, Head, Told, Work
from gridmgmt.statistics.models import OPEN_END, FactReading
from gridmgmt.statistics.reading import TaskTimes

BATCH = 2_000
LOCK = 0x73746174  # "stat": two refreshes at once would only do the work twice
# Incidents whose facts are not of their present version; other matters have figures of their own.
# Callers: refresh, audit. Index: the keys of both tables.
STALE = """
SELECT c.id FROM cases_case c JOIN cases_procedure p ON p.id = c.procedure_id AND p.kind = 'incident'
LEFT JOIN statistics_factmark m ON m.case_id = c.id WHERE m.version IS DISTINCT FROM c.version OR m.derivation <> %s
ORDER BY c.id LIMIT %s
"""
FORGET = (
    "DELETE FROM statistics_casestate WHERE case_id = ANY(%s)",
    "DELETE FROM statistics_stagework WHERE case_id = ANY(%s)",
)
MARK = """
INSERT INTO statistics_factmark (case_id, version, derivation) SELECT * FROM unnest(%s::uuid[], %s::int[], %s::int[])
ON CONFLICT (case_id) DO UPDATE SET version = excluded.version, derivation = excluded.derivation
"""
STATES, WORKS = "statistics_casestate", "statistics_stagework"
STATE_COLUMNS = (
    "case_id seq valid_from valid_to cell_code category_id department_id reporter_id collector_id duty_id acceptor_id "
    "registrar_id handler_id public branch joint repeated merged reported_at accepted_at refused_at registered_at fixed_at "
    "voided_at closed_at dispatched_at due_at finished_at late paused hung extended reworks used_s limit_s excused_at"
)
WORK_COLUMNS = (
    "case_id seq work entered_at due_at sent_at left_at action wrong_at cell_code category_id department_id reporter_id "
    "person_id acceptor_id public branch"
)
STAGE_OF = {work: stage for stage, work in facts.WORKS.items()}
Row = tuple[Any, ...]


def refresh(*, at: datetime, most: int = 1_000_000) -> int:
    """Derive what is not up to date; answers how many cases were. 0 when another process is at it."""
    done = 0
    while done < most:
        with transaction.atomic():
            if not _locked():
                return done
            batch = stale(BATCH)
            if batch:
                write(batch)
            else:
                FactReading.objects.update_or_create(pk=1, defaults={"at": at})
                return done
        done += len(batch)
    return done


def stale(most: int) -> list[UUID]:
    """Cases that moved since their facts were made."""
    with connection.cursor() as cursor:
        cursor.execute(STALE, [DERIVATION, most])
        return [row[0] for row in cursor.fetchall()]


def write(cases: Sequence[UUID]) -> None:
    """Replace the facts of some cases; call it inside a transaction."""
    states, works, marks = derive(cases)
    with connection.cursor() as cursor:
        for statement in FORGET:
            cursor.execute(statement, [list(cases)])
        cursor.execute(MARK, [list(marks), list(marks.values()), [DERIVATION] * len(marks)])
    _copy(STATES, STATE_COLUMNS, states)
    _copy(WORKS, WORK_COLUMNS, works)


def derive(cases: Sequence[UUID]) -> tuple[list[Row], list[Row], dict[UUID, int]]:
    """Rows of states and of works, and the version each case was read at."""
    material, known = reading.read(cases), reference.current()
    states: list[Row] = []
    works: list[Row] = []
    told = facts.grouped_by_case(material.heads, material.steps, material.ticks, reading.SPENT)
    for head, states_of, works_of in told:
        states.extend(_state_rows(head, states_of))
        flow = known.flows[material.procedures[head.case_id]]
        for work in works_of:
            times = material.tasks.get((head.case_id, work.seq))
            stage = flow.stages.get(STAGE_OF[work.work])
            if times is None:  # from before tasks were kept: by the limit of its stage
                due = ledger.stage_due(stage, work.entered_at, known, head.cell_code) if stage else None
                times = TaskTimes(due, None)
            works.append(_work_row(head, work, times))
    return states, works, {case: rows[-1].seq for case, rows in material.steps.items()}


def _state_rows(head: Head, told: Iterable[Told]) -> Iterator[Row]:
    for seq, since, until, s in told:
        yield (
            head.case_id, seq, since, until or OPEN_END, s.cell_code, s.category, s.department, head.reporter, s.collector,
            head.duty, s.acceptor, s.registrar, s.handler, head.public, head.branch, s.joint, head.repeated, s.merged,
            s.reported_at, s.accepted_at, s.refused_at, s.registered_at, s.fixed_at, s.voided_at, s.closed_at,
            s.dispatched_at, s.due_at, s.finished_at, s.late, s.paused, s.hung, s.extended, s.reworks, s.used_s, s.limit_s,
            s.excused_at,
        )  # fmt: skip


def _work_row(head: Head, w: Work, times: TaskTimes) -> Row:
    return (
        head.case_id, w.seq, w.work, w.entered_at, times.due_at, times.sent_at, w.left_at or OPEN_END, w.action,
        w.wrong_at, w.cell_code, w.category, w.department, head.reporter, w.person, w.acceptor, head.public, head.branch,
    )  # fmt: skip


def _copy(table: str, columns: str, rows: Iterable[Row]) -> None:
    names = sql.SQL(", ").join(map(sql.Identifier, columns.split()))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
    with raw_connection().cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _locked() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])
