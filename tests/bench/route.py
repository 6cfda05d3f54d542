"""`route`: cell + rule + deadline of a point, singly and 100,000 at a time, against the bare look-up."""

from __future__ import annotations

import random
import statistics
import time
from datetime import UTC, datetime

import django
import psycopg

from tests.bench.rows import Row

SINGLE = 1500
ROUNDS = 7
BATCH = 100_000
CATEGORIES = ["E0110", "E0401", "E0113", "E0201", "C0101", "C0301"]
AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
BARE = """
SELECT code FROM geodata_cell WHERE active AND ST_Covers(geom, ST_SetSRID(ST_MakePoint(%s::float8, %s::float8), 4326))
ORDER BY code LIMIT 1
"""
BARE_BATCH = """
CREATE TEMPORARY TABLE bare AS SELECT p.id, c.code FROM geodata_cell c
CROSS JOIN LATERAL (SELECT id FROM bench_points q WHERE ST_Covers(c.geom, q.geom) OFFSET 0) p WHERE c.active
"""
POINTS = """
CREATE TEMPORARY TABLE bench_points AS
SELECT row_number() OVER () AS id, ST_SetSRID(ST_MakePoint(
         ST_XMin(b.box) + (ST_XMax(b.box) - ST_XMin(b.box)) * ((n * 0.7548776662466927) %% 1.0),
         ST_YMin(b.box) + (ST_YMax(b.box) - ST_YMin(b.box)) * ((n * 0.5698402909980532) %% 1.0)), 4326) AS geom,
       (%s::text[])[1 + n %% 6] AS category_key
FROM (SELECT ST_Extent(geom)::geometry AS box FROM geodata_cell WHERE active) b, generate_series(1, %s) n
"""


def run(scale: str) -> list[Row]:
    """Rows of the bench."""
    django.setup()
    from django.db import connection as django_connection

    from gridmgmt.cases import statements

    with django_connection.cursor() as cursor:
        cursor.execute("SET max_parallel_workers_per_gather = 0")
        cursor.execute(POINTS, [CATEGORIES, BATCH])
        cursor.execute("CREATE INDEX ON bench_points USING gist (geom)")
        cursor.execute("ANALYZE bench_points")
        cursor.execute("SELECT count(*) FROM geodata_cell WHERE active")
        cells = cursor.fetchone()[0]
    raw = statements.raw_connection()
    raw.prepare_threshold = 0  # the bare statement is really prepared, whatever Django set
    return [*single(raw, cells), *batch(raw, cells)]


def single(raw: psycopg.Connection, cells: int) -> list[Row]:
    """One point at a time: ours and the bare prepared statement in alternating rounds."""
    from gridmgmt.cases import intake, reference

    with psycopg.Cursor(raw) as cursor:
        points = cursor.execute(
            "SELECT ST_X(geom), ST_Y(geom) FROM bench_points ORDER BY id LIMIT %s", (SINGLE,)
        ).fetchall()
    random.Random(7).shuffle(points)

    def ours(lon: float, lat: float) -> None:
        found = intake.look_up(raw, lon, lat)
        if found.cell_code:
            known = reference.current(found.revision)
            place = intake.Place(found.cell_code, known.edition_of(found.cell_code))
            intake.route(known, place=place, category_key="E0110", source="worker", at=AT)

    with psycopg.Cursor(raw) as cursor:

        def bare(lon: float, lat: float) -> None:
            cursor.execute(BARE, (lon, lat), prepare=True).fetchone()

        times: dict[str, list[float]] = {"ours": [], "bare": []}
        for _round in range(ROUNDS):
            for name, function in (("bare", bare), ("ours", ours)):
                for lon, lat in points:
                    begin = time.perf_counter()
                    function(lon, lat)
                    times[name].append((time.perf_counter() - begin) * 1e6)
    value, limit = statistics.median(times["ours"]), statistics.median(times["bare"])
    note = f"goal: at most 1.5 x the bare prepared look-up (ratio >= 0.67); {cells} cells"
    return [Row("route", "single p50", value, "us", limit, limit / value, note)]


def batch(raw: psycopg.Connection, cells: int) -> list[Row]:
    """All points at once, alternating with the bare cell-outer statement."""
    from gridmgmt.cases import batch as batches
    from gridmgmt.cases import reference

    known = reference.current()
    ratios, rates, bares = [], [], []
    for _round in range(ROUNDS):
        with psycopg.Cursor(raw) as cursor:
            begin = time.perf_counter()
            cursor.execute(BARE_BATCH)
            bare = time.perf_counter() - begin
            begin = time.perf_counter()
            batches.route_points(
                raw,
                known,
                points="bench_points",
                categories=CATEGORIES,
                into="routed",
                source="worker",
                at=AT,
            )
            ours = time.perf_counter() - begin
            cursor.execute("DROP TABLE bare, routed, routed_decisions")
        ratios.append(bare / ours)
        rates.append(BATCH / ours)
        bares.append(BATCH / bare)
    return [
        Row(
            "route", "batch of 100,000", statistics.median(rates), "points/s", statistics.median(bares),
            statistics.median(ratios), f"goal: ratio >= 0.8 of the cell-outer statement; {cells} cells",
        )
    ]  # fmt: skip
