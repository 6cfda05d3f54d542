"""What holds after every step, asked in SQL; and a mark of everything a refused step must leave as it was."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection, transaction

from gridmgmt.cases import clock_check
from gridmgmt.cases.models import Case
from gridmgmt.organisation.scope import load_scope
from gridmgmt.statistics import audit, board, drill, periods, refresh
from gridmgmt.statistics.board import Question
from gridmgmt.statistics.definitions import catalogue
from gridmgmt.statistics.drill import Cell
from tests.stateful.flowtable import legal_moves

# Each must find nothing. P1: reports; P2: photos; P3: history; P4: tasks; P5: the outbox.
CHECKS = {
    "P1 one report a case": "SELECT case_id FROM cases_report GROUP BY 1 HAVING count(*) > 1",
    "P1 no case without report": """SELECT id FROM cases_case c WHERE NOT EXISTS (
        SELECT FROM cases_report r WHERE r.case_id = c.id)""",
    "P1 a number once": "SELECT max(id::text)::uuid FROM cases_case GROUP BY number HAVING count(*) > 1",
    "P2 complete exactly when all photos are stored": """SELECT c.id FROM cases_case c WHERE c.complete = EXISTS (
        SELECT FROM cases_photo p WHERE p.case_id = c.id AND p.state <> 'stored')""",
    "P3 gapless": "SELECT case_id FROM cases_casehistory GROUP BY 1 HAVING min(seq) <> 1 OR max(seq) <> count(*)",
    "P3 each row begins where the last one ended": """SELECT case_id FROM (SELECT case_id, from_stage,
        lag(to_stage, 1, '') OVER (PARTITION BY case_id ORDER BY seq) AS before FROM cases_casehistory) h
        WHERE from_stage <> before""",
    "P3 the head is the case": """SELECT c.id FROM cases_case c JOIN LATERAL (SELECT seq, to_stage, at
        FROM cases_casehistory h WHERE h.case_id = c.id ORDER BY seq DESC LIMIT 1) x ON true
        WHERE x.to_stage <> c.stage OR x.seq <> c.version""",
    "P4 one open task a stage with an owner": """SELECT c.id FROM cases_case c
        JOIN cases_stage s ON s.procedure_id = c.procedure_id AND s.key = c.stage
        LEFT JOIN LATERAL (SELECT count(*) AS n, count(*) FILTER (WHERE t.stage = c.stage AND t.role = s.owner_role) AS fit
          FROM cases_casetask t WHERE t.case_id = c.id AND t.state IN ('open', 'claimed')) t ON true
        WHERE t.n <> t.fit OR t.fit <> (s.owner_role <> '' AND s.clock <> 'final')::int""",
    "P4 a step of a phone is kept once": """SELECT r.case_id FROM cases_stepreceipt r
        WHERE (r.answer ->> 'version')::int IS NULL OR NOT EXISTS (SELECT FROM cases_casehistory h
          WHERE h.case_id = r.case_id AND h.seq = (r.answer ->> 'version')::int AND h.actor_id = r.user_id)""",
    "P5 an event a step": """SELECT h.case_id FROM cases_casehistory h LEFT JOIN events_outboxevent e
          ON e.topic IN ('case.reported', 'case.stepped') AND e.payload ->> 'case' = h.case_id::text
          AND (e.payload ->> 'version')::int = h.seq AND e.payload ->> 'stage' = h.to_stage
        GROUP BY h.case_id, h.seq HAVING count(e.id) <> 1""",
    "P5 an event a photo": """SELECT p.case_id FROM cases_photo p LEFT JOIN events_outboxevent e
          ON e.topic = 'photo.stored' AND e.payload ->> 'photo' = p.id::text
        GROUP BY p.id, p.state HAVING count(e.id) <> (p.state = 'stored')::int""",
    "closed exactly in a final stage": """SELECT c.id FROM cases_case c JOIN cases_stage s
        ON s.procedure_id = c.procedure_id AND s.key = c.stage WHERE (c.closed_at IS NOT NULL) <> (s.clock = 'final')""",
    "merged exactly with a master": """SELECT id FROM cases_case WHERE (stage = 'merged') <> (master_id IS NOT NULL)""",
    "requests are decided by rows of history": """SELECT q.case_id FROM cases_caserequest q
        WHERE NOT EXISTS (SELECT FROM cases_casehistory h WHERE h.case_id = q.case_id AND h.seq = q.asked_seq)
          OR (q.decided_seq IS NOT NULL AND NOT EXISTS (SELECT FROM cases_casehistory h
            WHERE h.case_id = q.case_id AND h.seq = q.decided_seq))""",
    "documents are numbered without gaps": """SELECT max(id::text)::uuid FROM supervision_notice
        GROUP BY street, kind, year HAVING max(serial) <> count(*)""",
    "a red card stands on a document that was not answered in time": """SELECT k.id FROM supervision_card k
        WHERE k.level = 'red' AND NOT EXISTS (SELECT FROM supervision_card y WHERE y.object_id = k.object_id
          AND y.run = k.run AND y.urge_until <= k.raised_at)""",
}
ALL = "\nUNION ALL ".join(
    f"SELECT '{name}' AS name, id::text FROM ({sql}) AS c{number} (id)"
    for number, (name, sql) in enumerate(CHECKS.items())
)
HISTORY = """
SELECT case_id, seq, from_stage, action, to_stage, md5(h::text) FROM cases_casehistory h ORDER BY case_id, seq
"""
# Photos and their events are kept whatever becomes of the step they came with; so they stand apart.
MARK = """
SELECT md5(concat(
  (SELECT string_agg(md5((to_jsonb(c) - 'complete')::text), '' ORDER BY id) FROM cases_case c),
  (SELECT count(*) FROM cases_casehistory), (SELECT count(*) FROM cases_report),
  (SELECT string_agg(md5(t::text), '' ORDER BY id) FROM cases_casetask t), (SELECT count(*) FROM cases_taskmove),
  (SELECT string_agg(md5(q::text), '' ORDER BY id) FROM cases_caserequest q), (SELECT count(*) FROM cases_clockentry),
  (SELECT count(*) FROM cases_stepreceipt), (SELECT count(*) FROM supervision_card), (SELECT count(*) FROM supervision_notice),
  (SELECT count(*) FROM events_outboxevent WHERE topic <> 'photo.stored')))
