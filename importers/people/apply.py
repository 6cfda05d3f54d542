"""Writing a plan of people: doors, persons, households, memberships, residences. One transaction, the caller's.

The temporary tables of the plan (import_door, import_household) are still there. A new person takes the id and the
sealed values of its staged row; a value that changes somebody who is there already is sealed anew, in a stream.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection
from psycopg import sql

from importers import staging
from importers.kinds.people import ID_COLUMN, PHONE_COLUMN
from importers.people import images
from importers.people.images import DWELLING, ENTRANCE, HOUSEHOLD, MEMBERSHIP, PERSON, RESIDENCE
from importers.sealing import sealed_anew
from importers.staging import Progress

_PIECE: Final = 5_000

USED_DOORS: Final = """
CREATE TEMP TABLE import_make ON COMMIT DROP AS
SELECT DISTINCT ON (d.new_dwelling) d.building, d.county, d.entrance, d.entrance_id, d.floor, d.room, d.new_dwelling
FROM import_door d WHERE d.missing AND d.new_dwelling IN ({doors}) ORDER BY d.new_dwelling, d.entrance DESC
"""
DOORS_OF_PEOPLE: Final = """
SELECT door FROM {plan} WHERE fate IN ('new', 'changed') AND actual_differs
UNION SELECT reg_door FROM {plan} WHERE fate IN ('new', 'changed') AND registered_differs
"""
ENTRANCES: Final = """
INSERT INTO geodata_entrance (id, building_id, county, number)
SELECT importers_uuid7(), building, county, entrance FROM (
  SELECT DISTINCT building, county, entrance FROM import_make WHERE entrance <> '' AND entrance_id IS NULL) x
"""
ENTERED: Final = """
UPDATE import_make m SET entrance_id = e.id FROM geodata_entrance e
WHERE m.entrance <> '' AND m.entrance_id IS NULL AND e.building_id = m.building AND e.number = m.entrance
"""
DWELLINGS: Final = """
INSERT INTO geodata_dwelling (id, building_id, entrance_id, county, floor, room, use)
SELECT new_dwelling, building, entrance_id, county, floor, room, 'residential' FROM import_make ORDER BY building, floor, room
"""
_TO_RESEAL: Final = """
SELECT p.person, p.new_id, CASE WHEN o.id_no_key IS NULL THEN p.id_sealed END,
  CASE WHEN o.phone_key IS DISTINCT FROM p.phone_key THEN p.phone_sealed END
FROM {plan} p JOIN geodata_person o ON o.id = p.person WHERE p.fate = 'changed' AND p.person_differs
  AND ((p.id_key IS NOT NULL AND o.id_no_key IS NULL) OR (p.phone_key IS NOT NULL AND o.phone_key IS DISTINCT FROM p.phone_key))
"""
_UPDATE_PERSONS: Final = """
UPDATE geodata_person o SET name = p.name, id_type = coalesce(p.id_type, o.id_type),
  id_no_sealed = coalesce(r.id_sealed, o.id_no_sealed), id_no_key = coalesce(o.id_no_key, p.id_key),
  id_no_masked = CASE WHEN r.id_sealed IS NOT NULL THEN p.id_masked ELSE o.id_no_masked END,
  phone_sealed = coalesce(r.phone_sealed, o.phone_sealed), phone_key = coalesce(p.phone_key, o.phone_key),
  phone_masked = coalesce(p.phone_masked, o.phone_masked), sex = coalesce(p.known_sex, o.sex),
  birth_date = coalesce(p.birth_date, o.birth_date), education = coalesce(p.education, o.education),
  marital = coalesce(p.marital, o.marital), employment = coalesce(p.employment, o.employment),
  building_id = coalesce(p.to_building, o.building_id), cell_code = p.code, county = p.county,
  life_state = coalesce(p.left_as, o.life_state), updated_at = {at}
