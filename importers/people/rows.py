"""The staged rows of people as typed values with their place: the temporary table ``import_typed``.

What a row says of its place: the building its address surely means, else the community or cell it names, else the
only area the importer writes to. Problems and notes of the limited reader are taken over.
"""

from __future__ import annotations

from typing import Any, Final

from psycopg import sql

from importers import abolished, staging
from importers.kinds.base import BY_BIRTH, BY_PHONE
from importers.terms import Terms, in_scope

# Communities and cells by code or by name; a name that two of them have says nothing.
_PLACES: Final = """
CREATE TEMP TABLE import_named ON COMMIT DROP AS
SELECT y.text, y.code, {gone} AS gone FROM (
SELECT x.text, CASE WHEN count(DISTINCT c.code) = 1 THEN min(c.code) END AS code
FROM (SELECT DISTINCT f_place AS text FROM {raw} WHERE f_place IS NOT NULL) x
LEFT JOIN LATERAL (
  SELECT code FROM geodata_cell WHERE active AND (code = x.text OR (name = x.text AND {cell_scope}))
  UNION ALL
  SELECT a.code FROM geodata_area a WHERE (a.code = x.text AND a.level >= 9) OR (a.level = 12 AND a.name = x.text
    AND {area_scope} AND NOT EXISTS (SELECT 1 FROM import_abolished g WHERE g.code = a.code))
) c ON true GROUP BY x.text) y
"""
_TYPED: Final = r"""
CREATE TEMP TABLE import_typed ON COMMIT DROP AS
SELECT t.*, left(t.code, 6) AS county,
  CASE WHEN t.left_as IS NOT NULL OR t.code IS NULL THEN NULL
    WHEN t.number IS NOT NULL THEN 'n:' || left(t.code, 6) || ':' || t.number
    WHEN t.head_key IS NOT NULL THEN 'h:' || left(t.code, 6) || ':' || encode(t.head_key, 'hex')
    WHEN t.address IS NOT NULL AND (t.head_name IS NOT NULL OR t.relation = '02')
    THEN 'a:' || left(t.code, 6) || ':' || coalesce(t.head_name, t.name) || '/' || t.address END AS hh_key,
  t.said || array_remove(ARRAY[
    CASE WHEN t.code IS NULL THEN 'place_missing:place' WHEN NOT {scope} THEN 'outside_scope:address'
      WHEN t.building IS NULL AND t.place_gone IS NOT NULL THEN {gone}
      WHEN t.building IS NULL AND t.place ~ '^\d{{9,16}}$' AND NOT {place_scope} THEN 'outside_scope:place' END,
    CASE WHEN t.id_key IS NULL AND NOT ({by_phone} AND t.phone_key IS NOT NULL)
         AND NOT ({by_birth} AND t.birth_date IS NOT NULL AND t.building IS NOT NULL)
         AND cardinality(t.said) = 0 THEN 'person_not_identifiable:id_no' END], NULL) AS problems
FROM (
  SELECT s.row_no, s.ref, s.new_id, j.said, array_remove(coalesce(s.notes, '{{}}') || ARRAY[
      CASE a.status WHEN 'unsure' THEN 'address_unsure:address' WHEN 'unknown' THEN 'address_unknown:address' END,
      CASE WHEN r.status = 'unsure' THEN 'address_unsure:registered_address' END,
      CASE WHEN s.f_place IS NOT NULL AND n.code IS NULL AND b.id IS NULL THEN 'place_unknown:place' END,
      CASE WHEN b.id IS NOT NULL THEN {gone_beside} END], NULL) AS notes,
    s.f_name AS name, s.f_id_type AS id_type, s.k_id_no AS id_key, s.s_id_no AS id_sealed, s.f_id_no AS id_masked,
    s.k_phone AS phone_key, s.s_phone AS phone_sealed, s.f_phone AS phone_masked,
    CASE WHEN s.f_sex ~ '^[0129]$' THEN s.f_sex::smallint END AS sex, {birth_date} AS birth_date,
    left(s.f_education, 2) AS education, left(s.f_marital, 2) AS marital, left(s.f_employment, 2) AS employment,
    s.f_household_no AS number, s.f_collective = '1' AS collective, left(s.f_relation, 2) AS relation,
    s.f_head_name AS head_name, coalesce(s.k_head_id, CASE WHEN s.f_relation = '02' THEN s.k_id_no END) AS head_key,
    s.f_address AS address, s.f_life_state AS left_as, {left_on} AS left_on, {moved_in_on} AS moved_in_on,
    b.id AS building, a.entrance, a.floor, a.room,
    rb.id AS reg_building, r.entrance AS reg_entrance, r.floor AS reg_floor, r.room AS reg_room,
    CASE WHEN r.status <> 'nothing' AND rb.id IS NULL THEN s.f_registered_address END AS elsewhere,
    s.f_place AS place, n.code IS NOT NULL AS place_named, n.gone AS place_gone, coalesce(b.cell_code, n.code, {fallback}) AS code
  FROM {raw} s
  CROSS JOIN LATERAL (
    SELECT coalesce(s.problems, '{{}}') || array_remove(ARRAY[{items}]::text[], NULL) AS said OFFSET 0) j
  LEFT JOIN {found} a ON a.text = s.f_address LEFT JOIN geodata_building b ON b.id = a.building
  LEFT JOIN {found} r ON r.text = s.f_registered_address LEFT JOIN geodata_building rb ON rb.id = r.building
  LEFT JOIN import_named n ON n.text = s.f_place) t
"""
_DAY: Final = "CASE WHEN s.{0} ~ '^\\d{{4}}-\\d\\d-\\d\\d$' AND cardinality(j.said) = 0 THEN s.{0}::date END"
# Who names the head only by name, or by an ID number where the head's own row has the number of the household.
_SAME_HOUSEHOLD: Final = (
    """
UPDATE import_typed t SET hh_key = h.hh_key FROM (
  SELECT county, name, address, min(hh_key) AS hh_key FROM import_typed
  WHERE relation = '02' AND starts_with(hh_key, 'h:') AND address IS NOT NULL
  GROUP BY county, name, address HAVING count(*) = 1) h
WHERE starts_with(t.hh_key, 'a:') AND h.county = t.county AND h.name = t.head_name AND h.address = t.address
""",
    """
UPDATE import_typed t SET hh_key = h.hh_key FROM import_typed h
WHERE starts_with(t.hh_key, 'h:') AND h.county = t.county AND h.id_key = t.head_key AND h.relation = '02'
  AND starts_with(h.hh_key, 'n:')
""",
)


