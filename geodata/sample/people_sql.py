"""Statements that fill a street's buildings with dwellings, households and people, without random().

Every draw is r(n, k): a hash of the row's number n and of what is drawn, k, so the same seed gives the same
people. Row numbers nest: a household has its dwelling's number n, its member m the number 8 n + m.
"""

from __future__ import annotations

from geodata.sample.identity import (
    BASE_MS,
    DWELLING,
    ENTRANCE,
    HOUSEHOLD,
    MEMBERSHIP,
    PERSON,
    REGISTERED,
    RESIDENCE,
)
from geodata.sample.naming import FAMILY, GIVEN


def functions(seed: int) -> str:
    """Helper functions of this session; simple enough that PostgreSQL writes them into each statement."""
    return f"""
CREATE OR REPLACE FUNCTION pg_temp.sample_id(kind int, number bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT ('{BASE_MS:012x}7' || lpad(to_hex(kind), 3, '0') || '8' || lpad(to_hex(number), 15, '0'))::uuid $$;
CREATE OR REPLACE FUNCTION pg_temp.r(n bigint, k int) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$
  SELECT (hashint8extended(n, k + {int(seed) % 1_000_003 * 1000}::bigint) & 2147483647)::float8 / 2147483648.0 $$;
"""


BUILDING_TABLE = """
CREATE TEMP TABLE IF NOT EXISTS sample_building (
  n bigint PRIMARY KEY, id uuid, county text, cell_code text, kind text,
  floors int, entrances int, per_floor int, first_floor int) ON COMMIT DROP
"""

# Dwelling number n: the street in the upper bits, then its place in the street in building order.
DWELLINGS = """
CREATE TEMP TABLE sample_dwelling ON COMMIT DROP AS
SELECT (b.n >> 20 << 20) + row_number() OVER (ORDER BY b.n, e, f, k) AS n,
       b.n AS building_n, b.id AS building_id, b.county, b.cell_code, b.kind, e, f, k
FROM sample_building b, generate_series(1, b.entrances) e, generate_series(b.first_floor, b.floors) f,
     generate_series(1, b.per_floor) k
"""
INSERT_DWELLINGS = f"""
INSERT INTO geodata_dwelling (id, county, floor, room, use, area_m2, building_id, entrance_id)
SELECT pg_temp.sample_id({DWELLING}, n), county, f, f || lpad(k::text, 2, '0'), 'residential',
       round((CASE kind WHEN 'village_house' THEN 24 + 40 * pg_temp.r(n, 1) ELSE 48 + 82 * pg_temp.r(n, 1) END)::numeric, 1),
       building_id, pg_temp.sample_id({ENTRANCE}, (building_n >> 20 << 20) + (building_n & 1048575) * 8 + e - 1)
FROM sample_dwelling ORDER BY n
"""

# Members of a household by letter: Head, Spouse, Child, Parent.
HOUSEHOLDS = """
CREATE TEMP TABLE sample_household ON COMMIT DROP AS
WITH lived_in AS (
  SELECT *, row_number() OVER (ORDER BY pg_temp.r(n, 2), n) AS turn FROM sample_dwelling
), sized AS (
  SELECT n, building_id, county, cell_code, pg_temp.r(n, 3) AS size_draw, pg_temp.r(n, 4) AS kind_draw
  FROM lived_in WHERE turn <= %(households)s
), composed AS (
  SELECT *, CASE
    WHEN size_draw < 0.170 THEN 'H'
    WHEN size_draw < 0.430 THEN CASE WHEN kind_draw < 0.80 THEN 'HS' ELSE 'HC' END
    WHEN size_draw < 0.715 THEN 'HSC'
    WHEN size_draw < 0.875 THEN CASE WHEN kind_draw < 0.48 THEN 'HSCC' ELSE 'HSCP' END
    WHEN size_draw < 0.955 THEN CASE WHEN kind_draw < 0.35 THEN 'HSCCP' ELSE 'HSCPP' END
    ELSE 'HSCCPP' END AS members
  FROM sized)
SELECT n, building_id, county, cell_code, members, pg_temp.r(n, 5) < 0.66 AS head_male, pg_temp.r(n, 6) < 0.74 AS local,
  CASE
    WHEN members IN ('H', 'HS') AND pg_temp.r(n, 7) < 0.48 THEN 60 + floor(28 * power(pg_temp.r(n, 8), 1.5))
    WHEN members = 'H' THEN 21 + floor(26 * pg_temp.r(n, 8))
    WHEN members = 'HS' THEN 24 + floor(18 * pg_temp.r(n, 8))
    ELSE 27 + floor(27 * pg_temp.r(n, 8)) END::int AS head_age,
  1 + floor(%(families)s * pg_temp.r(n, 9))::int AS head_family, 1 + floor(%(families)s * pg_temp.r(n, 10))::int AS spouse_family
FROM composed
"""
INSERT_HOUSEHOLDS = f"""
INSERT INTO geodata_household (id, county, number, collective, dwelling_id, building_id)
SELECT pg_temp.sample_id({HOUSEHOLD}, n), county, county || lpad(n::text, 10, '0'), false,
       pg_temp.sample_id({DWELLING}, n), building_id
FROM sample_household ORDER BY n
"""

