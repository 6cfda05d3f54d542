"""The thinnest raw Django view: one bare statement that finds the cell and writes the same rows. No token, no
validation, no rule, no deadline."""

from __future__ import annotations

import json
from uuid import UUID

import psycopg
from django.db import connection as django_connection
from django.http import HttpRequest, HttpResponse
from psycopg.types.json import Jsonb

from geodata.ids import uuid7

STATEMENT = """
SELECT s.of_number FROM (SELECT code, edition_id FROM geodata_cell
  WHERE active AND ST_Covers(geom, ST_SetSRID(ST_MakePoint(%s::float8, %s::float8), 4326)) ORDER BY code LIMIT 1) c,
LATERAL cases_submit_report(
  %s, %s, %s, NULL::uuid, NULL::uuid, now(), now(), 'wgs84', %s::float8, %s::float8, NULL::float8, %s::float8, %s::float8,
  '{}'::text[], %s, %s, %s, 'YX', '20261120', c.code, c.edition_id, %s, NULL::bigint, 'worker',
  (SELECT id FROM cases_procedure WHERE key = 'street_case' AND state = 'published'), 'reported', NULL::uuid, '',
  NULL::uuid, %s, '', '{}'::jsonb,
  NULL::smallint, '', now(), now(), 1::bigint, 'worker', '{}'::uuid[], '{}'::bytea[], '{}'::text[], '{}'::jsonb) s
"""


def put_report(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Read JSON, run the statement, answer the number."""
    body = json.loads(request.body)
    lon, lat = body["point"]["x"], body["point"]["y"]
    django_connection.ensure_connection()
    values = (
        lon, lat, report_id, Jsonb(body), b"\x00" * 32, lon, lat, lon, lat, uuid7(), uuid7(), uuid7(),
        body["category"], body["text"],
    )  # fmt: skip
    with psycopg.Cursor(django_connection.connection) as cursor:
        row = cursor.execute(STATEMENT, values, prepare=True).fetchone()
    return HttpResponse(
        json.dumps({"number": row[0] if row else None}), content_type="application/json", status=201
    )
