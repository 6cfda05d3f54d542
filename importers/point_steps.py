"""What points need beside their rows: codes for components that came without one, buildings for organisations."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.db import connection
from psycopg import sql

from importers import staging

# The serial goes on behind the last one of the same county and class; the caller holds the lock of the kind.
_MAKE_CODES: Final = """
UPDATE {plan} p SET code = m.code FROM (
  SELECT n.row_no, n.stem || lpad((n.nth + coalesce(l.last, 0))::text, 16 - char_length(n.stem), '0') AS code
  FROM (SELECT row_no, left(at_code, 6) || class_code AS stem,
               row_number() OVER (PARTITION BY left(at_code, 6), class_code ORDER BY row_no) AS nth
        FROM {plan} WHERE fate = 'new' AND code IS NULL) n
  LEFT JOIN LATERAL (
    SELECT max(substring(s.code FROM char_length(n.stem) + 1)::bigint) AS last FROM (
      SELECT code FROM geodata_component WHERE starts_with(code, n.stem)
      UNION ALL SELECT code FROM {plan} WHERE fate = 'new' AND starts_with(code, n.stem)) s) l ON true) m
WHERE m.row_no = p.row_no
"""
# The building whose footprint covers the point; the smallest where footprints lie in one another. Whoever works in a
# building belongs to its cell, as at the activation of an edition.
_FIND_BUILDINGS: Final = """
UPDATE geodata_organisation o SET building_id = f.building_id, cell_code = f.cell_code FROM (
  SELECT DISTINCT ON (x.id) x.id, b.id AS building_id, b.cell_code
  FROM (SELECT q.id, q.geom, q.county FROM geodata_organisation q JOIN importers_importimage i
        ON i.batch_id = %(batch)s AND q.id = i.row_key::uuid WHERE q.building_id IS NULL) x
  JOIN geodata_building b ON b.county = x.county AND ST_Covers(b.geom, x.geom) ORDER BY x.id, ST_Area(b.geom), b.id) f
WHERE f.id = o.id
"""


# Files name owners as people do: by key, by name, or by the department that answers for exactly one of them.
_NAME_OWNERS: Final = """
UPDATE {raw} s SET f_owner_key = m.key FROM (
  SELECT x.text, min(o.key) AS key FROM (SELECT DISTINCT f_owner_key AS text FROM {raw} WHERE f_owner_key IS NOT NULL) x
  JOIN cases_componentowner o ON x.text IN (o.name, o.name_en) OR EXISTS (
    SELECT 1 FROM organisation_department d WHERE d.key = o.department_key AND x.text IN (d.key, d.name))
  WHERE NOT EXISTS (SELECT 1 FROM cases_componentowner k WHERE k.key = x.text)
  GROUP BY x.text HAVING count(DISTINCT o.key) = 1) m
WHERE s.f_owner_key = m.text
"""
_UNKNOWN_OWNERS: Final = """
UPDATE {raw} s
SET notes = array_append(array_remove(coalesce(s.notes, '{{}}'), 'owner_unknown:owner_key'), 'owner_unknown:owner_key')
WHERE s.f_owner_key IS NOT NULL AND NOT EXISTS (SELECT 1 FROM cases_componentowner o WHERE o.key = s.f_owner_key)
  AND EXISTS (SELECT 1 FROM cases_componentowner)
"""


def name_owners(batch_id: UUID) -> None:
    """Turns the owners that the staged rows name into keys of the catalogue; what it does not know stays, with a note."""
    with connection.cursor() as cursor:
        for statement in (_NAME_OWNERS, _UNKNOWN_OWNERS):
            cursor.execute(sql.SQL(statement).format(raw=staging.table(batch_id)))


def make_component_codes(batch_id: UUID) -> None:
    """Gives new components without a code the next ones of their county and class."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(_MAKE_CODES).format(plan=staging.table(batch_id, "plan")))


def tie_organisations(batch_id: UUID) -> None:
    """Ties organisations that the batch wrote to the buildings they stand in."""
    with connection.cursor() as cursor:
        cursor.execute(_FIND_BUILDINGS, {"batch": batch_id})