FROM {plan} p LEFT JOIN import_resealed r ON r.person = p.person
WHERE o.id = p.person AND p.fate = 'changed' AND p.person_differs
"""
_INSERT_PERSONS: Final = """
INSERT INTO geodata_person (id, county, cell_code, building_id, name, name_initials, id_type, id_no_sealed, id_no_key,
  id_no_masked, phone_sealed, phone_key, phone_masked, sex, birth_date, education, marital, employment, life_state,
  lives_alone, updated_at)
SELECT p.new_id, p.county, p.code, p.to_building, p.name, '', coalesce(p.id_type, '111'), p.id_sealed, p.id_key,
  coalesce(p.id_masked, ''), p.phone_sealed, p.phone_key, coalesce(p.phone_masked, ''), coalesce(p.sex, 0), p.birth_date,
  coalesce(p.education, ''), coalesce(p.marital, ''), coalesce(p.employment, ''), coalesce(p.left_as, 'present'),
  coalesce(h.members = 1 AND k.known_id IS NULL, false), {at}
FROM {plan} p LEFT JOIN import_home h ON h.household = p.household LEFT JOIN import_household k ON k.hh_key = p.hh_key
WHERE p.fate = 'new' ORDER BY p.to_building, p.code, p.row_no
"""
# A household stands where its head lives, else where the first of its members does.
_HOMES: Final = """
CREATE TEMP TABLE import_home ON COMMIT DROP AS
SELECT DISTINCT ON (p.household) p.household, p.door, p.building, p.relation = '02' AS by_head, p.actual_differs,
  count(*) FILTER (WHERE p.member_differs) OVER (PARTITION BY p.household) AS members,
  bool_or(p.fate = 'changed') OVER (PARTITION BY p.household) AS of_old
FROM {plan} p WHERE p.household IS NOT NULL AND p.fate IN ('new', 'changed') AND (p.member_differs OR p.actual_differs)
ORDER BY p.household, (p.relation = '02') DESC NULLS LAST, p.building IS NULL, p.row_no
"""
_INSERT_HOUSEHOLDS: Final = """
INSERT INTO geodata_household (id, county, number, collective, dwelling_id, building_id)
SELECT h.id, h.county, coalesce(h.number, ''), coalesce(h.collective, false), m.door, m.building
FROM import_household h JOIN import_home m ON m.household = h.id WHERE h.known_id IS NULL
"""
_MOVED_HOUSEHOLDS: Final = """
SELECT h.known_id FROM import_household h JOIN import_home m ON m.household = h.known_id
JOIN geodata_household o ON o.id = h.known_id
WHERE (m.building IS NOT NULL AND (o.building_id IS NULL OR (m.by_head AND m.actual_differs)))
  OR (h.number IS NOT NULL AND o.number = '')
"""
_UPDATE_HOUSEHOLDS: Final = """
UPDATE geodata_household o SET number = CASE WHEN o.number = '' THEN coalesce(h.number, '') ELSE o.number END,
  dwelling_id = CASE WHEN {moves} THEN m.door ELSE o.dwelling_id END,
  building_id = CASE WHEN {moves} THEN m.building ELSE o.building_id END
