"""What each layer's tiles show, as SQL. Columns are an allow-list: identifiers, style, names of places; never persons.

Every statement is an expression giving one MVT layer. It reads the row ``tile``: ``box`` (the square), ``reach`` (with
margin), ``width`` in metres, all EPSG:3857; ``dx``, ``dy``, ``k`` (from metres to the 4096 units of a tile); ``z``;
``prefixes`` (codes the reader may see); ``thin`` (1 = everything; 2, 4, 8 … when the tile would be too heavy).

``OFFSET 0`` keeps the planner from merging the inner query into the outer one, which would compute every geometry twice:
once to ask whether it is there and once to show it (measured: a third to a half of the time of a tile).
"""

from __future__ import annotations

# $1 z, $2 x, $3 y, $4 code prefixes, $5 thinning: see query.py
HEAD = """
WITH tile AS MATERIALIZED (
  SELECT square.box, ST_TileEnvelope($1::int, $2::int, $3::int, margin => 64.0 / 4096) AS reach,
         40075016.685578488 / (1 << $1::int) AS width,
         -ST_XMin(square.box) AS dx, -ST_YMax(square.box) AS dy, (1 << $1::int) * 4096::float8 / 40075016.685578488 AS k,
         $1::int AS z, $4::text[] AS prefixes, $5::int AS thin
  FROM ST_TileEnvelope($1::int, $2::int, $3::int) AS square(box))
"""


def clipped(geom: str) -> str:
    """SQL of a valid polygon in tile units: cut where it leaves the margin, its outer ring turned as MVT wants it, rounded.

    ST_AsMVTGeom does the same and repairs every polygon besides; what is stored is valid, and this takes half the time.
    """
    cut = f"ST_CollectionExtract(ST_ClipByBox2D({geom}, tile.reach), 3)"
    kept = f"ST_ForcePolygonCW(CASE WHEN {geom} @ tile.reach THEN {geom} ELSE {cut} END)"
    return f"ST_SnapToGrid(ST_TransScale({kept}, tile.dx, tile.dy, tile.k, -tile.k), 1)"


# Boundaries lose what is finer than half a pixel of a 512 px tile; neighbours lose the same, so no gap shows.
AREAS_FAR = """(
SELECT ST_AsMVT(shown, 'areas', 4096, 'geom') FROM (
  SELECT a.code, a.level, a.name, nullif(a.name_en, '') AS name_en,
         ST_AsMVTGeom(ST_Simplify(a.geom_3857, tile.width / 1024 * tile.thin), tile.box, 4096, 64) AS geom
  FROM tile, geodata_area a
  WHERE a.geom_3857 && tile.reach AND a.code ^@ ANY(tile.prefixes)
    AND a.level <= CASE WHEN tile.z < 8 THEN 6 WHEN tile.z < 11 THEN 9 ELSE 12 END OFFSET 0) shown
WHERE NOT ST_IsEmpty(geom))"""

AREAS_NEAR = f"""(
SELECT ST_AsMVT(shown, 'areas', 4096, 'geom') FROM (
  SELECT a.code, a.level, a.name, nullif(a.name_en, '') AS name_en,
         {clipped("a.geom_3857")} AS geom
  FROM tile, geodata_area a
  WHERE a.geom_3857 && tile.reach AND a.code ^@ ANY(tile.prefixes) OFFSET 0) shown
WHERE NOT ST_IsEmpty(geom))"""  # noqa: S608 - made of constants of this module

# One label per area, at the zooms where that level is what people look for; polygon labels would repeat in each tile.
AREA_LABELS = """(
SELECT ST_AsMVT(shown, 'area_labels', 4096, 'geom') FROM (
  SELECT a.code, a.level, a.name, nullif(a.name_en, '') AS name_en,
         ST_AsMVTGeom(ST_PointOnSurface(a.geom_3857), tile.box, 4096, 0) AS geom
  FROM tile, geodata_area a
  WHERE a.geom_3857 && tile.box AND a.code ^@ ANY(tile.prefixes)
    AND a.level = CASE WHEN tile.z < 10 THEN 6 WHEN tile.z < 13 THEN 9 ELSE 12 END OFFSET 0) shown
WHERE NOT ST_IsEmpty(geom))"""

