"""`appraisal`: a month's board of a district with 150,000 cases, against the same figures asked for by bare statements.

The sample's month is multiplied by set-based SQL over all cells of the district and all departments, then the facts are
derived from its history as in life.
"""

from __future__ import annotations

import statistics
import sys
import time
from datetime import UTC, date, datetime

import django

from tests.bench.rows import Row

CASES = 150_000
ROUNDS = 5
MONTH = date(2026, 11, 1)
KNOWN_AT = datetime(2026, 12, 2, tzinfo=UTC)
# Every source case becomes many: new keys and numbers, another cell and point, times shifted into the month. The new key
# of a copy is made from the old key and the copy's number, so that history and ledger find it without a table of pairs.
COPIES = """
CREATE TEMPORARY TABLE bench_copy AS
SELECT c.id AS old, n, md5(c.id::text || n)::uuid AS id, (
    make_timestamptz(2026, 11, 1, 0, 0, 0, 'Asia/Shanghai') + make_interval(secs => (row_number() OVER (ORDER BY n, c.id) * 17.3)
      %% (29 * 86400))) - c.reported_at AS shift,
  (row_number() OVER (ORDER BY n, c.id)) AS serial
FROM (SELECT id, reported_at FROM cases_case WHERE number NOT LIKE 'BENCH%%' ORDER BY id LIMIT %(sources)s) c,
  generate_series(1, %(copies)s) n
"""
CELLS = """
CREATE TEMPORARY TABLE bench_cell AS SELECT code, ST_PointOnSurface(geom) AS point,
  row_number() OVER (ORDER BY code) - 1 AS place FROM geodata_cell WHERE active
"""
COPY_CASES = """
INSERT INTO cases_case ({columns})
SELECT {values} FROM bench_copy b JOIN cases_case c ON c.id = b.old
JOIN bench_cell e ON e.place = b.serial %% (SELECT count(*) FROM bench_cell)
"""
CASE_VALUES = {
    "id": "b.id", "number": "'BENCH' || b.serial", "cell_code": "e.code", "county": "left(e.code, 6)",
    "geom": "ST_Translate(e.point, (b.serial %% 997) * 2e-6, (b.serial %% 991) * 2e-6)", "master_id": "NULL",
    "component_id": "NULL",
}  # fmt: skip
COPY_HISTORY = """
INSERT INTO cases_casehistory (id, case_id, seq, action, from_stage, to_stage, actor_id, role, department_id, at, text, data)
SELECT md5(h.id::text || b.n)::uuid, b.id, h.seq, h.action, h.from_stage, h.to_stage, h.actor_id, h.role, h.department_id,
  h.at + b.shift, '', h.data FROM bench_copy b JOIN cases_casehistory h ON h.case_id = b.old
"""
COPY_LEDGER = """
INSERT INTO cases_clockentry (id, case_id, seq, kind, at, limit_value, limit_unit, due_at, calendar_version)
SELECT md5(t.id::text || b.n)::uuid, b.id, t.seq, t.kind, t.at + b.shift, t.limit_value, t.limit_unit, t.due_at + b.shift,
  t.calendar_version FROM bench_copy b JOIN cases_clockentry t ON t.case_id = b.old
"""
ANALYZE = (
    "ANALYZE cases_case, cases_casehistory, cases_clockentry, statistics_casestate, statistics_stagework"
)


def run(scale: str) -> list[Row]:
    """Build once, then the board in alternation with the bare statements it stands on."""
    django.setup()
    from django.db import connection

    from gridmgmt.statistics import board, periods
    from gridmgmt.statistics.definitions import catalogue
    from gridmgmt.statistics.snapshots import EVERYBODY

    prepare()
    keys = [key for key, indicator in catalogue().items() if indicator.definition]
    question = board.Question(periods.of("month", MONTH), KNOWN_AT)
    with connection.cursor() as cursor:
        cursor.execute("SET max_parallel_workers_per_gather = 0")
        cursor.execute("SELECT count(*) FROM cases_case")
        cases = cursor.fetchone()[0]
    times: dict[str, list[float]] = {"ours": [], "bare": []}
    for number in range(ROUNDS + 1):
        for name, function in (("bare", bare), ("ours", ours)):
            begin = time.perf_counter()
            function(question, keys, EVERYBODY)
            if number:
                times[name].append(time.perf_counter() - begin)
    value, limit = statistics.median(times["ours"]), statistics.median(times["bare"])
    table = board.figures(EVERYBODY, question, dimension="community", keys=keys)
    note = f"goal: <= 1 s; {cases} cases, {len(table.rows)} communities, {len(keys)} indicators, one process; ratio to bare SQL"
    return [Row("appraisal", "month's board", value * 1000, "ms", limit * 1000, limit / value, note)]


def ours(question, keys, scope) -> None:
    """All figures by department and community."""
    from gridmgmt.statistics import board

    board.tables(scope, question, dimensions=("community", "department"), keys=keys)


def bare(question, keys, scope) -> None:
    """The same rows counted with nothing but a count a row: what PostgreSQL needs to read and group the facts."""
    from django.db import connection

    from gridmgmt.statistics import board

    with connection.cursor() as cursor:
        for facts in ("states", "works"):
            base, values = board.base_sql(scope, question, facts)
            cursor.execute(
                f"SELECT left(cell_code, 12), department_id, count(*) FROM ({base}) fact GROUP BY 1, 2",
                values,
            )
            cursor.fetchall()


def prepare() -> None:
    """Multiply the sample and derive the facts, once per database."""
    from django.db import connection, transaction

    from gridmgmt.cases.models import Case
    from gridmgmt.statistics import refresh

    if Case.objects.filter(number__startswith="BENCH").count() < CASES:
        begin = time.monotonic()
        with transaction.atomic(), connection.cursor() as cursor:
            sources = Case.objects.exclude(number__startswith="BENCH").count()
            copies = -(-CASES // sources)
            cursor.execute(COPIES, {"sources": sources, "copies": copies})
            cursor.execute(CELLS)
            cursor.execute("ANALYZE bench_copy, bench_cell")
            columns = [f.column for f in Case._meta.concrete_fields if f.column != "geom_3857"]
            values = [CASE_VALUES.get(name, shifted(name)) for name in columns]
            cursor.execute(COPY_CASES.format(columns=", ".join(columns), values=", ".join(values)), [])
            cursor.execute(COPY_HISTORY)
            cursor.execute(COPY_LEDGER)
        print(f"{CASES} cases made in {time.monotonic() - begin:.0f} s", file=sys.stderr)
    begin = time.monotonic()
    done = refresh.refresh(at=KNOWN_AT)
    if done:
        print(f"facts of {done} cases derived in {time.monotonic() - begin:.0f} s", file=sys.stderr)
    with connection.cursor() as cursor:
        cursor.execute(ANALYZE)


def shifted(column: str) -> str:
    """Instants of a copy move with its report."""
    moves = column.endswith(("_at", "_since", "_until"))
    return f"c.{column} + b.shift" if moves else f"c.{column}"
