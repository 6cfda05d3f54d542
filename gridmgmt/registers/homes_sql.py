"""Statements of the homes that a phone takes along. Callers: registers.homes alone. Indexes: building_cell, the foreign keys of
the registers; for versions registerchange_person, registerchange_household, registerchange_dwelling."""

from __future__ import annotations

from typing import Final

# One mark for each cell: how many rows its homes show, and a sum over each row's key and the transaction that wrote it last
# (xmin): whoever writes by whatever way changes it, the order of rows does not, and no person costs a look into the history.
# Rows are read once: who lives in the buildings, and of those who are only registered there or belong to a household there
# the row of each (it may lie anywhere). A restore from a dump gives every row another transaction: everything is read anew.
MARKS: Final = """
WITH b AS MATERIALIZED (SELECT id, cell_code FROM geodata_building WHERE cell_code = ANY(%(cells)s)),
h AS MATERIALIZED (
  SELECT h.id, b.cell_code, h.xmin::text::bigint AS tx FROM geodata_household h JOIN b ON b.id = h.building_id),
stays AS MATERIALIZED (
  SELECT r.id, r.person_id, b.cell_code, r.xmin::text::bigint AS tx
  FROM geodata_residence r JOIN b ON b.id = r.building_id WHERE r.valid_to IS NULL),
members AS MATERIALIZED (
  SELECT m.id, m.person_id, h.cell_code, m.xmin::text::bigint AS tx
  FROM geodata_membership m JOIN h ON h.id = m.household_id WHERE m.valid_to IS NULL),
living AS MATERIALIZED (
  SELECT p.id, b.cell_code, p.xmin::text::bigint AS tx
  FROM geodata_person p JOIN b ON b.id = p.building_id WHERE p.life_state = 'present'),
away AS (
  SELECT person_id, cell_code FROM stays WHERE NOT EXISTS (SELECT FROM living l WHERE l.id = stays.person_id)
  UNION SELECT person_id, cell_code FROM members WHERE NOT EXISTS (SELECT FROM living l WHERE l.id = members.person_id)),
marked AS (
  SELECT b.cell_code, uuid_hash_extended(x.id, x.xmin::text::bigint) AS mark FROM geodata_building x JOIN b ON b.id = x.id
  UNION ALL SELECT b.cell_code, uuid_hash_extended(e.id, e.xmin::text::bigint)
    FROM geodata_entrance e JOIN b ON b.id = e.building_id
  UNION ALL SELECT b.cell_code, uuid_hash_extended(d.id, d.xmin::text::bigint)
    FROM geodata_dwelling d JOIN b ON b.id = d.building_id
  UNION ALL SELECT cell_code, uuid_hash_extended(id, tx) FROM h
  UNION ALL SELECT cell_code, uuid_hash_extended(id, tx) FROM stays
  UNION ALL SELECT cell_code, uuid_hash_extended(id, tx) FROM members
  UNION ALL SELECT cell_code, uuid_hash_extended(id, tx) FROM living
  UNION ALL SELECT away.cell_code, uuid_hash_extended(p.id, p.xmin::text::bigint)
    FROM away JOIN geodata_person p ON p.id = away.person_id),
summed AS (SELECT cell_code, count(*) AS n, bit_xor(mark) AS mixed, sum(mark) AS total FROM marked GROUP BY cell_code)
SELECT code, coalesce(md5(n || ' ' || mixed || ' ' || total), 'empty')
FROM unnest(%(cells)s::text[]) code LEFT JOIN summed ON summed.cell_code = code
"""

BUILDINGS: Final = """
SELECT b.id, b.code, b.name, b.estate, b.address, b.use, b.floors, b.floors_below,
  ARRAY[round(ST_X(b.point)::numeric, 6)::float8, round(ST_Y(b.point)::numeric, 6)::float8] AS point,
  ST_AsGeoJSON(ST_SimplifyPreserveTopology(b.geom, 0.000005), 6) AS outline
FROM geodata_building b WHERE b.cell_code = %(cell)s ORDER BY b.estate, b.name, b.id
"""
ENTRANCES: Final = """
SELECT e.id, e.building_id AS building, e.number FROM geodata_entrance e JOIN geodata_building b ON b.id = e.building_id
WHERE b.cell_code = %(cell)s ORDER BY e.number
"""
DOORS: Final = """
SELECT d.id, d.building_id AS building, coalesce(e.number, '') AS entrance, d.floor, d.room, d.use, d.area_m2,
  coalesce((SELECT max(c.id) FROM registers_registerchange c WHERE c.register = 'dwelling' AND c.row_key = d.id), 0) AS version
FROM geodata_dwelling d JOIN geodata_building b ON b.id = d.building_id LEFT JOIN geodata_entrance e ON e.id = d.entrance_id
WHERE b.cell_code = %(cell)s ORDER BY d.building_id, e.number, d.floor, d.room
"""
# Who lives behind a door ("actual") or is only registered there ("registered"); without a door: somewhere in the building.
STAYS: Final = """
SELECT r.building_id AS building, r.dwelling_id AS door, r.person_id AS person, min(r.kind) AS kind
FROM geodata_residence r JOIN geodata_building b ON b.id = r.building_id
WHERE b.cell_code = %(cell)s AND r.valid_to IS NULL GROUP BY 1, 2, 3
UNION ALL
SELECT p.building_id, NULL, p.id, 'actual' FROM geodata_person p JOIN geodata_building b ON b.id = p.building_id
WHERE b.cell_code = %(cell)s AND p.life_state = 'present' AND NOT EXISTS (SELECT FROM geodata_residence r
  WHERE r.person_id = p.id AND r.kind = 'actual' AND r.valid_to IS NULL AND r.building_id = p.building_id)
ORDER BY 1, 2, 3
"""
HOUSEHOLDS: Final = """
SELECT h.id, h.number, h.collective, h.building_id AS building, h.dwelling_id AS door,
  coalesce((SELECT max(c.id) FROM registers_registerchange c WHERE c.household_key = h.id), 0) AS version
FROM geodata_household h JOIN geodata_building b ON b.id = h.building_id
WHERE b.cell_code = %(cell)s AND EXISTS (SELECT FROM geodata_membership m WHERE m.household_id = h.id AND m.valid_to IS NULL)
ORDER BY h.number, h.id
"""
MEMBERS: Final = """
SELECT m.household_id AS household, m.person_id AS person, m.relation, h.dwelling_id AS door
FROM geodata_membership m JOIN geodata_household h ON h.id = m.household_id JOIN geodata_building b ON b.id = h.building_id
WHERE b.cell_code = %(cell)s AND m.valid_to IS NULL ORDER BY m.household_id, m.relation, m.person_id
"""
FACTS: Final = """
SELECT p.id, p.education, p.marital, p.employment, p.lives_alone AS alone, p.life_state AS life,
  coalesce((SELECT max(c.id) FROM registers_registerchange c WHERE c.person_key = p.id), 0) AS version
FROM geodata_person p WHERE p.id = ANY(%(people)s)
"""
