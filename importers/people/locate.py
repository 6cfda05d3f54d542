"""Which building each address of a batch means: its distinct texts against the street's own dictionary of buildings.

The answer is the table ``found`` of the batch. A machine takes sure matches only; the others are questions to a person.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from django.db import connection
from psycopg import sql

from geodata.addresses.dictionary import Dictionary, Entry, Finding, alias_key
from geodata.addresses.parse import Address, Status, parse
from importers import staging
from importers.terms import Terms

SURE: Final = "sure"
UNSURE: Final = "unsure"
UNKNOWN: Final = "unknown"
NOTHING: Final = "nothing"
_PIECE: Final = 20_000
_REMEMBERED: Final = 50_000

_CREATE: Final = """
CREATE UNLOGGED TABLE {found} (
  text text PRIMARY KEY, status text NOT NULL, shown text, alias text, candidates jsonb,
  building uuid, entrance text, floor int, room text)
"""
_TEXTS: Final = "SELECT DISTINCT text FROM ({columns}) x WHERE text IS NOT NULL"
_BUILDINGS: Final = "SELECT id::text, estate, name, address FROM geodata_building WHERE {within}"
_ALIASES: Final = """
SELECT a.alias, a.building_id::text FROM importers_addressalias a JOIN geodata_building b ON b.id = a.building_id
WHERE {within}
"""
_PLACES: Final = "SELECT name FROM geodata_area WHERE {near}"


def locate(terms: Terms, columns: tuple[str, ...]) -> None:
    """Builds the table ``found`` for the texts of these fields. Runs in the caller's transaction."""
    found = staging.table(terms.batch_id, "found")
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(found))
        cursor.execute(sql.SQL(_CREATE).format(found=found))
        seeker = Seeker(dictionary(cursor, terms))
        into = sql.SQL(
            "COPY {} (text, status, shown, alias, candidates, building, entrance, floor, room) FROM STDIN"
        ).format(found)
        for texts in _pieces(terms.batch_id, columns):
            with cursor.copy(into) as copy:
                for text in texts:
                    copy.write_row((text, *seeker.row(text)))
        cursor.execute(sql.SQL("ANALYZE {}").format(found))


class Seeker:
    """Finds buildings; what leads to the same door is looked up once, however many rooms it has."""

    def __init__(self, dictionary: Dictionary) -> None:
        self._dictionary = dictionary
        self._known: dict[str, Finding] = {}

    def row(self, text: str) -> tuple[Any, ...]:
        """Status, text without its room, alias, candidates, building, entrance, floor, room."""
        address = parse(text, self._dictionary.known)
        if address.status is Status.NOTHING:
            return (NOTHING, None, None, None, None, None, None, None)
        alias = alias_key(address)
        finding = self._match(alias, address)
        offered = json.dumps([[one.id, one.score, one.why] for one in finding.candidates])
        shown = _without_room(address)
        if not finding.sure:
            status = UNSURE if finding.candidates else UNKNOWN
            return (status, shown, alias, offered, None, None, None, None)
        building = finding.candidates[0].id
        if address.status is Status.AMBIGUOUS:
            return (SURE, shown, alias, offered, building, None, None, None)
        room = address.room[:16] or None
        return (SURE, shown, alias, offered, building, address.entrance[:16] or None, address.floor, room)

    def _match(self, alias: str, address: Address) -> Finding:
        if address.status is Status.REFUSED:
            return Finding(address)
        finding = self._known.get(alias)
        if finding is None:
            finding = self._dictionary.match(address)
            if len(self._known) < _REMEMBERED:
                self._known[alias] = finding
        return finding


def _without_room(address: Address) -> str:
    """An address down to its building, for lists: the room is nobody else's business."""
    door = f"{address.number}{address.sub_number}号" if address.number else ""
    house = f"{address.building}栋" if address.building else ""
    named = f"{address.road}{door}{address.estate}{house}"
    return (named or address.text.rstrip("0123456789室房"))[:160]


def dictionary(cursor: Any, terms: Terms) -> Dictionary:
    """The buildings the batch may write to, under all their names."""
    within = sql.SQL("starts_with({column}, {prefix})")
    tests: list[sql.Composable] = [
        within.format(column=sql.Identifier("cell_code"), prefix=sql.Literal(prefix))
        for prefix in terms.prefixes
    ]
    granted = sql.SQL("({})").format(sql.SQL(" OR ").join(tests or [sql.SQL("false")]))
    if terms.county:
        granted = sql.SQL("{} AND county = {}").format(granted, sql.Literal(terms.county))
    near: list[sql.Composable] = [
        sql.SQL("starts_with(code, {0}) OR starts_with({0}, code)").format(
            sql.Literal(prefix or terms.county)
        )
        for prefix in terms.prefixes
    ]
    cursor.execute(sql.SQL(_PLACES).format(near=sql.SQL(" OR ").join(near or [sql.SQL("false")])))
    known = Dictionary.of([], places=[name for (name,) in cursor.fetchall()])
    cursor.execute(sql.SQL(_BUILDINGS).format(within=granted))
    while rows := cursor.fetchmany(_PIECE):
        for row in rows:
            known.add(Entry(*row))
    inner = sql.SQL("b.county IN (SELECT DISTINCT county FROM geodata_building WHERE {})").format(granted)
    cursor.execute(sql.SQL(_ALIASES).format(within=inner))
    for alias, building in cursor.fetchall():
        known.remember(alias, building)
    return known


def _pieces(batch_id: UUID, columns: tuple[str, ...]) -> Iterator[list[str]]:
    """The distinct texts, a piece at a time."""
    raw = staging.table(batch_id)
    parts = [
        sql.SQL("SELECT {} AS text FROM {}").format(sql.Identifier(f"f_{name}"), raw) for name in columns
    ]
    statement = sql.SQL(_TEXTS).format(columns=sql.SQL(" UNION ALL ").join(parts))
    with connection.connection.cursor(name="import_texts") as stream:
        stream.execute(statement)
        while rows := stream.fetchmany(_PIECE):
            yield [text for (text,) in rows]
