"""The homes of one cell as a phone takes them along: buildings, doors, households, people, masked as pages show them.

Two reads: a mark for each cell by which a phone knows that nothing changed, and the homes themselves. Taking people along is
reading about them: the homes and their access record are one transaction.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction

from gridmgmt.audit import actions as audit
from gridmgmt.audit.models import AccessAction, Door, SubjectKind
from gridmgmt.organisation.scope import Scope
from gridmgmt.registers import homes_sql
from gridmgmt.registers.amendment_records import SENDERS
from gridmgmt.registers.readers import people_scope
from gridmgmt.registers.rows import PersonRow, people

MOST_CELLS: Final = 16
"""Whoever has more cells takes no homes along: a phone carries what somebody walks, not a street of 100,000 people."""
FORM: Final = "h1"
"""Part of every mark: raised when the shape of a pack changes, so that phones read it anew."""


def marks(scope: Scope, codes: Collection[str]) -> dict[str, str]:
    """{cell: mark} of those of these cells whose homes somebody takes along; one statement.

    A mark differs when a row that the homes show differs, or when people are in them that were not."""
    seen = [code for code in codes if scope.covers(code)]
    if not seen or len(seen) > MOST_CELLS:
        return {}
    readers = people_scope(scope)
    with connection.cursor() as cursor:
        cursor.execute(homes_sql.MARKS, {"cells": seen})
        found = dict(cursor.fetchall())
    return {code: f"{FORM}{'p' if readers.covers(code) else 'b'}-{found[code]}" for code in sorted(seen)}


@transaction.atomic
def take(*, scope: Scope, cell: str, user_id: UUID, at: datetime) -> dict[str, Any]:
    """The homes of a cell that ``marks`` names. With people only where the scope may read about them, and then written down."""
    values = {"cell": cell}
    stays, members = _rows(homes_sql.STAYS, values), _rows(homes_sql.MEMBERS, values)
    content: dict[str, Any] = {
        "cell": cell,
        "people": people_scope(scope).covers(cell),
        "buildings": _buildings(values),
        "doors": _doors(values, stays, members),
        "households": [],
        "members": [],
        "stays": [],
        "persons": [],
    }
    ids = list(dict.fromkeys(row["person"] for row in (*members, *stays)))
    if not content["people"] or not ids:
        return content
    audit.record(
        user_id=user_id,
        action=AccessAction.TAKEN,
        subject_kind=SubjectKind.PERSON,
        subject_ids=ids,
        at=at,
        door=Door.PHONE,
        asked={"place": cell},
    )
    content["households"] = _rows(homes_sql.HOUSEHOLDS, values)
    content["members"] = [
        {name: row[name] for name in ("household", "person", "relation")} for row in members
    ]
    content["stays"] = stays
    content["persons"] = _persons(scope, ids, here={row["person"] for row in stays})
    return content


NOBODY: Final = {"living": 0, "registered": 0, "households": 0}


def _doors(
    values: dict[str, Any], stays: list[dict[str, Any]], members: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Doors with figures, which are no names. The floor area is text, as amendments compare it."""
    counts = _counts(stays, members)
    return [
        row
        | counts.get(row["id"], NOBODY)
        | {"area_m2": "" if row["area_m2"] is None else str(row["area_m2"])}
        for row in _rows(homes_sql.DOORS, values)
    ]


def _counts(
    stays: Iterable[dict[str, Any]], belongings: Iterable[dict[str, Any]]
) -> dict[UUID, dict[str, int]]:
    """By door how many live there, are only registered there, and keep house, as the page of a building counts."""
    told: dict[UUID, dict[str, set[UUID]]] = defaultdict(lambda: {name: set() for name in NOBODY})
    for row in stays:
        told[row["door"]]["living" if row["kind"] == "actual" else "registered"].add(row["person"])
    for row in belongings:
        told[row["door"]]["households"].add(row["household"])
    return {door: {name: len(ids) for name, ids in sets.items()} for door, sets in told.items() if door}


def _buildings(values: dict[str, Any]) -> list[dict[str, Any]]:
    entrances: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for row in _rows(homes_sql.ENTRANCES, values):
        entrances[row.pop("building")].append(row)
    return [
        row | {"outline": json.loads(row["outline"]), "entrances": entrances[row["id"]]}
        for row in _rows(homes_sql.BUILDINGS, values)
    ]


def _persons(scope: Scope, ids: list[UUID], *, here: set[UUID]) -> list[dict[str, Any]]:
    """As the pages of a person and of a household show them: year of birth alone, name and numbers masked. Of a member who
    lives outside the scope what the household's page tells and no more. ``mine``: amendments are taken."""
    facts = {row["id"]: row for row in _rows(homes_sql.FACTS, {"people": ids})}
    return [_person(row, facts[row.id], scope, here=row.id in here) for row in people(ids)]


def _person(row: PersonRow, facts: dict[str, Any], scope: Scope, *, here: bool) -> dict[str, Any]:
    told = {"id": row.id, "name": row.masked_name, "sex": row.sex, "born": row.birth_year, "mine": False}
    if not here and not scope.covers(row.cell_code):
        return told
    return (
        told | facts | {"id_no": row.id_no, "phone": row.phone, "mine": scope.holds(row.cell_code, *SENDERS)}
    )


def _rows(statement: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
