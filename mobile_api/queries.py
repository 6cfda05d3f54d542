"""Reads for phones, each one statement; large answers are put together as JSON inside PostgreSQL."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_noop as _

from geodata.errors import DomainError
from mobile_api.tokens import Session

# Caller: catalogue. The revision is read in the same snapshot as the rows, so the tag never lies.
CATALOGUE = """
SELECT (SELECT revision FROM cases_referencerevision WHERE id = 1), json_build_object(
  'categories', (SELECT coalesce(json_agg(json_build_object(
     'key', c.key, 'kind', c.kind, 'major_code', c.major_code, 'major', c.major, 'major_en', c.major_en,
     'name', c.name, 'name_en', c.name_en, 'initials', c.initials, 'icon', c.icon, 'rank', c.rank,
     'standards', (SELECT coalesce(json_agg(json_build_object(
        'seq', s.seq, 'condition', s.condition, 'condition_en', s.condition_en, 'closing', s.closing,
        'closing_en', s.closing_en, 'limit_value', s.limit_value, 'limit_unit', s.limit_unit,
        'before_photos', s.before_photos, 'after_photos', s.after_photos) ORDER BY s.seq), '[]')
        FROM cases_casestandard s WHERE s.category_id = c.key)) ORDER BY c.rank, c.key), '[]')
     FROM cases_category c WHERE c.active),
  'sources', (SELECT coalesce(json_agg(json_build_object(
     'key', key, 'name', name, 'name_en', name_en, 'is_public', is_public) ORDER BY key), '[]') FROM cases_casesource),
  'stages', (SELECT coalesce(json_agg(json_build_object(
     'key', g.key, 'name', g.name, 'name_en', g.name_en, 'clock', g.clock) ORDER BY g."order"), '[]')
     FROM cases_stage g JOIN cases_procedure p ON p.id = g.procedure_id AND p.state = 'published'))::text
"""
CATALOGUE_FORM = "c1"
REVISION = "SELECT revision FROM cases_referencerevision WHERE id = 1"

# Callers: my_codes, my_cells_tag, my_cells. Function: mobile_api/sql/10_cells_of.sql.
CELL_CODES = "SELECT coalesce(array_agg(code ORDER BY code), '{}') FROM mobile_api_cells_of(%(user)s)"
CELLS_TAG = (
    "SELECT md5(coalesce(string_agg(id::text, ',' ORDER BY code), '')) FROM mobile_api_cells_of(%(user)s)"
)
CELLS = """
SELECT json_build_object('type', 'FeatureCollection', 'features', coalesce(json_agg(json_build_object(
  'type', 'Feature', 'id', code, 'geometry', ST_AsGeoJSON(geom, 6)::json,
  'properties', json_build_object('code', code, 'name', name, 'community', community_code)) ORDER BY code), '[]'))::text
FROM mobile_api_cells_of(%(user)s)
"""
ROLES = """
SELECT coalesce(json_agg(json_build_object('role', g.role, 'scope_code', g.scope_code, 'department', d.name)
  ORDER BY g.scope_code, g.role), '[]')
FROM organisation_grant g LEFT JOIN organisation_department d ON d.id = g.department_id
WHERE g.user_id = %(user)s AND g.valid_from <= now() AND (g.valid_to IS NULL OR g.valid_to > now())
"""

# Own reports, newest first, from a place in that order on. Index: report_reporter.
MY_REPORTS = """
SELECT r.received_at, r.id, c.id, c.number, c.stage, s.name, s.name_en, c.category_id, c.text, c.address, r.captured_at,
       c.due_at, c.closed_at, c.complete, r.flags
FROM cases_report r JOIN cases_case c ON c.id = r.case_id
JOIN cases_stage s ON s.procedure_id = c.procedure_id AND s.key = c.stage
WHERE r.reporter_id = %(user)s AND (r.received_at, r.id) < (%(before)s, %(before_id)s)
ORDER BY r.received_at DESC, r.id DESC LIMIT %(limit)s
"""
NEWEST = (datetime(9999, 1, 1, tzinfo=UTC), UUID(int=(1 << 128) - 1))


class Tagged(NamedTuple):
    """A JSON answer and the tag by which a phone knows that it has it already."""

    tag: str
    json: str


class MyReport(NamedTuple):
    """A line of "my reports"."""

    received_at: datetime
    report: UUID
    case: UUID
    number: str
    stage: str
    stage_name: str
    stage_name_en: str
    category: str
    text: str
    address: str
    captured_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    complete: bool
    flags: list[str]


_catalogue: dict[int, Tagged] = {}


def catalogue() -> Tagged:
    """Everything a phone needs to report and to show a case, kept per revision of the reference data."""
    known = _catalogue.get(_value(REVISION, {}))
    if known is None:
        with connection.cursor() as cursor:
            cursor.execute(CATALOGUE)
            revision, text = cursor.fetchone()
        known = Tagged(f"{CATALOGUE_FORM}-{revision}", text)
        _catalogue.clear()
        _catalogue[revision] = known
    return known


def catalogue_tag() -> str:
    """The tag of the present catalogue."""
    return f"{CATALOGUE_FORM}-{_value(REVISION, {})}"


def my_cell_codes(session: Session) -> list[str]:
    """Codes of the cells a user works in."""
    return list(_value(CELL_CODES, {"user": session.user_id}))


def my_cells_tag(session: Session) -> str:
    """Changes when a cell joins, leaves or is drawn anew (an active cell's row never changes its shape)."""
    return str(_value(CELLS_TAG, {"user": session.user_id}))


def my_cells(session: Session) -> str:
    """GeoJSON text of the cells a user works in."""
    return str(_value(CELLS, {"user": session.user_id}))


def my_codes(session: Session) -> tuple[list[dict[str, str]], list[str]]:
    """Roles with scope codes, and codes of the cells a user works in."""
    named = {"user": session.user_id}
    return _value(ROLES, named), _value(CELL_CODES, named)


def my_reports(session: Session, *, cursor: str, limit: int) -> tuple[list[MyReport], str | None]:
    """A page of own reports and the cursor of the next one. Error cursor_invalid 422."""
    before, before_id = read_cursor(cursor) if cursor else NEWEST
    values: dict[str, Any] = {
        "user": session.user_id,
        "before": before,
        "before_id": before_id,
        "limit": limit + 1,
    }
    with connection.cursor() as rows:
        rows.execute(MY_REPORTS, values)
        found = [MyReport(*row) for row in rows.fetchall()]
    page = found[:limit]
    return page, make_cursor(page[-1].received_at, page[-1].report) if len(found) > limit else None


def make_cursor(instant: datetime, number: UUID) -> str:
    """Place after a row: instant and number, so rows that arrive meanwhile shift nothing."""
    return base64.urlsafe_b64encode(f"{instant.isoformat()} {number}".encode()).decode()


def read_cursor(text: str) -> tuple[datetime, UUID]:
    """The place in a cursor. Error cursor_invalid 422."""
    try:
        instant, _space, number = base64.urlsafe_b64decode(text).decode().partition(" ")
        return datetime.fromisoformat(instant).astimezone(UTC), UUID(number)
    except (ValueError, OverflowError, binascii.Error) as error:
        raise DomainError(
            code="cursor_invalid",
            status=422,
            message=_("This page mark is not one of ours; start again without it."),
        ) from error


def _value(sql: str, values: dict[str, Any]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        row = cursor.fetchone()
    return None if row is None else row[0]
