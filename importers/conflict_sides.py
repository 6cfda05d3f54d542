"""The sides of a conflict: the row of the file, others of the file, rows of the register – as a list may show them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connection
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from psycopg import sql

from geodata.codelists import names
from geodata.masking import mask_name
from geodata.models import Building
from geodata.models.person import LifeState, Sex
from importers import report, staging
from importers.kinds import kind_named
from importers.kinds.base import BY_BIRTH, BY_PHONE, SHOWN
from importers.models import ImportBatch

MOST_SIDES: Final = 6
_LABELS: Final = {
    "name": _("Name"),
    "id": _("ID number"),
    "phone": _("Telephone"),
    "sex": _("Sex"),
    "born": _("Born in"),
    "relation": _("Relation to the head"),
    "building": _("Building"),
    "life": _("Whether they live here"),
}
_SAME: Final = {
    "same_row_twice": "target = %(target)s",
    "household_two_heads": "relation = '02' AND (hh_key = %(hh_key)s OR household::text = %(household)s)",
}
_SAME_PERSON: Final = (
    "(id_key::text = %(id_key)s OR (name = %(name)s AND ((%(by_phone)s AND phone_key::text = %(phone_key)s) "
    "OR (%(by_birth)s AND birth_date::text = %(birth_date)s AND building::text = %(building)s))))"
)
_OTHERS: Final = """
SELECT to_jsonb(p) - 'geom' - 'id_sealed' - 'phone_sealed' FROM {plan} p
WHERE row_no <> %(row_no)s AND fate = 'conflict' AND {same} ORDER BY row_no LIMIT {most}
"""
_PERSONS: Final = """
SELECT o.id::text, o.name, o.id_no_masked, o.phone_masked, o.sex, o.birth_date::text, o.building_id::text, o.life_state,
  o.id_no_key::text, o.phone_key::text,
  (SELECT m.relation FROM geodata_membership m WHERE m.person_id = o.id AND m.valid_to IS NULL) AS relation
FROM geodata_person o WHERE {which} AND o.cell_code LIKE ANY(%(within)s) ORDER BY o.id LIMIT {most}
"""
_MAY_BE_MEANT: Final = (
    "o.name = %(name)s AND (o.id_no_key IS NULL OR %(id_key)s::text IS NULL) "
    "AND ((%(by_birth)s AND o.building_id::text = %(building)s AND o.birth_date::text = %(birth_date)s) "
    "OR (%(by_phone)s AND o.phone_key::text = %(phone_key)s AND o.county = %(county)s "
    "AND (o.birth_date IS NULL OR %(birth_date)s::text IS NULL OR o.birth_date::text = %(birth_date)s)))"
)
_HEAD: Final = (
    "o.id = (SELECT m.person_id FROM geodata_membership m WHERE m.household_id::text = %(household)s "
    "AND m.relation = '02' AND m.valid_to IS NULL)"
)


@dataclass(slots=True)
class Side:
    """One column of the comparison. ``ref``: a row of the file; ``target``: a row of the register, ``subject``: whose it
    is. ``raw`` tells what differs, and is never shown."""

    title: str
    ref: str = ""
    target: str = ""
    subject: str = ""
    shown: dict[str, str] = field(default_factory=dict)
    raw: dict[str, Any] = field(default_factory=dict)


def lines(sides: list[Side]) -> list[dict[str, Any]]:
    """The comparison line by line: label, and every side's text with whether it differs from the first."""
    keys = dict.fromkeys(key for side in sides for key in side.shown)
    return [
        {
            "label": sides[0].raw.get("labels", {}).get(key, _LABELS.get(key, key)),
            "cells": [
                {
                    "text": side.shown.get(key, ""),
                    "differs": _set(side.raw.get(key))
                    and _set(sides[0].raw.get(key))
                    and side.raw.get(key) != sides[0].raw.get(key),
                }
                for side in sides
            ],
        }
        for key in keys
        if any(side.shown.get(key) for side in sides)
    ]


def sides_of(batch: ImportBatch, row: dict[str, Any], code: str) -> list[Side]:
    """The row itself, then what it stands against."""
    if batch.kind == "people":
        return _people(batch, row, code)
    return _things(batch, row, code)


def _people(batch: ImportBatch, row: dict[str, Any], code: str) -> list[Side]:
    rules = kind_named(batch.kind).rules_of(batch.profile.get("match"))
    row = {**row, "by_birth": BY_BIRTH in rules, "by_phone": BY_PHONE in rules}
    found: list[tuple[dict[str, Any], bool]] = [(row, True)]
    if code in {"same_row_twice", "household_two_heads", "key_twice_in_file", "two_households"}:
        found += [(other, True) for other in _others(batch, row, _SAME.get(code, _SAME_PERSON))]
    if code == "several_match":
        found += [(person, False) for person in _persons(batch, _MAY_BE_MEANT, row)]
    elif code == "household_has_other_head":
        found += [(person, False) for person in _persons(batch, _HEAD, row)]
    elif row.get("target"):
        found += [(person, False) for person in _persons(batch, "o.id::text = %(target)s", row)]
    keys = {one.get("building") for one, _of_file in found} - {None}
    names = {str(pk): str(building) for pk, building in Building.objects.in_bulk(keys).items()}
    return [_person(one, names, of_file=of_file) for one, of_file in found]