PEOPLE = """
CREATE TEMP TABLE sample_person ON COMMIT DROP AS
WITH member AS (
  SELECT h.*, h.n * 8 + m AS p, m, substr(members, m + 1, 1) AS part,
         m - length(replace(substr(members, 1, m), substr(members, m + 1, 1), '')) AS ordinal
  FROM sample_household h, generate_series(0, length(members) - 1) m
), aged AS (
  SELECT *, CASE part
      WHEN 'H' THEN head_age
      WHEN 'S' THEN greatest(20, head_age - 4 + floor(8 * pg_temp.r(p, 20))::int)
      WHEN 'C' THEN greatest(0, head_age - 23 - floor(9 * pg_temp.r(n, 21))::int - 3 * ordinal)
      ELSE least(97, head_age + 22 + floor(9 * pg_temp.r(n, 22))::int) END AS age,
    CASE part
      WHEN 'H' THEN head_male
      WHEN 'S' THEN NOT head_male
      WHEN 'C' THEN pg_temp.r(p, 23) < 0.52
      ELSE (pg_temp.r(n, 24) < 0.4) = (ordinal = 0) END AS male
  FROM member
), born AS (
  SELECT *, (%(as_of)s::date - make_interval(years => age))::date - floor(364 * pg_temp.r(p, 25))::int AS birth,
    CASE WHEN part = 'S' THEN spouse_family
         WHEN part = 'P' AND NOT male THEN 1 + floor(%(families)s * pg_temp.r(p, 26))::int
         WHEN part = 'C' AND NOT head_male THEN spouse_family
         ELSE head_family END AS family,
    CASE WHEN local AND pg_temp.r(p, 27) < 0.93 THEN county
         ELSE '0099' || (11 + %(county)s * 8 + floor(8 * pg_temp.r(n, 28))::int) END AS area
  FROM aged)
SELECT p, n, part, male, age, birth, county, cell_code, building_id, members, local, area, family,
  1 + floor(%(givens)s * pg_temp.r(p, 29))::int AS first_given,
  CASE WHEN pg_temp.r(p, 30) < 0.14 THEN 0 ELSE 1 + floor(%(givens)s * pg_temp.r(p, 31))::int END AS second_given,
  %(slots)s * %(inside)s + row_number() OVER (PARTITION BY area, birth, male ORDER BY p) - 1 AS slot
FROM born
"""