CELLS_FAR = """(
SELECT ST_AsMVT(shown, 'cells', 2048, 'geom') FROM (
  SELECT c.code,
         ST_AsMVTGeom(ST_Simplify(c.geom_3857, tile.width / 1024 * tile.thin), tile.box, 2048, 32) AS geom
  FROM tile, geodata_cell c
  WHERE c.active AND c.geom_3857 && tile.reach AND c.code ^@ ANY(tile.prefixes) OFFSET 0) shown
WHERE NOT ST_IsEmpty(geom))"""

CELLS_NEAR = f"""(
SELECT ST_AsMVT(shown, 'cells', 4096, 'geom') FROM (
  SELECT c.code, nullif(c.name, '') AS name, {clipped("c.geom_3857")} AS geom
  FROM tile, geodata_cell c
  WHERE c.active AND c.geom_3857 && tile.reach AND c.code ^@ ANY(tile.prefixes) OFFSET 0) shown
WHERE NOT ST_IsEmpty(geom))"""  # noqa: S608 - made of constants of this module

CELL_LABELS = """(
SELECT ST_AsMVT(shown, 'cell_labels', 4096, 'geom') FROM (
  SELECT c.code, nullif(c.name, '') AS name,
         ST_AsMVTGeom(ST_Transform(c.label_point, 3857), tile.box, 4096, 0) AS geom
  FROM tile, geodata_cell c
  WHERE c.active AND c.geom_3857 && tile.box AND c.code ^@ ANY(tile.prefixes) OFFSET 0) shown
WHERE NOT ST_IsEmpty(geom))"""

BUILDING_GROUPS = """(
SELECT ST_AsMVT(shown, 'building_points', 4096, 'geom') FROM (
  SELECT count(*)::int AS n, max(coalesce(b.floors, 1))::int AS floors,
         ST_AsMVTGeom(ST_Point(avg(ST_X(b.point_3857)), avg(ST_Y(b.point_3857)), 3857),
                      tile.box, 4096, 0) AS geom
  FROM tile, geodata_building b
  WHERE b.point_3857 && tile.box AND b.cell_code ^@ ANY(tile.prefixes)
  GROUP BY tile.box, floor(ST_X(b.point_3857) / (tile.width / 128 * tile.thin)),
           floor(ST_Y(b.point_3857) / (tile.width / 128 * tile.thin)) OFFSET 0) shown
WHERE NOT ST_IsEmpty(geom))"""

BUILDING_POINTS = """(
SELECT ST_AsMVT(shown, 'building_points', 4096, 'geom') FROM (
  SELECT b.use, b.floors, ST_AsMVTGeom(b.point_3857, tile.box, 4096, 0) AS geom
  FROM tile, geodata_building b
  WHERE b.point_3857 && tile.box AND b.cell_code ^@ ANY(tile.prefixes)
    AND (tile.thin = 1 OR get_byte(uuid_send(b.id), 15) % tile.thin = 0) OFFSET 0) shown
WHERE NOT ST_IsEmpty(geom))"""

BUILDING_SHAPES = f"""(
SELECT ST_AsMVT(shown, 'buildings', 4096, 'geom') FROM (
  SELECT b.id::text AS id, nullif(b.name, '') AS name, b.use, b.floors, b.height_m AS height,
         {clipped("b.geom_3857")} AS geom
  FROM tile, geodata_building b
  WHERE b.geom_3857 && tile.reach AND b.cell_code ^@ ANY(tile.prefixes)
    AND (tile.thin = 1 OR ST_Area(b.geom_3857) >= 30 * tile.thin * tile.thin) OFFSET 0) shown
WHERE NOT ST_IsEmpty(geom))"""  # noqa: S608 - made of constants of this module

COMPONENT_GROUPS = """(
SELECT ST_AsMVT(shown, 'component_groups', 4096, 'geom') FROM (
  SELECT count(*)::int AS n,
         ST_AsMVTGeom(ST_Point(avg(ST_X(p.geom_3857)), avg(ST_Y(p.geom_3857)), 3857),
                      tile.box, 4096, 0) AS geom
  FROM tile, geodata_component p
  WHERE p.geom_3857 && tile.box AND p.cell_code ^@ ANY(tile.prefixes) AND p.state <> 'removed'
  GROUP BY tile.box, floor(ST_X(p.geom_3857) / (tile.width / 16 * tile.thin)),
           floor(ST_Y(p.geom_3857) / (tile.width / 16 * tile.thin)) OFFSET 0) shown
WHERE NOT ST_IsEmpty(geom))"""

