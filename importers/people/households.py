"""The households of a batch: found by number, else by their head; exactly one head each (``import_household``).

A household without a number is known by its head alone: where the head is neither in the file nor in the register,
its members keep their place, and the household waits for its head.
"""

from __future__ import annotations

from typing import Any, Final

_HOUSEHOLDS: Final = """
CREATE TEMP TABLE import_household ON COMMIT DROP AS
WITH grouped AS (
  SELECT hh_key, min(county) AS county, min(number) AS number, bool_or(collective) AS collective,
    count(*) FILTER (WHERE relation = '02') AS heads,
    (array_agg(row_no ORDER BY row_no) FILTER (WHERE relation = '02'))[1] AS head_row,
    (array_agg(target ORDER BY row_no) FILTER (WHERE relation = '02'))[1] AS head_target,
    (array_agg(birth_date ORDER BY row_no) FILTER (WHERE relation = '02'))[1] AS head_birth,
    (array_agg(head_key ORDER BY row_no))[1] AS head_key
  FROM import_judged WHERE hh_key IS NOT NULL AND cardinality(all_problems) = 0 AND conflict = '' GROUP BY hh_key
), known AS (
  SELECT g.*, coalesce(n.id, byhead.household_id) AS known_id
  FROM grouped g
  LEFT JOIN geodata_household n ON n.county = g.county AND n.number = g.number AND n.number <> ''
  LEFT JOIN geodata_person p ON g.head_target IS NULL AND p.county = g.county AND p.id_no_key = g.head_key
  LEFT JOIN LATERAL (
    SELECT m.household_id FROM geodata_membership m JOIN geodata_household h ON h.id = m.household_id
    WHERE n.id IS NULL AND m.person_id = coalesce(g.head_target, p.id) AND m.valid_to IS NULL AND m.relation = '02'
      AND (g.number IS NULL OR h.number = '')) byhead ON true
)
SELECT k.*, d.person_id AS db_head, coalesce(k.head_birth, dp.birth_date) AS elder,
  coalesce(k.known_id, importers_uuid7()) AS id,
  k.number IS NOT NULL OR k.heads = 1 OR d.person_id IS NOT NULL AS usable,
  CASE WHEN k.heads > 1 THEN 'household_two_heads:relation'
    WHEN k.heads = 1 AND d.person_id IS NOT NULL AND d.person_id IS DISTINCT FROM k.head_target AND NOT EXISTS (
      SELECT 1 FROM import_judged j WHERE j.target = d.person_id AND cardinality(j.all_problems) = 0 AND j.conflict = ''
        AND (j.left_as IS NOT NULL OR (j.hh_key IS NOT NULL AND j.relation IS NOT NULL AND j.relation <> '02')
             OR j.hh_key <> k.hh_key))
    THEN 'household_has_other_head:relation' ELSE '' END AS head_conflict
FROM known k
LEFT JOIN geodata_membership d ON d.household_id = k.known_id AND d.valid_to IS NULL AND d.relation = '02'
LEFT JOIN geodata_person dp ON dp.id = d.person_id
"""


def make_households(cursor: Any) -> None:
    """Builds import_household from import_judged."""
    cursor.execute(_HOUSEHOLDS)
    # two groups of the file that mean one household of the register (by number and by head) go to the same row
    cursor.execute("CREATE UNIQUE INDEX ON import_household (hh_key)")
    cursor.execute("ANALYZE import_household")
