-- Purpose: notes which z14 squares a write touched, also when somebody writes with psql or QGIS.
-- Inputs: statement-level transition tables. Callers: triggers of area, cell, building, component, context, organisation.
-- The scheduler drains geodata_tiledirt (geodata.tiles.invalidation) and is woken by the channel "grid_tiles".
CREATE OR REPLACE FUNCTION geodata_tile_squares(shape geometry)
RETURNS TABLE (x integer, y integer) LANGUAGE sql IMMUTABLE AS $$
  SELECT gx, gy
  FROM (SELECT greatest(0, floor((ST_XMin(shape) + 20037508.342789244) / 2445.98490512564)::int) AS x0,
               least(16383, floor((ST_XMax(shape) + 20037508.342789244) / 2445.98490512564)::int) AS x1,
               greatest(0, floor((20037508.342789244 - ST_YMax(shape)) / 2445.98490512564)::int) AS y0,
               least(16383, floor((20037508.342789244 - ST_YMin(shape)) / 2445.98490512564)::int) AS y1
        WHERE shape IS NOT NULL AND NOT ST_IsEmpty(shape)) box,
       generate_series(box.x0, box.x1) gx, generate_series(box.y0, box.y1) gy
$$;

CREATE OR REPLACE FUNCTION geodata_note_tile_dirt() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  noted bigint := 0;
BEGIN
  IF TG_OP IN ('INSERT', 'UPDATE') THEN
    INSERT INTO geodata_tiledirt (layer, x, y)
    SELECT DISTINCT TG_ARGV[0], s.x, s.y FROM new_rows, geodata_tile_squares(new_rows.geom_3857) s;
    GET DIAGNOSTICS noted = ROW_COUNT;
  END IF;
  IF TG_OP IN ('DELETE', 'UPDATE') THEN
    INSERT INTO geodata_tiledirt (layer, x, y)
    SELECT DISTINCT TG_ARGV[0], s.x, s.y FROM old_rows, geodata_tile_squares(old_rows.geom_3857) s;
    noted := noted + 1;
  END IF;
  IF noted > 0 THEN
    PERFORM pg_notify('grid_tiles', '');
  END IF;
  RETURN NULL;
END
$$;

DO $$
DECLARE
  entry text[];
BEGIN
  FOREACH entry SLICE 1 IN ARRAY ARRAY[
    ['geodata_area', 'areas'], ['geodata_cell', 'cells'], ['geodata_building', 'buildings'],
    ['geodata_component', 'components'], ['geodata_contextfeature', 'context'],
    ['geodata_organisation', 'organisations']]
  LOOP
    EXECUTE format('DROP TRIGGER IF EXISTS tile_dirt_insert ON %I', entry[1]);
    EXECUTE format('DROP TRIGGER IF EXISTS tile_dirt_update ON %I', entry[1]);
    EXECUTE format('DROP TRIGGER IF EXISTS tile_dirt_delete ON %I', entry[1]);
    EXECUTE format('CREATE TRIGGER tile_dirt_insert AFTER INSERT ON %I REFERENCING NEW TABLE AS new_rows '
                   'FOR EACH STATEMENT EXECUTE FUNCTION geodata_note_tile_dirt(%L)', entry[1], entry[2]);
    EXECUTE format('CREATE TRIGGER tile_dirt_update AFTER UPDATE ON %I REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows '
                   'FOR EACH STATEMENT EXECUTE FUNCTION geodata_note_tile_dirt(%L)', entry[1], entry[2]);
    EXECUTE format('CREATE TRIGGER tile_dirt_delete AFTER DELETE ON %I REFERENCING OLD TABLE AS old_rows '
                   'FOR EACH STATEMENT EXECUTE FUNCTION geodata_note_tile_dirt(%L)', entry[1], entry[2]);
  END LOOP;
END
$$;