COMPONENTS = """(
SELECT ST_AsMVT(shown, 'components', 4096, 'geom') FROM (
  SELECT p.code, p.class_code, p.state, ST_AsMVTGeom(p.geom_3857, tile.box, 4096, 0) AS geom
  FROM tile, geodata_component p
  WHERE p.geom_3857 && tile.box AND p.cell_code ^@ ANY(tile.prefixes) AND p.state <> 'removed'
    AND (tile.thin = 1 OR get_byte(uuid_send(p.id), 15) % tile.thin = 0) OFFSET 0) shown
WHERE NOT ST_IsEmpty(geom))"""

ORGANISATION_GROUPS = """(
SELECT ST_AsMVT(shown, 'organisation_groups', 4096, 'geom') FROM (
  SELECT count(*)::int AS n,
         ST_AsMVTGeom(ST_Point(avg(ST_X(o.geom_3857)), avg(ST_Y(o.geom_3857)), 3857),
                      tile.box, 4096, 0) AS geom
  FROM tile, geodata_organisation o
  WHERE o.geom_3857 && tile.box AND o.cell_code ^@ ANY(tile.prefixes)
  GROUP BY tile.box, floor(ST_X(o.geom_3857) / (tile.width / 16 * tile.thin)),
           floor(ST_Y(o.geom_3857) / (tile.width / 16 * tile.thin)) OFFSET 0) shown
WHERE NOT ST_IsEmpty(geom))"""

ORGANISATIONS = """(
SELECT ST_AsMVT(shown, 'organisations', 4096, 'geom') FROM (
  SELECT o.id::text AS id, o.name, o.kind, ST_AsMVTGeom(o.geom_3857, tile.box, 4096, 0) AS geom
  FROM tile, geodata_organisation o
  WHERE o.geom_3857 && tile.box AND o.cell_code ^@ ANY(tile.prefixes)
    AND (tile.thin = 1 OR get_byte(uuid_send(o.id), 15) % tile.thin = 0) OFFSET 0) shown
WHERE NOT ST_IsEmpty(geom))"""

# Far away only roads of high rank and surfaces larger than a few pixels; the rank table is indexed by zoom + 1.
CONTEXT_FAR = """(
SELECT ST_AsMVT(shown, 'context', 2048, 'geom') FROM (
  SELECT f.kind, nullif(f.subclass, '') AS subclass, f.rank, nullif(f.name, '') AS name,
         ST_AsMVTGeom(ST_Simplify(f.geom_3857, tile.width / 1024 * tile.thin), tile.box, 2048, 32) AS geom
  FROM tile, geodata_contextfeature f
  WHERE f.geom_3857 && tile.reach
    AND CASE WHEN f.kind IN ('road', 'rail')
             THEN f.rank <= (ARRAY[1,1,1,1,1,1,1,1,1,2,3,4,4,5])[tile.z + 1] / tile.thin
             ELSE ST_Area(f.geom_3857) > (tile.width / 128 * tile.thin) ^ 2 END OFFSET 0) shown
WHERE NOT ST_IsEmpty(geom))"""

CONTEXT_NEAR = """(
SELECT ST_AsMVT(shown, 'context', 4096, 'geom') FROM (
  SELECT f.kind, nullif(f.subclass, '') AS subclass, f.rank, nullif(f.name, '') AS name,
         ST_AsMVTGeom(f.geom_3857, tile.box, 4096, 64) AS geom
  FROM tile, geodata_contextfeature f
  WHERE f.geom_3857 && tile.reach
    AND (f.kind NOT IN ('road', 'rail')
         OR f.rank <= CASE tile.z WHEN 14 THEN 6 WHEN 15 THEN 8 ELSE 9 END / tile.thin) OFFSET 0) shown
WHERE NOT ST_IsEmpty(geom))"""
