-- Purpose: notes in which boxes a write touched what tiles show, also when somebody writes with psql or QGIS.
-- Inputs: statement-level transition tables; trigger arguments: tile layer, condition for rows that tiles show.
-- Callers: triggers of area, cell, building, component, context, organisation.
-- The scheduler drains geodata_tiledirt (geodata.tiles.invalidation) and is woken by the channel "grid_tiles".
DROP FUNCTION IF EXISTS geodata_tile_squares(geometry);

DROP FUNCTION IF EXISTS geodata_note_boxes(text, text, text);

-- Up to 200 rows give a box each, so a single edit drops few tiles; mass writes are gathered per 2.4 km square.
-- Transition tables are seen by the trigger function alone, so the statement is executed here and not in a helper.
CREATE OR REPLACE FUNCTION geodata_note_tile_dirt() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  noted bigint := 0;
  written bigint;
  rows_of text;
BEGIN
  FOREACH rows_of IN ARRAY CASE TG_OP WHEN 'INSERT' THEN ARRAY['new_rows'] WHEN 'DELETE' THEN ARRAY['old_rows']
                           ELSE ARRAY['new_rows', 'old_rows'] END
  LOOP
    EXECUTE format($sql$
      INSERT INTO geodata_tiledirt (layer, x0, y0, x1, y1)
      SELECT $1, floor(min(ST_XMin(shape)))::int, floor(min(ST_YMin(shape)))::int,
             ceil(max(ST_XMax(shape)))::int, ceil(max(ST_YMax(shape)))::int
      FROM (SELECT geom_3857 AS shape, row_number() OVER () AS place, count(*) OVER () AS total
            FROM %I WHERE geom_3857 IS NOT NULL AND NOT ST_IsEmpty(geom_3857) AND (%s)) written
      GROUP BY CASE WHEN total > 200 THEN floor(ST_XMin(shape) / 2446) ELSE place END,
               CASE WHEN total > 200 THEN floor(ST_YMin(shape) / 2446) ELSE 0 END
    $sql$, rows_of, TG_ARGV[1]) USING TG_ARGV[0];
    GET DIAGNOSTICS written = ROW_COUNT;
    noted := noted + written;
  END LOOP;
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
    ['geodata_area', 'areas', 'true'], ['geodata_cell', 'cells', 'active'],
    ['geodata_building', 'buildings', 'true'], ['geodata_component', 'components', 'true'],
    ['geodata_contextfeature', 'context', 'true'], ['geodata_organisation', 'organisations', 'true']]
  LOOP
    EXECUTE format('DROP TRIGGER IF EXISTS tile_dirt_insert ON %I', entry[1]);
    EXECUTE format('DROP TRIGGER IF EXISTS tile_dirt_update ON %I', entry[1]);
    EXECUTE format('DROP TRIGGER IF EXISTS tile_dirt_delete ON %I', entry[1]);
    EXECUTE format('CREATE TRIGGER tile_dirt_insert AFTER INSERT ON %I REFERENCING NEW TABLE AS new_rows '
                   'FOR EACH STATEMENT EXECUTE FUNCTION geodata_note_tile_dirt(%L, %L)',
                   entry[1], entry[2], entry[3]);
    EXECUTE format('CREATE TRIGGER tile_dirt_update AFTER UPDATE ON %I '
                   'REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows '
                   'FOR EACH STATEMENT EXECUTE FUNCTION geodata_note_tile_dirt(%L, %L)',
                   entry[1], entry[2], entry[3]);
    EXECUTE format('CREATE TRIGGER tile_dirt_delete AFTER DELETE ON %I REFERENCING OLD TABLE AS old_rows '
                   'FOR EACH STATEMENT EXECUTE FUNCTION geodata_note_tile_dirt(%L, %L)',
                   entry[1], entry[2], entry[3]);
  END LOOP;
END
$$;