FROM import_household h JOIN import_home m ON m.household = h.known_id WHERE o.id = h.known_id AND o.id IN ({changed})
"""
_MOVES: Final = "m.building IS NOT NULL AND (o.building_id IS NULL OR (m.by_head AND m.actual_differs))"
_CLOSED: Final = (
    "SELECT {now} FROM {plan} WHERE fate = 'changed' AND {now} IS NOT NULL AND ({differs} OR leaves)"
)
_CLOSE: Final = """
UPDATE {of} o SET valid_to = greatest(coalesce(p.left_on, {as_of}::date), o.valid_from)
FROM {plan} p WHERE o.id = p.{now} AND p.fate = 'changed' AND (p.{differs} OR p.leaves)
"""
_SINCE: Final = "CASE WHEN p.{now} IS NULL THEN coalesce(p.moved_in_on, {as_of}::date) ELSE {as_of}::date END"
_INSERT_MEMBERSHIPS: Final = """
INSERT INTO geodata_membership (id, county, person_id, household_id, relation, valid_from)
SELECT importers_uuid7(), p.county, p.person, p.household, p.relation, {since}
FROM {plan} p WHERE p.member_differs AND p.fate IN ('new', 'changed') ORDER BY p.building, p.row_no
"""
_INSERT_ACTUAL: Final = """
INSERT INTO geodata_residence (id, county, person_id, kind, dwelling_id, building_id, elsewhere, valid_from)
SELECT importers_uuid7(), p.county, p.person, 'actual', p.door, p.building, '', {since}
FROM {plan} p WHERE p.actual_differs AND p.fate IN ('new', 'changed') ORDER BY p.building, p.row_no
"""
_INSERT_REGISTERED: Final = """
INSERT INTO geodata_residence (id, county, person_id, kind, dwelling_id, building_id, elsewhere, valid_from)
SELECT importers_uuid7(), p.county, p.person, 'registered', p.reg_door, p.reg_building, coalesce(p.elsewhere, ''), {since}
FROM {plan} p WHERE p.registered_differs AND p.fate IN ('new', 'changed') ORDER BY p.building, p.row_no
"""
# Who lives alone follows from the households that gained or lost somebody; new ones of new people are known already.
_CONCERNED: Final = """
CREATE TEMP TABLE import_concerned ON COMMIT DROP AS
SELECT o.household_id FROM geodata_membership o
JOIN import_touched t ON t.table_name = 'geodata_membership' AND t.row_key = o.id
UNION
SELECT m.household FROM import_home m JOIN import_household h ON h.id = m.household
WHERE m.members > 0 AND (h.known_id IS NOT NULL OR m.of_old)
"""
_ALONE: Final = """
CREATE TEMP TABLE import_alone ON COMMIT DROP AS
WITH sizes AS (
  SELECT m.household_id, count(*) = 1 AS alone FROM geodata_membership m JOIN import_concerned c USING (household_id)
  WHERE m.valid_to IS NULL GROUP BY m.household_id
), people AS (
  SELECT m.person_id, coalesce(bool_or(s.alone) FILTER (WHERE m.valid_to IS NULL), false) AS alone
  FROM geodata_membership m JOIN import_concerned c USING (household_id) LEFT JOIN sizes s USING (household_id)
  GROUP BY m.person_id)
SELECT x.person_id, x.alone FROM people x JOIN geodata_person p ON p.id = x.person_id
WHERE p.lives_alone <> x.alone AND (x.alone OR NOT EXISTS (
  SELECT 1 FROM geodata_membership e WHERE e.person_id = x.person_id AND e.valid_to IS NULL
    AND e.household_id NOT IN (SELECT household_id FROM import_concerned)))
"""
_ALONE_BEFORE: Final = """
SELECT a.person_id FROM import_alone a WHERE NOT EXISTS (
  SELECT FROM {plan} p WHERE p.fate = 'new' AND p.new_id = a.person_id)
