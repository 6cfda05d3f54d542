"""Doors that the rows of a batch name: which dwelling each is, or that it is missing and may be made.

A door is made only where building, floor and room are sure, and the entrance is said or the building has one at most.
"""

from __future__ import annotations

from typing import Any, Final

_DOORS: Final = """
CREATE TEMP TABLE import_door ON COMMIT DROP AS
WITH asked AS (
  SELECT DISTINCT building, coalesce(entrance, '') AS entrance, floor, room FROM ({rows}) q
  WHERE building IS NOT NULL AND room IS NOT NULL
), counted AS (
  SELECT a.*, b.county, (SELECT count(*) FROM geodata_entrance e WHERE e.building_id = a.building) AS entrances
  FROM asked a JOIN geodata_building b ON b.id = a.building
), entered AS (
  SELECT c.*, e.id AS entrance_id FROM counted c
  LEFT JOIN geodata_entrance e ON e.building_id = c.building
    AND (regexp_replace(e.number, '(单元|门|梯)$', '') = c.entrance OR (c.entrance = '' AND c.entrances = 1))
)
SELECT x.*, d.many, CASE WHEN d.many = 1 THEN d.dwelling END AS dwelling,
  d.many = 0 AND x.floor IS NOT NULL AND (x.entrance <> '' OR x.entrances <= 1) AS missing,
  first_value(x.made) OVER (
    PARTITION BY x.building, coalesce(x.entrance_id::text, x.entrance), x.floor, upper(x.room) ORDER BY x.entrance, x.room
  ) AS new_dwelling
FROM (SELECT *, importers_uuid7() AS made FROM entered) x CROSS JOIN LATERAL (
  SELECT count(*) AS many, (array_agg(d.id))[1] AS dwelling FROM geodata_dwelling d
  WHERE d.building_id = x.building AND upper(d.room) = upper(x.room) AND (x.floor IS NULL OR d.floor = x.floor)
    AND (x.entrance = '' OR d.entrance_id = x.entrance_id OR (x.entrance_id IS NULL AND d.entrance_id IS NULL))) d
"""
ROWS_OF_PEOPLE: Final = """
SELECT building, entrance, floor, room FROM import_typed UNION ALL
SELECT reg_building, reg_entrance, reg_floor, reg_room FROM import_typed
"""
ROWS_OF_DWELLINGS: Final = "SELECT building, entrance, floor, room FROM import_typed"
JOIN: Final = (
    "{door}.building = t.{prefix}building AND {door}.entrance = coalesce(t.{prefix}entrance, '') "
    "AND {door}.floor IS NOT DISTINCT FROM t.{prefix}floor AND {door}.room = t.{prefix}room"
)


def make_doors(cursor: Any, rows: str) -> None:
    """Builds import_door from the rows that a select names (building, entrance, floor, room)."""
    cursor.execute(_DOORS.format(rows=rows))
    cursor.execute("CREATE INDEX ON import_door (building, room)")
    cursor.execute("ANALYZE import_door")