def make_typed(cursor: Any, terms: Terms, items: list[sql.Composable]) -> None:
    """Builds import_typed. ``items``: expressions over the staged row ``s`` that give ``code:field`` or NULL."""
    names = {"raw": staging.table(terms.batch_id), "found": staging.table(terms.batch_id, "found")}
    cursor.execute(
        sql.SQL(_PLACES).format(
            cell_scope=in_scope(sql.Identifier("code"), terms),
            area_scope=in_scope(sql.Identifier("a", "code"), terms),
            gone=abolished.said(sql.Identifier("y", "code")),
            **names,
        )
    )
    days = {
        name: sql.SQL(_DAY).format(sql.Identifier(f"f_{name}"))
        for name in ("birth_date", "left_on", "moved_in_on")
    }
    cursor.execute(
        sql.SQL(_TYPED).format(
            scope=in_scope(sql.Identifier("t", "code"), terms),
            place_scope=in_scope(sql.Identifier("t", "place"), terms),
            items=sql.SQL(", ").join(items),
            gone=abolished.item("place", sql.Identifier("t", "place_gone")),
            gone_beside=abolished.item("place", sql.Identifier("n", "gone")),
            by_birth=terms.matches_by(BY_BIRTH),
            by_phone=terms.matches_by(BY_PHONE),
            fallback=sql.SQL("{}::text").format(sql.Literal(only_area(terms))),
            **days,
            **names,
        )
    )
    for columns in ("(row_no)", "(id_key)", "(building, name)"):
        cursor.execute(f"CREATE INDEX ON import_typed {columns}")
    cursor.execute("ANALYZE import_typed")
    for statement in _SAME_HOUSEHOLD:
        cursor.execute(statement)


def only_area(terms: Terms) -> str | None:
    """Where a row without any place lies: the one area the importer writes to, or the county that was named."""
    if terms.county and all(terms.county.startswith(prefix) for prefix in terms.prefixes):
        return terms.county
    if len(terms.prefixes) == 1 and len(terms.prefixes[0]) >= 6:
        return terms.prefixes[0]
    return None
