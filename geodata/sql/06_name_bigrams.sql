-- Purpose: people are found by any two signs of their name that stand side by side, buildings by any two of what they are
-- called; trigrams know no name of two signs. Callers: gridmgmt.registers (people_sql, places). Measured against pg_trgm: docs/registers.md.
CREATE OR REPLACE FUNCTION geodata_bigrams(name text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT ARRAY(SELECT substr(name, place, 2) FROM generate_series(1, length(name) - 1) place) $$;
CREATE INDEX IF NOT EXISTS person_bigrams ON geodata_person USING gin (geodata_bigrams(name))
  WITH (gin_pending_list_limit = 512);
CREATE INDEX IF NOT EXISTS building_bigrams ON geodata_building
  USING gin (geodata_bigrams(upper(estate || ' ' || name || ' ' || address)));
