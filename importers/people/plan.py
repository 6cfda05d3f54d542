"""The plan of a batch of people: fate, target and values of every row, and which of its four facts change.

A row is a person with up to three dated facts: membership in a household, where somebody lives, where somebody is
registered. A row is the same when neither the person nor a fact would change.
"""

from __future__ import annotations

from typing import Final

from django.db import connection
from psycopg import sql

from importers import abolished, decisions, staging
from importers.field_checks import problem_items
from importers.people import doors, households, locate, match, rows
from importers.terms import Terms

ADDRESSES: Final = ("address", "registered_address")
TEMPORARY: Final = (
    "import_named",
    "import_typed",
    "import_door",
    "import_twice",
    "import_match",
    "import_judged",
    "import_household",
)

# What would be written of a person; empty values change nothing, and unknown sex is empty.
_PERSON_NOW: Final = (
    "o.name, o.id_type, o.id_no_key, o.phone_key, o.sex, o.birth_date, o.education, o.marital, o.employment, "
    "o.building_id, o.cell_code, o.life_state"
)
_PERSON_THEN: Final = (
    "v.name, coalesce(v.id_type, o.id_type), coalesce(v.id_key, o.id_no_key), coalesce(v.phone_key, o.phone_key), "
    "coalesce(v.known_sex, o.sex), coalesce(v.birth_date, o.birth_date), coalesce(v.education, o.education), "
    "coalesce(v.marital, o.marital), coalesce(v.employment, o.employment), coalesce(v.to_building, o.building_id), "
    "v.to_code, coalesce(v.left_as, o.life_state)"
)
_PLAN: Final = """
CREATE UNLOGGED TABLE {plan} AS
SELECT z.*, CASE WHEN cardinality(z.problems) > 0 THEN 'rejected' WHEN z.conflict <> '' THEN 'conflict'
  WHEN z.target IS NULL THEN 'new'
  WHEN z.person_differs OR z.member_differs OR z.actual_differs OR z.registered_differs OR z.leaves THEN 'changed'
  ELSE 'same' END AS fate
FROM (
  SELECT v.row_no, v.ref, v.new_id, v.target::text AS target, coalesce(v.target, v.new_id) AS person, v.to_code AS code,
    left(v.to_code, 6) AS county, v.name, v.id_type, v.id_key, v.id_sealed, v.id_masked, v.phone_key, v.phone_sealed,
    v.phone_masked, v.known_sex, v.sex, v.birth_date, v.education, v.marital, v.employment, v.to_building, v.left_as,
    v.left_on, v.moved_in_on, v.relation, v.hh_key, v.household, v.building, v.reg_building, v.elsewhere,
    v.all_problems || array_remove(ARRAY[CASE
      WHEN v.birth_date <= v.elder AND v.relation IN ('20','21','22','23','24','25','26','29','30','31','32','33','34',
        '35','36','39','40','41','42','43','44','47','48','49') THEN 'age_against_relation:relation'
      WHEN v.birth_date >= v.elder AND v.relation IN ('50','51','52','60','61','62','63','64','66','67')
        THEN 'age_against_relation:relation' END], NULL) AS problems,
    v.notes || array_remove(ARRAY[
      CASE WHEN v.target IS NOT NULL AND o.name <> v.name THEN 'name_changed:name' END,
      CASE WHEN v.hh_key IS NOT NULL AND v.relation IS NULL AND v.usable THEN 'relation_missing:relation' END,
      CASE WHEN v.hh_key IS NOT NULL AND v.db_head IS NULL AND v.heads = 0 THEN 'household_without_head:relation' END,
      CASE WHEN v.hh_key IS NULL AND v.relation IS NOT NULL AND v.left_as IS NULL THEN 'household_missing:household_no' END,
      CASE WHEN v.room IS NOT NULL AND v.building IS NOT NULL AND v.door IS NULL THEN 'dwelling_unsure:address' END
      ], NULL) AS notes,
    CASE WHEN v.conflict <> '' THEN v.conflict WHEN v.relation = '02' THEN v.head_conflict ELSE '' END AS conflict,
    v.door, v.reg_door, m.id AS member_now, ra.id AS actual_now, rr.id AS registered_now,
    v.target IS NOT NULL AND ROW({now}) IS DISTINCT FROM ROW({then}) AS person_differs,
    v.household IS NOT NULL AND v.relation IS NOT NULL
      AND (m.id IS NULL OR m.household_id <> v.household OR m.relation <> v.relation) AS member_differs,
    v.left_as IS NULL AND v.building IS NOT NULL AND (ra.id IS NULL OR ra.building_id IS DISTINCT FROM v.building
      OR (v.door IS NOT NULL AND ra.dwelling_id IS DISTINCT FROM v.door)) AS actual_differs,
    v.left_as IS NULL AND (v.reg_building IS NOT NULL OR v.elsewhere IS NOT NULL) AND (rr.id IS NULL
      OR rr.building_id IS DISTINCT FROM v.reg_building OR (v.reg_door IS NOT NULL AND rr.dwelling_id IS DISTINCT FROM v.reg_door)
      OR rr.elsewhere <> coalesce(v.elsewhere, '')) AS registered_differs,
    v.left_as IS NOT NULL AND v.target IS NOT NULL AND (m.id IS NOT NULL OR ra.id IS NOT NULL OR rr.id IS NOT NULL) AS leaves
  FROM (
    SELECT t.*, p.cell_code AS old_code, h.elder, h.db_head, h.usable, h.heads, coalesce(h.head_conflict, '') AS head_conflict,
      CASE WHEN h.usable THEN h.id END AS household, NULLIF(NULLIF(t.sex, 0), 9) AS known_sex,
      CASE WHEN t.left_as IS NULL THEN t.building END AS to_building,
      CASE WHEN p.id IS NULL OR (t.building IS NOT NULL AND t.left_as IS NULL) THEN t.code
        WHEN p.building_id IS NULL AND t.place_named AND t.left_as IS NULL THEN t.code ELSE p.cell_code END AS to_code,
      coalesce(d.dwelling, CASE WHEN d.missing THEN d.new_dwelling END) AS door,
      coalesce(r.dwelling, CASE WHEN r.missing THEN r.new_dwelling END) AS reg_door
    FROM import_judged t LEFT JOIN geodata_person p ON p.id = t.target
    LEFT JOIN import_household h ON h.hh_key = t.hh_key
    LEFT JOIN import_door d ON {door} LEFT JOIN import_door r ON {reg_door}) v
  LEFT JOIN geodata_person o ON o.id = v.target
  LEFT JOIN geodata_membership m ON m.person_id = v.target AND m.valid_to IS NULL
  LEFT JOIN geodata_residence ra ON ra.person_id = v.target AND ra.valid_to IS NULL AND ra.kind = 'actual'
  LEFT JOIN geodata_residence rr ON rr.person_id = v.target AND rr.valid_to IS NULL AND rr.kind = 'registered') z
"""
# Two groups of the file may mean one household of the register: by number, and by the head's ID number.
_TWO_HEADS: Final = """
UPDATE {plan} SET fate = 'conflict', conflict = 'household_two_heads:relation'
WHERE relation = '02' AND fate IN ('new', 'changed', 'same') AND household IN (
  SELECT household FROM {plan} WHERE relation = '02' AND fate IN ('new', 'changed', 'same') AND household IS NOT NULL
  GROUP BY household HAVING count(*) > 1)
"""
# Nobody becomes head while the row by which the present head gives way is not written.
_HEAD_STAYS: Final = """
UPDATE {plan} p SET fate = 'conflict', conflict = 'household_has_other_head:relation' FROM import_household h
WHERE h.hh_key = p.hh_key AND p.relation = '02' AND p.fate IN ('new', 'changed') AND p.member_differs
  AND h.db_head <> p.person AND NOT EXISTS (
    SELECT 1 FROM {plan} x WHERE x.person = h.db_head AND x.fate = 'changed' AND (x.member_differs OR x.leaves))
"""
# A household known by its head alone is none when that head is rejected or in conflict.
_HEADLESS: Final = """
UPDATE {plan} p SET household = NULL, member_differs = false,
  notes = CASE WHEN p.relation = '02' THEN p.notes ELSE p.notes || 'household_without_head:relation'::text END,
  fate = CASE WHEN p.fate = 'changed' AND NOT (p.person_differs OR p.actual_differs OR p.registered_differs OR p.leaves)
    THEN 'same' ELSE p.fate END
FROM import_household h JOIN {plan} hp ON hp.row_no = h.head_row
WHERE p.hh_key = h.hh_key AND p.household IS NOT NULL AND h.number IS NULL AND h.db_head IS NULL
  AND hp.fate IN ('rejected', 'conflict')
"""


