"""Dwellings, households and people of one street: set-based statements, and one stream through the sealing."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from datetime import date
from typing import Any

import psycopg
from psycopg import sql

from geodata.sample import people_sql
from geodata.sample.naming import FAMILY, GIVEN
from geodata.sample.scales import Scale, TilePlace
from geodata.sample.sealing import seal_lines

AS_OF = date(2026, 11, 1)  # ages are as of this day
_CHUNK = 8_000


def open_tables(cursor: psycopg.Cursor[Any], seed: int) -> None:
    """Helper functions and the table of buildings, for this transaction only."""
    cursor.execute(people_sql.functions(seed))
    cursor.execute(people_sql.BUILDING_TABLE)


def fill_street(
    cursor: psycopg.Cursor[Any], scale: Scale, place: TilePlace, pool: Executor
) -> dict[str, int]:
    """People the buildings in sample_building; returns counts by table."""
    draws = {
        "households": scale.share(scale.households, place.index),
        "families": len(FAMILY),
        "givens": len(GIVEN),
        "as_of": AS_OF,
        "county": place.county,
        "inside": place.inside,
        "slots": 500 // (scale.columns * scale.rows) if scale.tiles > 1 else 500,
    }
    counts: dict[str, int] = {}
    cursor.execute(people_sql.DWELLINGS)
    counts["dwellings"] = cursor.execute(people_sql.INSERT_DWELLINGS).rowcount
    cursor.execute(people_sql.HOUSEHOLDS, draws)
    counts["households"] = cursor.execute(people_sql.INSERT_HOUSEHOLDS).rowcount
    cursor.execute(people_sql.COUNT_HOUSEHOLDS)
    cursor.execute(people_sql.PEOPLE, draws)
    counts["people"] = _copy_people(cursor, pool)
    cursor.execute(people_sql.INSERT_MEMBERSHIPS)
    cursor.execute(people_sql.INSERT_RESIDENCES)
    cursor.execute(people_sql.CLEAR)
    return counts


def _copy_people(cursor: psycopg.Cursor[Any], pool: Executor) -> int:
    """Stream sample_person out, seal in helper processes, stream into the person table; returns rows."""
    lines = list(_lines(cursor))
    chunks = [lines[k : k + _CHUNK] for k in range(0, len(lines), _CHUNK)]
    names = sql.SQL(", ").join(map(sql.Identifier, people_sql.PERSON_COLUMNS.split()))
    with cursor.copy(sql.SQL("COPY geodata_person ({}) FROM STDIN").format(names)) as copy:
        for sealed in pool.map(seal_lines, chunks):
            copy.write(sealed)
    return len(lines)


def _lines(cursor: psycopg.Cursor[Any]) -> Iterator[str]:
    with cursor.copy(people_sql.PEOPLE_OUT) as copy:
        rest = b""
        for data in copy:
            *whole, rest = (rest + bytes(data)).split(b"\n")
            yield from (line.decode() for line in whole)