def _person(row: dict[str, Any], buildings: dict[str, str], *, of_file: bool) -> Side:
    life = row.get("left_as") or ("present" if of_file else "")
    sex = row.get("sex")
    shown = {
        "name": mask_name(row.get("name") or ""),
        "id": row.get("id_masked") or "",
        "phone": row.get("phone_masked") or "",
        "sex": str(Sex(sex).label) if sex in Sex.values else "",
        "born": (row.get("birth_date") or "")[:4],
        "relation": names("relation", english=(get_language() or "").startswith("en")).get(
            row.get("relation") or "", ""
        ),
        "building": buildings.get(row.get("building") or "", ""),
        "life": str(LifeState(life).label) if life in LifeState.values else "",
    }
    raw = {
        "name": row.get("name"),
        "id": row.get("id_key"),
        "phone": row.get("phone_key"),
        "sex": sex or None,
        "born": row.get("birth_date"),
        "relation": row.get("relation"),
        "building": row.get("building"),
        "life": life,
    }
    if of_file:
        return Side(report.place_text(row["ref"]), ref=row["ref"], shown=shown, raw=raw)
    return Side(str(_("in the register")), target=row["person"], subject=row["person"], shown=shown, raw=raw)


def _things(batch: ImportBatch, row: dict[str, Any], code: str) -> list[Side]:
    """Rows of the kinds that are not about people: the fields as they are."""
    kind = kind_named(batch.kind)
    found = [Side(report.place_text(row["ref"]), ref=row["ref"], raw=row)]
    tests = ["target = %(target)s"] if code == "same_row_twice" else []
    if code == "key_twice_in_file":
        tests += ["external_id = %(external_id)s AND external_id <> ''"] if kind.sourced else []
        tests += [f"{kind.told_by} = %(key)s"] if kind.told_by else []
    if tests:
        asked = {**row, "key": row.get(kind.told_by)}
        others = _others(batch, asked, f"({' OR '.join(tests)})")
        found += [Side(report.place_text(other["ref"]), ref=other["ref"], raw=other) for other in others]
    table, primary = sql.Identifier(kind.table), sql.Identifier(kind.primary)
    which: list[sql.Composable] = [sql.SQL("{}::text = %(target)s").format(primary)]
    if kind.told_by:
        here = sql.SQL("AND county = left(%(at_code)s, 6)" if kind.key_per_county else "")
        told_by = sql.Identifier(kind.told_by)
        which.append(sql.SQL("({key} = %(key)s AND {key} <> '' {here})").format(key=told_by, here=here))
    statement = sql.SQL(
        "SELECT to_jsonb(o) - 'geom' - 'password' || jsonb_build_object('target', o.{}::text) FROM {} o WHERE {}"
    ).format(primary, table, sql.SQL(" OR ").join(which))
    asked = {"target": row.get("target"), "key": row.get(kind.told_by), "at_code": row.get("at_code")}
    for there in _run(statement, asked):
        subject = str(there[kind.subject_id]) if kind.logged else ""
        found.append(Side(str(_("in the register")), target=there["target"], subject=subject, raw=there))
    names = [one.name for one in kind.fields if not kind.personal or (one.shown == SHOWN and not one.sealed)]
    for side in found:
        side.shown = {name: _text(side.raw[name]) for name in names if _set(side.raw.get(name))}
    found[0].raw["labels"] = {name: report.field_name(kind.name, name) for name in names}
    return found


def _others(batch: ImportBatch, row: dict[str, Any], same: str) -> list[dict[str, Any]]:
    statement = sql.SQL(_OTHERS).format(
        plan=staging.table(batch.pk, "plan"), same=sql.SQL(same), most=sql.Literal(MOST_SIDES)
    )
    return _run(statement, row)


def _persons(batch: ImportBatch, which: str, row: dict[str, Any]) -> list[dict[str, Any]]:
    """Persons of the register, within what the import may write."""
    statement = sql.SQL("SELECT to_jsonb(x) FROM ({}) x").format(
        sql.SQL(_PERSONS).format(which=sql.SQL(which), most=sql.Literal(MOST_SIDES))
    )
    return [
        {
            **person,
            "person": person["id"],
            "id_masked": person["id_no_masked"],
            "id_key": person["id_no_key"],
            "left_as": person["life_state"],
            "building": person["building_id"],
        }
        for person in _run(statement, {**row, "within": [f"{prefix}%" for prefix in batch.prefixes]})
    ]


def _run(statement: sql.Composable, values: dict[str, Any]) -> list[dict[str, Any]]:
    """One JSON object a row."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [json.loads(found) if isinstance(found, str) else found for (found,) in cursor.fetchall()]


def _set(value: Any) -> bool:
    """Whether a side says anything; lists and objects of JSON are held against nothing by equality."""
    return value not in (None, "", [])  # a tuple: a list has no hash


def _text(value: Any) -> str:
    return "；".join(map(str, value)) if isinstance(value, list) else str(value)