"""
PHOTOS = "SELECT md5(coalesce(string_agg(p::text, '' ORDER BY id), '')) FROM cases_photo p"
FILES = "SELECT original, encode(sha256, 'hex') FROM cases_photo WHERE state = 'stored'"
# Tables that hang on cases, directly or through others.
HANGING = """
WITH RECURSIVE found AS (
  SELECT unnest(ARRAY['cases_case', 'events_outboxevent', 'organisation_shift', 'supervision_card', 'supervision_noticeseries',
    'supervision_supervisionscan']::regclass[])::oid AS t
  UNION SELECT k.conrelid FROM pg_constraint k JOIN found ON k.confrelid = found.t AND k.contype = 'f')
SELECT string_agg(format('ALTER TABLE %s DISABLE TRIGGER USER', t::regclass), '; '),
  string_agg(format('DELETE FROM %s', t::regclass), '; '),
  string_agg(format('ALTER TABLE %s ENABLE TRIGGER USER', t::regclass), '; ') FROM found
"""


def forget() -> None:
    """An empty street again: quicker than TRUNCATE, which writes new files for every table."""
    [(open_up, delete, close)] = ask(HANGING)
    with transaction.atomic():
        for statement in (open_up, delete, "SET CONSTRAINTS ALL IMMEDIATE", close):
            ask(statement)


def ask(sql: str, values: Any = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall()) if cursor.description else []


def ask_again(sql: str) -> list[tuple[Any, ...]]:
    """The same, planned once."""
    connection.ensure_connection()
    return list(connection.connection.execute(sql, prepare=True).fetchall())


def mark(*, photos: bool) -> str:
    """Of everything; without photos for a request that brought some."""
    return str(ask_again(MARK)[0][0]) + ("" if photos else str(ask_again(PHOTOS)[0][0]))


class Invariants:
    """The standing promises. History once read must stay what it was."""

    def __init__(self) -> None:
        self.seen: dict[tuple[object, int], str] = {}
        self.legal = legal_moves()

    def check(self) -> None:
        """All of them."""
        assert ask_again(ALL) == []
        assert clock_check.check(Case.objects.all()).differences == [], "the ledger gives the clock"
        self._history()

    def _history(self) -> None:
        rows = {
            (case, seq): (digest, (before, action, to))
            for case, seq, before, action, to, digest in ask_again(HISTORY)
        }
        for key, digest in self.seen.items():
            assert key in rows, f"history lost {key}"
            assert rows[key][0] == digest, f"history was changed: {key}"
        for key, (digest, moved) in rows.items():
            assert moved in self.legal, moved
            self.seen[key] = digest

    def files(self) -> None:
        """P2: stored photos are readable and are the bytes that were announced."""
        for original, sha256 in ask(FILES):
            assert hashlib.sha256((settings.MEDIA_ROOT / original).read_bytes()).hexdigest() == sha256

    def figures(self, leader: str, now: datetime) -> None:
        """P10: facts are what history gives, and every number of the board opens a list as long as it is."""
        refresh.refresh(at=now)
        assert list(audit.differing()) == []
        scope = load_scope(UUID(leader))
        question = Question(periods.of("month", now.date()), now + timedelta(seconds=1))
        keys = [key for key, indicator in catalogue().items() if indicator.definition]
        table = board.figures(scope, question, dimension="community", keys=keys)
        for key, whole in table.whole.items():
            definition = catalogue()[key].definition
            assert definition is not None
            parts = [row[key] for row in table.rows.values() if key in row]
            assert sum(part.numerator for part in parts) == pytest.approx(whole.numerator), key
            if not definition.value:
                assert drill.count(scope, question, Cell(key, "numerator")) == whole.numerator, key
            if whole.denominator is not None and not definition.peers:
                assert drill.count(scope, question, Cell(key, "denominator")) == whole.denominator, key
