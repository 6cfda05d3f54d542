"""Care groups: whom a row means, which membership it changes, and writing it. A file never makes a person.

Somebody is meant by the ID number, else by name and birth date, and only within what the importer may write: a person
of another street is as unknown as one who is not there.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.db import connection
from psycopg import sql

from importers import decisions, staging
from importers.field_checks import problem_items
from importers.kinds.base import BY_BIRTH
from importers.people import images
from importers.people.images import CARE
from importers.terms import Terms, in_scope

TEMPORARY: Final = ("import_typed", "import_meant")
_DAY: Final = r"CASE WHEN s.{0} ~ '^\d{{4}}-\d\d-\d\d$' AND cardinality(j.said) = 0 THEN s.{0}::date END"
_TYPED: Final = """
CREATE TEMP TABLE import_typed ON COMMIT DROP AS
SELECT s.row_no, s.ref, coalesce(s.notes, '{{}}') AS notes, s.f_name AS name, s.k_id_no AS id_key,
  left(s.f_group, 3) AS "group", left(s.f_level, 1) AS level, {days},
  j.said || CASE WHEN cardinality(j.said) = 0 AND s.k_id_no IS NULL AND NOT ({by_birth} AND s.f_birth_date IS NOT NULL)
    THEN ARRAY['person_not_identifiable:id_no'] ELSE '{{}}' END AS problems
FROM {raw} s CROSS JOIN LATERAL (
  SELECT coalesce(s.problems, '{{}}') || array_remove(ARRAY[{items}]::text[], NULL) AS said OFFSET 0) j
"""
_MEANT: Final = """
CREATE TEMP TABLE import_meant ON COMMIT DROP AS
SELECT t.row_no, (array_agg(p.id ORDER BY p.id))[1] AS person, count(*) AS many
FROM import_typed t JOIN geodata_person p ON p.id_no_key = t.id_key AND {scope}
WHERE t.id_key IS NOT NULL AND cardinality(t.problems) = 0 GROUP BY t.row_no
UNION ALL
SELECT t.row_no, (array_agg(p.id ORDER BY p.id))[1], count(*)
FROM import_typed t JOIN geodata_person p ON p.name = t.name AND p.birth_date = t.birth_date AND {scope}
WHERE {by_birth} AND t.id_key IS NULL AND cardinality(t.problems) = 0 GROUP BY t.row_no
"""
# Some groups are of an age.
_PLAN: Final = """
CREATE UNLOGGED TABLE {plan} AS
SELECT z.*, CASE WHEN cardinality(z.problems) > 0 THEN 'rejected' WHEN z.conflict <> '' THEN 'conflict'
  WHEN z.target IS NULL THEN 'new' WHEN z.differs THEN 'changed' ELSE 'same' END AS fate
FROM (
  SELECT t.row_no, t.ref, o.id::text AS target, p.id AS person, p.county, t."group", t.level, t.valid_from, t.valid_to,
    t.review_on,
    t.problems || array_remove(ARRAY[
      CASE WHEN cardinality(t.problems) > 0 THEN NULL WHEN m.person IS NULL THEN 'person_unknown:id_no'
        WHEN p.name <> t.name THEN 'name_against_id:name'
        WHEN p.life_state = 'dead' AND t.valid_to IS NULL THEN 'person_is_dead:name'
        WHEN coalesce(t.valid_from, o.valid_from) > coalesce(t.valid_to, o.valid_to) THEN 'until_before_from:valid_to' END,
      CASE WHEN d.alike AND d.nth > 1 THEN 'repeated_in_file:group' END], NULL) AS problems,
    t.notes || array_remove(ARRAY[
      CASE WHEN p.life_state = 'moved_out' AND t.valid_to IS NULL THEN 'person_moved_out:name' END,
      CASE WHEN (t."group" IN ('S04', 'S05', 'S07') AND p.birth_date > {day}::date - interval '60 years')
          OR (t."group" = 'S06' AND p.birth_date > {day}::date - interval '80 years')
          OR (t."group" IN ('S08', 'S14') AND p.birth_date <= {day}::date - interval '18 years')
        THEN 'age_against_group:group' END], NULL) AS notes,
    CASE WHEN m.many > 1 THEN 'several_match:name' WHEN d.alike IS FALSE THEN 'key_twice_in_file:group' ELSE '' END AS conflict,
    ROW(coalesce(t.level, o.level), coalesce(t.review_on, o.review_on), coalesce(t.valid_from, o.valid_from),
        coalesce(t.valid_to, o.valid_to)) IS DISTINCT FROM ROW(o.level, o.review_on, o.valid_from, o.valid_to) AS differs
  FROM import_typed t LEFT JOIN import_meant m USING (row_no) LEFT JOIN geodata_person p ON p.id = m.person
  LEFT JOIN LATERAL (
    SELECT c.* FROM geodata_caremembership c WHERE c.person_id = p.id AND c."group" = t."group"
      AND (c.valid_to IS NULL OR c.valid_to = t.valid_to) ORDER BY c.valid_to IS NULL DESC, c.id LIMIT 1) o ON true
  LEFT JOIN (
    SELECT x.row_no, row_number() OVER (w ORDER BY x.row_no) AS nth, min(x.content) OVER w = max(x.content) OVER w AS alike
    FROM (SELECT t.row_no, m.person, t."group", ROW(t.level, t.valid_from, t.valid_to, t.review_on)::text AS content
      FROM import_typed t JOIN import_meant m USING (row_no) WHERE cardinality(t.problems) = 0) x
    WINDOW w AS (PARTITION BY x.person, x."group")) d USING (row_no)) z
