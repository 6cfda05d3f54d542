"""What areas need beside their rows: counties made from their streets, links to the parent, notes on overlaps."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.db import connection
from psycopg import sql

from importers import staging

UNION: Final = "union"
"""Source of a county whose boundary is made from its streets."""
_OVERLAP_M2: Final = 1.0
"""Below this two boundaries merely touch: digits end at a centimetre."""

_NOTE_OVERLAPS: Final = """
UPDATE {plan} p SET notes = p.notes || 'overlaps_sibling:code'::text
WHERE p.fate IN ('new', 'changed', 'same') AND p.geom IS NOT NULL AND EXISTS (
  SELECT 1 FROM (
    SELECT q.code, q.geom FROM {plan} q WHERE q.fate IN ('new', 'changed', 'same') AND q.geom IS NOT NULL
    UNION ALL
    SELECT a.code, a.geom FROM geodata_area a WHERE NOT EXISTS (SELECT 1 FROM {plan} r WHERE r.code = a.code)) s
  WHERE s.code <> p.code AND char_length(s.code) = char_length(p.code) AND s.geom && p.geom
  AND ST_Area(ST_Intersection(s.geom, p.geom)::geography) > {limit})
"""
_NOTE_ORPHANS: Final = """
UPDATE {plan} p SET notes = p.notes || 'parent_unknown:code'::text
WHERE p.fate IN ('new', 'changed', 'same') AND char_length(p.code) > 6 AND NOT {made} AND NOT EXISTS (
  SELECT 1 FROM geodata_area a WHERE a.code = left(p.code, char_length(p.code) - 3)) AND NOT EXISTS (
  SELECT 1 FROM {plan} q WHERE q.fate IN ('new', 'changed', 'same') AND q.code = left(p.code, char_length(p.code) - 3))
"""
_MAKE_COUNTIES: Final = """
WITH made AS (
  INSERT INTO geodata_area (code, level, name, name_en, number_prefix, geom, source, extra, updated_at)
  SELECT left(a.code, 6), 6, coalesce(nullif(%(name)s, ''), left(a.code, 6)), '', '',
         ST_Multi(ST_UnaryUnion(ST_Collect(a.geom ORDER BY a.code))), %(union)s, '{{}}', %(at)s
  FROM geodata_area a WHERE a.level = 9 AND a.geom IS NOT NULL
    AND left(a.code, 6) IN (SELECT left(code, 6) FROM {plan} WHERE fate IN ('new', 'changed') AND char_length(code) = 9)
    AND NOT EXISTS (SELECT 1 FROM geodata_area c WHERE c.code = left(a.code, 6))
  GROUP BY left(a.code, 6) RETURNING code)
INSERT INTO importers_importimage (batch_id, row_key) SELECT %(batch)s, code FROM made
"""
_GROWN: Final = """
CREATE TEMP TABLE import_grown ON COMMIT DROP AS
SELECT c.code, u.geom FROM geodata_area c CROSS JOIN LATERAL (
  SELECT ST_Multi(ST_UnaryUnion(ST_Collect(a.geom ORDER BY a.code))) AS geom FROM geodata_area a
  WHERE a.level = 9 AND a.geom IS NOT NULL AND starts_with(a.code, c.code)) u
WHERE c.level = 6 AND c.source = %(union)s AND u.geom IS NOT NULL AND u.geom IS DISTINCT FROM c.geom
  AND c.code IN (SELECT left(code, 6) FROM {plan} WHERE fate IN ('new', 'changed'))
"""
_KEEP_GROWN: Final = """
INSERT INTO importers_importimage (batch_id, row_key, before, geom)
SELECT %(batch)s, c.code, to_jsonb(c) - 'geom' - 'geom_3857', c.geom
FROM geodata_area c JOIN import_grown g USING (code) ON CONFLICT (batch_id, table_name, row_key) DO NOTHING
"""
_GROW: Final = """
UPDATE geodata_area c SET geom = g.geom, updated_at = %(at)s FROM import_grown g WHERE g.code = c.code
"""
_LINK: Final = """
UPDATE geodata_area c SET parent_id = p.code FROM geodata_area p
WHERE c.parent_id IS NULL AND char_length(c.code) > 6 AND p.code = left(c.code, char_length(c.code) - 3)
"""
_UNLINK: Final = """
UPDATE geodata_area c SET parent_id = NULL FROM importers_importimage i
WHERE i.batch_id = %(batch)s AND i.before IS NULL AND c.parent_id = i.row_key
"""


def note_areas(batch_id: UUID, *, make_county: bool) -> None:
    """Adds notes to the plan: boundaries that overlap a neighbour's, areas whose parent is not known."""
    plan = staging.table(batch_id, "plan")
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(_NOTE_OVERLAPS).format(plan=plan, limit=sql.Literal(_OVERLAP_M2)))
        cursor.execute(sql.SQL(_NOTE_ORPHANS).format(plan=plan, made=sql.Literal(make_county)))


def finish_areas(batch_id: UUID, *, county_name: str, make_county: bool, at: Any) -> None:
    """After the rows are written: makes or enlarges counties from their streets, links children to parents."""
    plan = staging.table(batch_id, "plan")
    values = {"batch": batch_id, "name": county_name, "union": UNION, "at": at}
    with connection.cursor() as cursor:
        if make_county:
            cursor.execute(sql.SQL(_MAKE_COUNTIES).format(plan=plan), values)
        cursor.execute("DROP TABLE IF EXISTS pg_temp.import_grown")
        cursor.execute(sql.SQL(_GROWN).format(plan=plan), values)
        cursor.execute(_KEEP_GROWN, values)
        cursor.execute(_GROW, values)
        cursor.execute(_LINK)


def before_undo(batch_id: UUID) -> None:
    """Children are unlinked from parents that are about to go."""
    with connection.cursor() as cursor:
        cursor.execute(_UNLINK, {"batch": batch_id})