def make_plan(terms: Terms) -> None:
    """Builds the plan table of people. Runs in the caller's transaction; temporary tables are dropped at its end."""
    locate.locate(terms, ADDRESSES)
    plan = staging.table(terms.batch_id, "plan")
    with connection.cursor() as cursor:
        for name in TEMPORARY:
            cursor.execute(sql.SQL("DROP TABLE IF EXISTS pg_temp.{}").format(sql.Identifier(name)))
        cursor.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(plan))
        cursor.execute("SET LOCAL default_statistics_target = 10")  # of tables that live for some statements
        abolished.begin(cursor, terms.day)
        rows.make_typed(cursor, terms, problem_items(terms.kind))
        doors.make_doors(cursor, doors.ROWS_OF_PEOPLE)
        match.make_matches(cursor, terms)
        households.make_households(cursor)
        cursor.execute(
            sql.SQL(_PLAN).format(
                plan=plan,
                now=sql.SQL(_PERSON_NOW),
                then=sql.SQL(_PERSON_THEN),
                door=sql.SQL(doors.JOIN.format(door="d", prefix="")),
                reg_door=sql.SQL(doors.JOIN.format(door="r", prefix="reg_")),
            )
        )
        cursor.execute(sql.SQL("CREATE UNIQUE INDEX ON {} (row_no)").format(plan))
        cursor.execute(sql.SQL("ANALYZE {}").format(plan))
        cursor.execute("SET LOCAL default_statistics_target TO DEFAULT")
        cursor.execute(sql.SQL(_TWO_HEADS).format(plan=plan))
        cursor.execute(sql.SQL(_HEAD_STAYS).format(plan=plan))
        while (
            cursor.rowcount
        ):  # who does not become head gives no other household up; each turn settles one at least
            cursor.execute(sql.SQL(_HEAD_STAYS).format(plan=plan))
        cursor.execute(sql.SQL(_HEADLESS).format(plan=plan))
        decisions.settle_people(cursor, plan)
        decisions.settle_plan(cursor, plan)