"""
_SET_ALONE: Final = """
UPDATE geodata_person o SET lives_alone = a.alone, updated_at = {at} FROM import_alone a WHERE a.person_id = o.id
"""
_TEMPORARY: Final = ("import_make", "import_resealed", "import_home", "import_concerned", "import_alone")


class Writer:
    """One batch being written. ``as_of``: the day from which changed facts hold."""

    def __init__(self, cursor: Any, batch_id: UUID, *, at: datetime, as_of: date) -> None:
        self._cursor, self._batch_id = cursor, batch_id
        self._names = {
            "plan": staging.table(batch_id, "plan"),
            "at": sql.Literal(at),
            "as_of": sql.Literal(as_of),
        }
        for name in _TEMPORARY:
            cursor.execute(sql.SQL("DROP TABLE IF EXISTS pg_temp.{}").format(sql.Identifier(name)))
        images.begin(cursor)

    def run(self, statement: str, **more: sql.Composable) -> None:
        """One statement over the plan."""
        self._cursor.execute(self._filled(statement, **more))

    def insert(self, table: str, statement: str, **more: sql.Composable) -> None:
        """An INSERT whose rows are noted."""
        images.insert(self._cursor, self._batch_id, table, self._filled(statement, **more))

    def before(self, table: str, ids: str, **more: sql.Composable) -> None:
        """Notes rows that are about to change."""
        images.before(self._cursor, table, self._filled(ids, **more))

    def doors(self, wanted: str, dwellings: str = DWELLINGS) -> None:
        """Makes entrances and dwellings that are missing."""
        self.run(USED_DOORS, doors=self._filled(wanted))
        self.insert(ENTRANCE, ENTRANCES)
        self.run(ENTERED)
        self.insert(DWELLING, dwellings)

    def persons(self) -> None:
        """Changed persons, then new ones in the order of their building."""
        self.run(_HOMES)
        self.run("ANALYZE import_home")
        self._seal_anew()
        changed = "SELECT person FROM {plan} WHERE fate = 'changed' AND person_differs"
        self.before(PERSON, changed)
        self.run(_UPDATE_PERSONS)
        self.insert(PERSON, _INSERT_PERSONS)

    def households(self) -> None:
        """Households that are missing, and those whose head moved."""
        self.insert(HOUSEHOLD, _INSERT_HOUSEHOLDS)
        self.before(HOUSEHOLD, _MOVED_HOUSEHOLDS)
        self.run(_UPDATE_HOUSEHOLDS, moves=sql.SQL(_MOVES), changed=sql.SQL(_MOVED_HOUSEHOLDS))

    def fact(self, table: str, now: str, differs: str, statement: str) -> None:
        """Closes what no longer holds and opens what holds from now on."""
        columns = {
            "now": sql.Identifier(now),
            "differs": sql.Identifier(differs),
            "of": sql.Identifier(table),
        }
        self.before(table, _CLOSED, **columns)
        self.run(_CLOSE, **columns)
        self.insert(table, statement, since=self._filled(_SINCE, now=sql.Identifier(now)))

    def alone(self) -> None:
        """Marks who lives alone now. The planner must know how large the tables have become meanwhile."""
        self.run("ANALYZE import_touched")
        self.run("ANALYZE geodata_membership")
        self.run(_CONCERNED)
        self.run("ANALYZE import_concerned")
        self.run(_ALONE)
        self.before(PERSON, _ALONE_BEFORE)
        self.run(_SET_ALONE)

    def keep(self) -> None:
        """Keeps the before-images."""
        images.keep(self._cursor, self._batch_id)

    def _seal_anew(self) -> None:
        self.run(
            "CREATE TEMP TABLE import_resealed (person uuid PRIMARY KEY, id_sealed bytea, phone_sealed bytea) ON COMMIT DROP"
        )
        with connection.connection.cursor(name="import_reseal") as stream:
            stream.execute(self._filled(_TO_RESEAL))
            while rows := stream.fetchmany(_PIECE):
                with self._cursor.copy("COPY import_resealed FROM STDIN") as copy:
                    for person, staged_as, id_sealed, phone_sealed in rows:
                        copy.write_row(
                            (
                                person,
                                id_sealed
                                and sealed_anew(id_sealed, column=ID_COLUMN, staged_as=staged_as, row=person),
                                phone_sealed
                                and sealed_anew(
                                    phone_sealed, column=PHONE_COLUMN, staged_as=staged_as, row=person
                                ),
                            )
                        )

    def _filled(self, statement: str, **more: sql.Composable) -> sql.Composed:
        return sql.SQL(statement).format(**self._names, **more)


def write_plan(batch_id: UUID, *, at: datetime, as_of: date, progress: Progress) -> None:
    """Writes everything the plan of people says."""
    with connection.cursor() as cursor:
        writer = Writer(cursor, batch_id, at=at, as_of=as_of)
        writer.doors(DOORS_OF_PEOPLE)
        writer.persons()
        progress("persons", 0)
        writer.households()
        writer.fact(MEMBERSHIP, "member_now", "member_differs", _INSERT_MEMBERSHIPS)
        progress("memberships", 0)
        writer.fact(RESIDENCE, "actual_now", "actual_differs", _INSERT_ACTUAL)
        writer.fact(RESIDENCE, "registered_now", "registered_differs", _INSERT_REGISTERED)
        writer.alone()
        writer.keep()
