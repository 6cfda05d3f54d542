-- Purpose: the active cells somebody works in: those of their duty, without a duty those of their grants.
-- Input: the user's id. Callers: mobile_api.queries (my cells as GeoJSON, their tag, their codes).
CREATE OR REPLACE FUNCTION mobile_api_cells_of(somebody uuid)
RETURNS TABLE (id uuid, code text, name text, community_code text, geom geometry) LANGUAGE sql STABLE AS $$
  WITH duty AS (
    SELECT scope_code FROM organisation_duty
    WHERE user_id = somebody AND valid_from <= now() AND (valid_to IS NULL OR valid_to > now())
  ), mine AS (
    SELECT scope_code FROM duty
    UNION
    SELECT scope_code FROM organisation_grant
    WHERE user_id = somebody AND valid_from <= now() AND (valid_to IS NULL OR valid_to > now())
      AND NOT EXISTS (SELECT 1 FROM duty)
  )
  SELECT c.id, c.code::text, c.name::text, c.community_code::text, c.geom
  FROM geodata_cell c
  WHERE c.active AND EXISTS (SELECT 1 FROM mine WHERE starts_with(c.code, mine.scope_code))
$$;
