-- Purpose: the schema of staging tables, and time-ordered identifiers for rows that are inserted by a statement.
-- Inputs: none. Callers: importers.staging, importers.writing.
CREATE SCHEMA IF NOT EXISTS import_staging;

-- RFC 9562 §5.7: 48 bits of milliseconds, version 7, variant 2, the rest at random.
CREATE OR REPLACE FUNCTION importers_uuid7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
  SELECT encode(
    set_byte(
      substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) || substring(random_part FROM 7),
      6, (get_byte(random_part, 6) & 15) | 112),
    'hex')::uuid
  FROM (SELECT uuid_send(gen_random_uuid()) AS random_part) r
$$;
