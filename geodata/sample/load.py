"""Writes a whole sample into the database: one transaction, street after street, nothing kept longer than a street."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

import psycopg
import shapely
from django.db import connection, connections, transaction

from geodata.acting import acting
from geodata.crs import SRID_WGS84
from geodata.errors import DomainError
from geodata.sample import people
from geodata.sample.bulk import copy_rows, without_indexes
from geodata.sample.records import COLUMNS, SOURCE, StreetRecords, street_records
from geodata.sample.scales import COUNTY_NAMES, Scale, TilePlace

Say = Callable[[str], None]
BULK_TABLES = (
    "geodata_building", "geodata_entrance", "geodata_dwelling", "geodata_household", "geodata_person",
    "geodata_membership", "geodata_residence", "geodata_organisation", "geodata_component",
    "geodata_contextfeature",
)  # fmt: skip
_SESSION = (
    "SET LOCAL synchronous_commit = off",
    "SET LOCAL work_mem = '128MB'",
    "SET LOCAL maintenance_work_mem = '512MB'",
)


class Stopwatch:
    """Adds up seconds by phase."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time the block under a name."""
        start = time.monotonic()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.monotonic() - start


def sample_is_there(cursor: psycopg.Cursor[Any]) -> bool:
    """True when a sample is already there. DomainError sample_refused when the database holds anything else."""
    cursor.execute("SELECT count(*) FILTER (WHERE source <> %s), count(*) FROM geodata_area", [SOURCE])
    strangers, areas = cursor.fetchone() or (0, 0)
    cursor.execute("SELECT EXISTS (SELECT FROM geodata_person WHERE county !~ '^0099')")
    (people_there,) = cursor.fetchone() or (False,)
    if strangers or people_there:
        message = "This database holds other data; the sample goes only into an empty one."
        raise DomainError(code="sample_refused", message=message, status=409)
    return bool(areas)


def load_sample(scale: Scale, seed: int, *, only_places: bool, say: Say) -> dict[str, int]:
    """Fill an empty database with a sample; counts by table, empty when one is already there.

    All or nothing: one transaction, so a killed run leaves nothing behind. DomainError sample_refused.
    """
    connections.close_all()  # helper processes must not inherit a connection
    watch = Stopwatch()
    with _helpers() as pool, transaction.atomic():
        connection.ensure_connection()
        raw: psycopg.Connection[Any] = connection.connection
        with raw.cursor() as cursor:
            if sample_is_there(cursor):
                return {}
            for statement in _SESSION:
                cursor.execute(statement)
            with acting(by=None, cause="sample"):
                counts = _write(cursor, scale, seed, only_places=only_places, pool=pool, watch=watch, say=say)
    with watch.phase("analyze"), connection.cursor() as plain:
        plain.execute("ANALYZE " + ", ".join((*BULK_TABLES, "geodata_area", "geodata_cell")))
    say("  ".join(f"{name} {seconds:.1f} s" for name, seconds in watch.seconds.items()))
    return counts


@contextmanager
def _helpers() -> Iterator[Executor]:
    """Two helper processes: plans of the next streets, sealing of numbers."""
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork")) as pool:
        pool.submit(int).result()  # start them now, before this process connects
        yield pool


@contextmanager
def _bulk(cursor: psycopg.Cursor[Any], watch: Stopwatch) -> Iterator[None]:
    """Tables without indexes and keys inside, with all of them after."""
    keys = without_indexes(cursor, BULK_TABLES)
    with watch.phase("indexes"):
        keys.__enter__()
    yield
    with watch.phase("indexes"):
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        keys.__exit__(None, None, None)


def _write(
    cursor: psycopg.Cursor[Any],
    scale: Scale,
    seed: int,
    *,
    only_places: bool,
    pool: Executor,
    watch: Stopwatch,
    say: Say,
) -> dict[str, int]:
    counts: dict[str, int] = {}
    outlines: dict[str, list[str]] = {}
    people.open_tables(cursor, seed)
    _counties(cursor, scale)
    with _bulk(cursor, watch):
        for place, records in _planned(scale, seed, pool, watch):
            with watch.phase("places"):
                _add(counts, _copy_places(cursor, records))
            outlines.setdefault(place.county_code, []).append(records.outline_hex)
            if not only_places:
                with watch.phase("people"):
                    _add(counts, people.fill_street(cursor, scale, place, pool))
            cursor.execute("TRUNCATE sample_building")
            if scale.tiles > 1 and (place.index + 1) % scale.columns == 0:
                say(f"  {place.index + 1} of {scale.tiles} streets")
    _close_counties(cursor, outlines)
    return counts


def _planned(
    scale: Scale, seed: int, pool: Executor, watch: Stopwatch
) -> Iterator[tuple[TilePlace, StreetRecords]]:
    """Plans in order, the next one being made while this one is written."""
    coming: Future[StreetRecords] = pool.submit(street_records, scale, seed, 0)
    for place in scale.all_tiles():
        with watch.phase("waiting for plans"):
            records = coming.result()
        if place.index + 1 < scale.tiles:
            coming = pool.submit(street_records, scale, seed, place.index + 1)
        yield place, records


def _copy_places(cursor: psycopg.Cursor[Any], records: StreetRecords) -> dict[str, int]:
    counts = {}
    for table, columns in COLUMNS.items():
        written = copy_rows(cursor, table, columns, records.rows[table])
        if table.startswith("geodata_"):
            counts[table.removeprefix("geodata_")] = written
    return counts


def _counties(cursor: psycopg.Cursor[Any], scale: Scale) -> None:
    """Counties without outline, so that streets can hang on them."""
    rows = [
        (
            f"0099{k + 1:02d}",
            6,
            COUNTY_NAMES[k],
            "",
            None,
            "YX" if k == 0 else f"Y{chr(65 + k)}",
            None,
            SOURCE,
            "{}",
        )
        for k in range(scale.counties)
    ]
    copy_rows(cursor, "geodata_area", COLUMNS["geodata_area"], rows)


def _close_counties(cursor: psycopg.Cursor[Any], outlines: dict[str, list[str]]) -> None:
    """Give each county the union of its streets."""
    for county, shapes in outlines.items():
        union = shapely.coverage_union_all(shapely.from_wkb(shapes))
        whole = shapely.MultiPolygon([p for p in shapely.get_parts(union) if isinstance(p, shapely.Polygon)])
        hex_text = shapely.to_wkb(shapely.set_srid(whole, SRID_WGS84), hex=True, include_srid=True)
        cursor.execute("UPDATE geodata_area SET geom = %s::geometry WHERE code = %s", [hex_text, county])


def _add(total: dict[str, int], part: dict[str, int]) -> None:
    for key, value in part.items():
        total[key] = total.get(key, 0) + value