"""
_INSERT: Final = """
INSERT INTO geodata_caremembership (id, county, person_id, "group", level, valid_from, valid_to, review_on)
SELECT importers_uuid7(), p.county, p.person, p."group", coalesce(p.level, ''),
  p.valid_from, p.valid_to, p.review_on
FROM {plan} p WHERE p.fate = 'new' ORDER BY p.row_no
"""
_CHANGED: Final = "SELECT target::uuid FROM {plan} WHERE fate = 'changed'"
_UPDATE: Final = """
UPDATE geodata_caremembership o SET level = coalesce(p.level, o.level), review_on = coalesce(p.review_on, o.review_on),
  valid_from = coalesce(p.valid_from, o.valid_from), valid_to = coalesce(p.valid_to, o.valid_to)
FROM {plan} p WHERE p.fate = 'changed' AND o.id::text = p.target
"""


def make_plan(terms: Terms) -> None:
    """Builds the plan table of care groups. Runs in the caller's transaction."""
    plan, by_birth = staging.table(terms.batch_id, "plan"), terms.matches_by(BY_BIRTH)
    days = [
        sql.SQL("{} AS {}").format(sql.SQL(_DAY).format(sql.Identifier(f"f_{name}")), sql.Identifier(name))
        for name in ("birth_date", "valid_from", "valid_to", "review_on")
    ]
    with connection.cursor() as cursor:
        for name in TEMPORARY:
            cursor.execute(sql.SQL("DROP TABLE IF EXISTS pg_temp.{}").format(sql.Identifier(name)))
        cursor.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(plan))
        cursor.execute(
            sql.SQL(_TYPED).format(
                raw=staging.table(terms.batch_id),
                items=sql.SQL(", ").join(problem_items(terms.kind)),
                days=sql.SQL(", ").join(days),
                by_birth=by_birth,
            )
        )
        cursor.execute("CREATE INDEX ON import_typed (id_key)")
        cursor.execute("ANALYZE import_typed")
        scope = in_scope(sql.Identifier("p", "cell_code"), terms)
        cursor.execute(sql.SQL(_MEANT).format(scope=scope, by_birth=by_birth))
        day = sql.SQL("(SELECT created_at FROM importers_importbatch WHERE id = {})").format(
            sql.Literal(terms.batch_id)
        )
        cursor.execute(sql.SQL(_PLAN).format(plan=plan, day=day))
        decisions.begin(cursor, terms)
        decisions.settle_plan(cursor, plan)
        cursor.execute(sql.SQL("ANALYZE {}").format(plan))


def write_plan(batch_id: UUID) -> None:
    """Opens what is new and changes what differs; the rows as they were are kept. A day nobody said stays empty."""
    names: dict[str, Any] = {"plan": staging.table(batch_id, "plan")}
    with connection.cursor() as cursor:
        images.begin(cursor)
        images.before(cursor, CARE, sql.SQL(_CHANGED).format(**names))
        cursor.execute(sql.SQL(_UPDATE).format(**names))
        images.insert(cursor, batch_id, CARE, sql.SQL(_INSERT).format(**names))
        images.keep(cursor, batch_id)
