"""Who is meant: doubles in the file, and the person of the register that a row speaks of (``import_judged``).

Order: ID number, then name + birth date + building, then name + telephone; a profile may leave the weaker two out.
Several candidates are a conflict: a person decides, not the machine.
"""

from __future__ import annotations

from typing import Any, Final

from psycopg import sql

from importers import decisions
from importers.kinds.base import BY_BIRTH, BY_PHONE
from importers.terms import Terms, in_scope

# Equal rows: the first counts. Rows without an ID number that cannot be told from another row are in conflict.
_TWICE: Final = """
CREATE TEMP TABLE import_twice ON COMMIT DROP AS
WITH keyed AS (
  SELECT row_no, county, coalesce('i' || encode(id_key, 'hex'),
      CASE WHEN {by_birth} AND birth_date IS NOT NULL AND building IS NOT NULL THEN 'b' || name || birth_date || building END,
      CASE WHEN {by_phone} THEN 'p' || name || encode(phone_key, 'hex') END) AS key
  FROM import_typed WHERE cardinality(problems) = 0
), repeated AS (
  SELECT county, key FROM keyed WHERE key IS NOT NULL GROUP BY county, key HAVING count(*) > 1
), rows AS (
  SELECT k.row_no, k.county, t.id_key, t.hh_key, k.key,
    md5(ROW(name, birth_date, sex, phone_key, hh_key, relation, address, elsewhere, reg_building, education, marital,
      employment, left_as, left_on, code)::text) AS content
  FROM repeated JOIN keyed k USING (county, key) JOIN import_typed t ON t.row_no = k.row_no
), grouped AS (
  SELECT row_no, id_key, row_number() OVER w AS nth, min(content) OVER a = max(content) OVER a AS alike,
    min(hh_key) OVER a IS DISTINCT FROM max(hh_key) OVER a AS households
  FROM rows WINDOW a AS (PARTITION BY county, key), w AS (PARTITION BY county, key ORDER BY row_no))
SELECT row_no, CASE
    WHEN alike THEN 'repeated_in_file:' || CASE WHEN id_key IS NULL THEN 'name' ELSE 'id_no' END
    WHEN households THEN 'two_households:household_no'
    ELSE 'key_twice_in_file:' || CASE WHEN id_key IS NULL THEN 'name' ELSE 'id_no' END END AS reason
FROM grouped WHERE NOT alike OR nth > 1
UNION ALL
SELECT t.row_no, 'key_twice_in_file:name' FROM import_typed t
WHERE t.id_key IS NULL AND cardinality(t.problems) = 0 AND EXISTS (
  SELECT 1 FROM import_typed o WHERE o.id_key IS NOT NULL AND o.county = t.county AND o.name = t.name
    AND (({by_birth} AND o.birth_date = t.birth_date AND o.building = t.building)
      OR ({by_phone} AND o.phone_key = t.phone_key)))
"""
_BY_NUMBER: Final = """
CREATE TEMP TABLE import_match ON COMMIT DROP AS
SELECT t.row_no, p.id AS target, 1::bigint AS many
FROM import_typed t JOIN geodata_person p ON p.county = t.county AND p.id_no_key = t.id_key
WHERE cardinality(t.problems) = 0
"""
_BY_NAME_AND_BIRTH: Final = """
INSERT INTO import_match SELECT t.row_no, (array_agg(p.id))[1], count(*)
FROM import_typed t JOIN geodata_person p ON p.building_id = t.building AND p.name = t.name AND p.birth_date = t.birth_date
WHERE cardinality(t.problems) = 0 AND (t.id_key IS NULL OR p.id_no_key IS NULL)
  AND NOT EXISTS (SELECT 1 FROM import_match m WHERE m.row_no = t.row_no) GROUP BY t.row_no
"""
_BY_NAME_AND_PHONE: Final = """
INSERT INTO import_match SELECT t.row_no, (array_agg(p.id))[1], count(*)
FROM import_typed t JOIN geodata_person p ON p.phone_key = t.phone_key AND p.county = t.county AND p.name = t.name
WHERE cardinality(t.problems) = 0 AND (t.id_key IS NULL OR p.id_no_key IS NULL)
  AND (t.birth_date IS NULL OR p.birth_date IS NULL OR t.birth_date = p.birth_date)
  AND NOT EXISTS (SELECT 1 FROM import_match m WHERE m.row_no = t.row_no) GROUP BY t.row_no
"""
_JUDGED: Final = """
CREATE TEMP TABLE import_judged ON COMMIT DROP AS
SELECT t.*, o.id AS target, t.problems || array_remove(ARRAY[
    CASE WHEN starts_with(w.reason, 'repeated') THEN w.reason END,
    CASE WHEN o.id IS NOT NULL AND NOT {target_scope} THEN 'outside_scope:id_no' END], NULL) AS all_problems,
  CASE WHEN w.reason IS NOT NULL AND NOT starts_with(w.reason, 'repeated') THEN w.reason
    WHEN m.many > 1 THEN 'several_match:name'
    WHEN m.many = 1 AND count(*) FILTER (WHERE w.reason IS NULL) OVER (PARTITION BY m.target) > 1 THEN 'same_row_twice:id_no'
    WHEN o.life_state = 'dead' AND t.left_as IS DISTINCT FROM 'dead' THEN 'person_is_dead:name'
    WHEN o.life_state = 'moved_out' AND t.left_as IS NULL THEN 'person_moved_out:name' ELSE '' END AS conflict
FROM import_typed t LEFT JOIN (SELECT row_no, min(reason) AS reason FROM import_twice GROUP BY row_no) w USING (row_no)
LEFT JOIN import_match m USING (row_no) LEFT JOIN geodata_person o ON o.id = m.target AND m.many = 1
"""


def make_matches(cursor: Any, terms: Terms) -> None:
    """Builds import_twice, import_match and import_judged from import_typed, by the match rules that apply."""
    cursor.execute(
        sql.SQL(_TWICE).format(by_birth=terms.matches_by(BY_BIRTH), by_phone=terms.matches_by(BY_PHONE))
    )
    decisions.begin(cursor, terms)
    decisions.settle_twice(cursor)
    for statement in (_BY_NUMBER, "CREATE INDEX ON import_match (row_no)"):
        cursor.execute(statement)
    for rule, statement in ((BY_BIRTH, _BY_NAME_AND_BIRTH), (BY_PHONE, _BY_NAME_AND_PHONE)):
        if rule in terms.match_rules:
            cursor.execute(statement)
    decisions.settle_matches(cursor)
    cursor.execute("ANALYZE import_match")
    cursor.execute(sql.SQL(_JUDGED).format(target_scope=in_scope(sql.Identifier("o", "cell_code"), terms)))
    decisions.settle_judged(cursor)
    for columns in ("(row_no)", "(hh_key)", "(target)"):
        cursor.execute(f"CREATE INDEX ON import_judged {columns}")
    cursor.execute("ANALYZE import_judged")