# What leaves the database to be sealed: all columns of the person but the sealed ones, then the plain ID parts.
PEOPLE_OUT = f"""
COPY (
  SELECT pg_temp.sample_id({PERSON}, p), county, cell_code, building_id,
    substr('{FAMILY}', family, 1) || substr('{GIVEN}', first_given, 1)
      || CASE second_given WHEN 0 THEN '' ELSE substr('{GIVEN}', second_given, 1) END,
    CASE WHEN male THEN 1 ELSE 2 END, birth,
    CASE WHEN age < 6 THEN '' WHEN age < 12 THEN '80' WHEN age < 15 THEN '70' WHEN age < 18 THEN '60'
         WHEN schooling < (CASE WHEN age < 40 THEN 0.34 WHEN age < 60 THEN 0.12 ELSE 0.05 END) THEN '20'
         WHEN schooling < (CASE WHEN age < 40 THEN 0.62 WHEN age < 60 THEN 0.27 ELSE 0.10 END) THEN '30'
         WHEN schooling < (CASE WHEN age < 40 THEN 0.82 WHEN age < 60 THEN 0.56 ELSE 0.27 END) THEN '60'
         WHEN schooling < 0.88 THEN '70' ELSE '80' END,
    CASE WHEN age < 22 THEN '10'
         WHEN part = 'S' OR (part = 'H' AND members LIKE '%S%') OR (part = 'P' AND members LIKE '%PP') THEN '20'
         WHEN part = 'P' THEN '30' WHEN part = 'C' THEN '10'
         WHEN age >= 60 AND schooling < 0.7 THEN '30' WHEN members <> 'H' THEN '40' ELSE '10' END,
    CASE WHEN age < 6 THEN '' WHEN age < 19 THEN '31' WHEN age >= (CASE WHEN male THEN 60 ELSE 55 END) THEN '80'
         WHEN age < 23 AND work < 0.4 THEN '31' WHEN work < 0.34 THEN '24' WHEN work < 0.52 THEN '17'
         WHEN work < 0.66 THEN '13' WHEN work < 0.72 THEN '21' WHEN work < 0.84 THEN '54'
         WHEN work < 0.93 THEN '51' ELSE '70' END,
    members = 'H',
    area, to_char(birth, 'YYYYMMDD'),
    (slot * 137 + (hashint8extended(birth - date '1900-01-01', 1) & 511)) % 500 * 2 + male::int,
    CASE WHEN age >= 12 AND pg_temp.r(p, 40) < 0.94
         THEN '100' || lpad((((p >> 23) * 524288 + (p & 8388607)) * 61803399 % 100000000)::text, 8, '0') ELSE '' END
  FROM (SELECT *, pg_temp.r(p, 41) AS schooling, pg_temp.r(p, 42) AS work FROM sample_person) drawn ORDER BY p
) TO STDOUT
"""
PERSON_COLUMNS = (
    "id county cell_code building_id name sex birth_date education marital employment lives_alone "
    "id_type life_state id_no_sealed id_no_key id_no_masked phone_sealed phone_key phone_masked updated_at"
)

INSERT_MEMBERSHIPS = f"""
INSERT INTO geodata_membership (id, county, person_id, household_id, relation, valid_from)
SELECT pg_temp.sample_id({MEMBERSHIP}, p), county, pg_temp.sample_id({PERSON}, p), pg_temp.sample_id({HOUSEHOLD}, n),
  CASE part WHEN 'H' THEN '02' WHEN 'S' THEN '10' WHEN 'P' THEN '50' ELSE CASE WHEN male THEN '20' ELSE '30' END END,
  greatest(birth, date '2004-01-01' + floor(7600 * pg_temp.r(n, 50))::int)
FROM sample_person ORDER BY p
"""
# Three of a hundred locals are registered at another door of the street than where they live (人户分离).
INSERT_RESIDENCES = f"""
INSERT INTO geodata_residence (id, county, person_id, kind, dwelling_id, building_id, elsewhere, valid_from)
SELECT pg_temp.sample_id({RESIDENCE}, p), county, pg_temp.sample_id({PERSON}, p), 'actual',
  pg_temp.sample_id({DWELLING}, n), building_id, '',
  greatest(birth, date '2004-01-01' + floor(7600 * pg_temp.r(n, 50))::int)
FROM sample_person
UNION ALL
SELECT pg_temp.sample_id({REGISTERED}, s.p), s.county, pg_temp.sample_id({PERSON}, s.p), 'registered',
  CASE WHEN local THEN pg_temp.sample_id({DWELLING}, coalesce(o.n, s.n)) END,
  CASE WHEN local THEN coalesce(o.building_id, s.building_id) END,
  CASE WHEN local THEN '' ELSE '外地（' || area || '）' END, birth
FROM sample_person s LEFT JOIN sample_dwelling o ON s.local AND pg_temp.r(s.p, 51) < 0.03
  AND o.n = (s.n >> 20 << 20) + 1 + floor(pg_temp.r(s.n, 52) * (SELECT count(*) FROM sample_dwelling))::bigint
"""
COUNT_HOUSEHOLDS = """
UPDATE geodata_cell c SET households = counted.households
FROM (SELECT cell_code, count(*) AS households FROM sample_household GROUP BY 1) counted
WHERE c.code = counted.cell_code AND c.active
"""
CLEAR = "DROP TABLE IF EXISTS sample_dwelling, sample_household, sample_person; TRUNCATE sample_building"
