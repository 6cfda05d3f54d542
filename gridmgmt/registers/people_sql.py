"""Statements that find people: what matches, in which order, within which codes. Pieces of SQL and nothing else.

Every list goes on behind a person: the order's values are read from that row again, so no page carries a name onward.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from psycopg import sql

# Rows of one page. Callers: search.page. Indexes: see the kinds below.
PAGE = """
SELECT p.id FROM geodata_person p {joins}
WHERE {match} AND {within} AND {behind}
ORDER BY {order} LIMIT %(limit)s
"""
BEHIND = "({order}) > (SELECT {order} FROM geodata_person p {joins} WHERE p.id = %(after)s)"


@dataclass(frozen=True, slots=True)
class Find:
    """One way to find people: condition, order (total: it ends with the key), joins the two need."""

    match: str
    order: str
    joins: str = ""


# Index: geodata_person's unique (county, id_no_key).
BY_ID_NO = Find("p.county = ANY(%(counties)s) AND p.id_no_key = %(key)s", "p.id")
# Index: person_phone.
BY_PHONE = Find("p.phone_key = %(key)s", "p.name, p.id")
# Index: person_name; for one sign, a surname.
BY_SURNAME = Find("p.name LIKE %(begin)s", "p.name, p.id")
# Index: person_bigrams. Names that begin so come first.
BY_NAME = Find(
    "geodata_bigrams(p.name) @> geodata_bigrams(%(value)s) AND p.name LIKE %(inside)s",
    "CASE WHEN p.name LIKE %(begin)s THEN 0 ELSE 1 END, p.name, p.id",
)
# Index: person_initials.
BY_INITIALS = Find("p.name_initials LIKE %(begin)s", "p.name_initials, p.name, p.id")
_LIVES_AT = """
LEFT JOIN geodata_residence r ON r.person_id = p.id AND r.kind = 'actual' AND r.valid_to IS NULL
LEFT JOIN geodata_dwelling d ON d.id = r.dwelling_id
"""
_DOOR_ORDER = "p.building_id, coalesce(d.floor, 999), coalesce(d.room, ''), p.id"
# Index: person_building.
BY_BUILDING = Find("p.building_id = ANY(%(buildings)s)", _DOOR_ORDER, _LIVES_AT)
BY_DOOR = Find("p.building_id = ANY(%(buildings)s) AND d.id = ANY(%(doors)s)", _DOOR_ORDER, _LIVES_AT)
# Index: person_cell.
_NOWHERE = "coalesce(p.building_id, '00000000-0000-0000-0000-000000000000')"
ALL = Find("p.life_state = 'present'", f"p.cell_code, {_NOWHERE}, p.id")

# Below six nobody goes to school or works.
_GROWN = "(p.birth_date IS NULL OR p.birth_date <= %(today)s::date - interval '6 years')"
# What a record of a person may lack. Also the columns of completeness in figures.py.
LACKS = {
    "id_no": "p.id_no_key IS NULL",
    "phone": "p.phone_key IS NULL",
    "birth_date": "p.birth_date IS NULL",
    "sex": "p.sex NOT IN (1, 2)",
    "education": f"p.education = '' AND {_GROWN}",
    "marital": "p.marital = ''",
    "employment": f"p.employment = '' AND {_GROWN}",
    "building": "p.building_id IS NULL",
    "household": "NOT EXISTS (SELECT FROM geodata_membership m WHERE m.person_id = p.id AND m.valid_to IS NULL)",
}
# Registered at another place than where they live (人户分离).
APART = """EXISTS (
  SELECT FROM geodata_residence g LEFT JOIN geodata_residence a
    ON a.person_id = g.person_id AND a.kind = 'actual' AND a.valid_to IS NULL
  WHERE g.person_id = p.id AND g.kind = 'registered' AND g.valid_to IS NULL
    AND (g.elsewhere <> '' OR g.dwelling_id IS DISTINCT FROM a.dwelling_id))"""
GROUPS = {
    "under_14": "p.birth_date > %(today)s::date - interval '14 years'",
    "from_60": "p.birth_date <= %(today)s::date - interval '60 years'",
    "from_80": "p.birth_date <= %(today)s::date - interval '80 years'",
    "alone": "p.lives_alone",
    "apart": APART,
}


def page(find: Find, prefixes: Iterable[str], *, after: bool, also: Iterable[str] = ()) -> sql.Composed:
    """The statement of one page, with ``also`` as further conditions. Placeholders stay to be bound."""
    joins, order = sql.SQL(find.joins), sql.SQL(find.order)
    match = sql.SQL(" AND ").join([sql.SQL(find.match), *map(sql.SQL, also)])
    behind = sql.SQL(BEHIND).format(order=order, joins=joins) if after else sql.SQL("true")
    return sql.SQL(PAGE).format(
        joins=joins, match=match, within=within("p.cell_code", prefixes), behind=behind, order=order
    )


def within(column: str, prefixes: Iterable[str]) -> sql.Composable:
    """Rows whose code begins with one of the prefixes: ranges that a btree answers. None of them: no row; "": all."""
    ranges = [_range(column, prefix) for prefix in prefixes]
    if not ranges:
        return sql.SQL("false")
    return sql.SQL("({})").format(sql.SQL(" OR ").join(ranges))


def _range(column: str, prefix: str) -> sql.Composable:
    if not prefix:
        return sql.SQL("true")
    return sql.SQL("({column} >= {low} AND {column} < {high})").format(
        column=sql.SQL(column), low=sql.Literal(prefix), high=sql.Literal(prefix + "\uffff")
    )


def like(text: str) -> str:
    """A text with the signs that LIKE reads otherwise made plain."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def run(statement: sql.Composable, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
