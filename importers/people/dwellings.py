"""Dwellings of a file: judged against the buildings and doors of the register, then written with their entrances."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.db import connection
from psycopg import sql

from importers import decisions, staging
from importers.field_checks import problem_items
from importers.people import apply, doors, images, locate
from importers.people.images import DWELLING
from importers.terms import Terms, in_scope

TEMPORARY: Final = ("import_typed", "import_door")
_TYPED: Final = """
CREATE TEMP TABLE import_typed ON COMMIT DROP AS
SELECT s.row_no, s.ref, b.id AS building, a.entrance, a.floor, a.room, s.f_use AS use, coalesce(s.notes, '{{}}') AS notes,
  CASE WHEN cardinality(j.said) = 0 THEN s.f_area_m2::double precision END AS area_m2, b.cell_code AS code,
  j.said || array_remove(ARRAY[
    CASE WHEN coalesce(a.status, 'nothing') = 'nothing' THEN 'value_missing:address'
      WHEN a.status = 'unsure' THEN 'address_unsure:address' WHEN a.status = 'unknown' THEN 'address_unknown:address'
      WHEN a.room IS NULL THEN 'room_missing:address' WHEN NOT {scope} THEN 'outside_scope:address' END], NULL) AS problems
FROM {raw} s
CROSS JOIN LATERAL (
  SELECT coalesce(s.problems, '{{}}') || array_remove(ARRAY[{items}]::text[], NULL) AS said OFFSET 0) j
LEFT JOIN {found} a ON a.text = s.f_address LEFT JOIN geodata_building b ON b.id = a.building
"""
_PLAN: Final = """
CREATE UNLOGGED TABLE {plan} AS
SELECT z.*, CASE WHEN cardinality(z.problems) > 0 THEN 'rejected' WHEN z.conflict <> '' THEN 'conflict'
  WHEN z.target IS NULL THEN 'new' WHEN z.differs THEN 'changed' ELSE 'same' END AS fate
FROM (
  SELECT t.row_no, t.ref, t.notes, t.code, t.use, t.area_m2, v.door, o.id::text AS target,
    t.problems || CASE WHEN v.alike AND v.nth > 1 THEN ARRAY['repeated_in_file:address'] ELSE '{{}}' END AS problems,
    CASE WHEN cardinality(t.problems) > 0 THEN '' WHEN v.door IS NULL THEN 'dwelling_unsure:address'
      WHEN NOT v.alike THEN 'key_twice_in_file:address' ELSE '' END AS conflict,
    ROW(coalesce(t.use, o.use), coalesce(t.area_m2, o.area_m2)) IS DISTINCT FROM ROW(o.use, o.area_m2) AS differs
  FROM import_typed t LEFT JOIN (
    SELECT t.row_no, x.door, row_number() OVER (PARTITION BY x.door ORDER BY t.row_no) AS nth,
      min(x.content) OVER w = max(x.content) OVER w AS alike
    FROM import_typed t JOIN import_door d ON {door}
    CROSS JOIN LATERAL (SELECT ROW(t.use, t.area_m2)::text AS content,
      coalesce(d.dwelling, CASE WHEN d.missing THEN d.new_dwelling END) AS door) x
    WHERE cardinality(t.problems) = 0 WINDOW w AS (PARTITION BY x.door)) v USING (row_no)
  LEFT JOIN geodata_dwelling o ON o.id = v.door) z
"""
_NEW_DOORS: Final = "SELECT door FROM {plan} WHERE fate = 'new'"
_CHANGED: Final = "SELECT door FROM {plan} WHERE fate = 'changed'"
_DWELLINGS: Final = """
INSERT INTO geodata_dwelling (id, building_id, entrance_id, county, floor, room, use, area_m2)
SELECT DISTINCT ON (m.new_dwelling) m.new_dwelling, m.building, m.entrance_id, m.county, m.floor, m.room,
  coalesce(p.use, 'residential'), p.area_m2
FROM import_make m JOIN {plan} p ON p.door = m.new_dwelling AND p.fate = 'new' ORDER BY m.new_dwelling, p.row_no
"""
_UPDATE: Final = """
UPDATE geodata_dwelling o SET use = coalesce(p.use, o.use), area_m2 = coalesce(p.area_m2, o.area_m2)
FROM {plan} p WHERE o.id = p.door AND p.fate = 'changed'
"""


def make_plan(terms: Terms) -> None:
    """Builds the plan table of dwellings. Runs in the caller's transaction."""
    locate.locate(terms, ("address",))
    plan = staging.table(terms.batch_id, "plan")
    with connection.cursor() as cursor:
        for name in TEMPORARY:
            cursor.execute(sql.SQL("DROP TABLE IF EXISTS pg_temp.{}").format(sql.Identifier(name)))
        cursor.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(plan))
        cursor.execute(
            sql.SQL(_TYPED).format(
                raw=staging.table(terms.batch_id),
                found=staging.table(terms.batch_id, "found"),
                items=sql.SQL(", ").join(problem_items(terms.kind)),
                scope=in_scope(sql.Identifier("b", "cell_code"), terms),
            )
        )
        doors.make_doors(cursor, doors.ROWS_OF_DWELLINGS)
        cursor.execute(sql.SQL(_PLAN).format(plan=plan, door=sql.SQL(doors.JOIN.format(door="d", prefix=""))))
        decisions.begin(cursor, terms)
        decisions.settle_plan(cursor, plan)
        cursor.execute(sql.SQL("ANALYZE {}").format(plan))


def write_plan(batch_id: UUID, *, at: Any, as_of: Any) -> None:
    """Makes the doors that are missing, then writes use and area."""
    with connection.cursor() as cursor:
        writer = apply.Writer(cursor, batch_id, at=at, as_of=as_of)
        writer.doors(_NEW_DOORS, _DWELLINGS)
        writer.before(DWELLING, _CHANGED)
        writer.run(_UPDATE)
        images.keep(cursor, batch_id)
