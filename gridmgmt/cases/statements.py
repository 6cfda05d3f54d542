"""The few statements of the hot path, prepared on the server; see each comment for purpose and callers."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import connection as django_connection

from geodata.prepared import idle, prepared

# Reference revision and cell on the active edition (border ties: the smaller code), as "revision:code". Scalar subqueries:
# joins of the same cost 1.7 times the bare cell look-up, this 1.3 times. Caller: look_up. Index: cell_active_geom.
LOOK_UP = """
SELECT coalesce((SELECT revision FROM cases_referencerevision WHERE id = 1), 0)::text || ':' || coalesce(
  (SELECT code FROM geodata_cell
   WHERE active AND ST_Covers(geom, ST_SetSRID(ST_MakePoint($1::float8, $2::float8), 4326)) ORDER BY code LIMIT 1), '')
"""
LOOK_UP_INSIDE = LOOK_UP.replace("$1", "%s").replace("$2", "%s")
FLOAT8 = struct.Struct("!d").pack

# Content of a report that is already there. Caller: intake, when a report cannot be routed (any more).
STORED = "SELECT payload_sha256 FROM cases_report WHERE id = %s"

# A component by its code. Caller: intake, only for reports that name one.
COMPONENT = "SELECT id, owner_key FROM geodata_component WHERE code = %s"

# The smallest area around a point that no cell covers, among those that stand. Caller: intake. Index: area_geom.
AREA_AT = """
SELECT code FROM geodata_area WHERE ST_Covers(geom, ST_SetSRID(ST_MakePoint(%s::float8, %s::float8), 4326))
  AND (valid_to IS NULL OR valid_to > current_date)
ORDER BY level DESC, code LIMIT 1
"""

# Writes everything of a new report. Caller: intake. Function: cases/sql/30_submit_report.sql.
SUBMIT = """
SELECT created, of_case, of_number, stored_sha256 FROM cases_submit_report(
  %s, %s, %s, %s::uuid, %s::uuid, %s, %s, %s, %s, %s, %s::float8, %s::float8, %s::float8, %s::text[],
  %s, %s, %s, %s, %s, %s, %s::uuid, %s, %s::bigint, %s, %s::bigint, %s, %s::uuid, %s, %s::uuid, %s, %s, %s,
  %s::smallint, %s, %s::timestamptz, %s::timestamptz, %s::bigint, %s, %s::uuid[], %s::bytea[], %s::text[], %s, %s::timestamptz)
"""

# The receipt of a stored report, as it stands now. Callers: intake, mobile_api.
RECEIPT = """
SELECT c.id, c.number, c.stage, c.version, c.cell_code, c.department_id::text, coalesce(d.name, ''), c.due_at, r.flags, c.complete
FROM cases_report r JOIN cases_case c ON c.id = r.case_id LEFT JOIN organisation_department d ON d.id = c.department_id
WHERE r.id = %s
"""

# Whose report it is, and its declared photos. Caller: intake.manifest.
REPORT_OWNER = "SELECT reporter_id FROM cases_report WHERE id = %s"
REPORT_PHOTOS = "SELECT id, state FROM cases_photo WHERE report_id = %s ORDER BY position"


# Django sets no threshold, and without one psycopg prepares nothing, not even what asks for it. Statements of the ORM come
# with their values inside and must not be prepared however often they are sent.
ONLY_WHEN_ASKED = 2**31


def raw_connection() -> psycopg.Connection[Any]:
    """Django's own connection of this thread as psycopg's, for server-side prepared statements."""
    django_connection.ensure_connection()
    raw: psycopg.Connection[Any] = django_connection.connection
    return raw


def hot_cursor(connection: psycopg.Connection[Any]) -> psycopg.Cursor[Any]:
    """One cursor per connection for the statements here; every answer is read at once, so it may be used again."""
    cursor: psycopg.Cursor[Any] | None = getattr(connection, "grid_cursor", None)
    if cursor is None or cursor.closed:
        connection.prepare_threshold = ONLY_WHEN_ASKED
        cursor = psycopg.Cursor(connection)
        connection.grid_cursor = cursor  # type: ignore[attr-defined]
    return cursor


def look_up(connection: psycopg.Connection[Any], lon: float, lat: float) -> tuple[int, str]:
    """Revision of the reference data and code of the cell at a point in EPSG:4326; "" where none is. Through libpq: half of the
    time of this look-up was Python's cursor. Inside a transaction the cursor does it."""
    if idle(connection):
        try:
            told = (prepared(connection, LOOK_UP, [FLOAT8(lon), FLOAT8(lat)]) or b"0:").decode()
        except psycopg.Error:
            with django_connection.wrap_database_errors:  # as Django's
                raise
    else:
        told = str(one(connection, LOOK_UP_INSIDE, (lon, lat))[0])
    revision, _, code = told.partition(":")
    return int(revision), code


def maybe(connection: psycopg.Connection[Any], sql: str, values: Sequence[Any]) -> tuple[Any, ...] | None:
    """The first row of a prepared statement, or None. Database errors become Django's."""
    return _sent(connection, sql, values).fetchone()


def all_rows(connection: psycopg.Connection[Any], sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """All rows of a prepared statement."""
    return _sent(connection, sql, values).fetchall()


def run(sql: str, values: Sequence[Any]) -> None:
    """A prepared statement without an answer, on Django's own connection."""
    _sent(raw_connection(), sql, values)


def one(connection: psycopg.Connection[Any], sql: str, values: Sequence[Any]) -> tuple[Any, ...]:
    """The first row of a statement that always has one."""
    row = maybe(connection, sql, values)
    if row is None:
        raise LookupError("a statement that always answers gave no row")
    return row


def _sent(connection: psycopg.Connection[Any], sql: str, values: Sequence[Any]) -> psycopg.Cursor[Any]:
    try:
        return hot_cursor(connection).execute(sql, values, prepare=True, binary=True)
    except psycopg.Error:
        with django_connection.wrap_database_errors:
            raise
