-- Purpose: people are found by any two signs of their name that stand side by side; trigrams know no name of two signs.
-- Callers: gridmgmt.registers.search_sql (name). Measured against pg_trgm: docs/registers.md.
CREATE OR REPLACE FUNCTION geodata_bigrams(name text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT ARRAY(SELECT substr(name, place, 2) FROM generate_series(1, length(name) - 1) place) $$;
CREATE INDEX IF NOT EXISTS person_bigrams ON geodata_person USING gin (geodata_bigrams(name))
  WITH (gin_pending_list_limit = 512);
