"""Cells of a file as a draft edition: complete for the communities it names; the others keep theirs at activation."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Max
from psycopg import sql

from geodata import editions
from geodata.models import Edition
from importers import staging

_SCOPE: Final = """
SELECT CASE WHEN count(DISTINCT left(f_code, 12)) = 1 THEN min(left(f_code, 12))
            WHEN count(DISTINCT left(f_code, 9)) = 1 THEN min(left(f_code, 9)) ELSE min(left(f_code, 6)) END,
       count(DISTINCT left(f_code, 6))
FROM {raw} WHERE f_code ~ '^[0-9]{{14,16}}$'
"""
_BASE: Final = """
SELECT e.id FROM geodata_edition e WHERE e.scope_code = %(scope)s AND e.state <> 'retired' AND EXISTS (
  SELECT 1 FROM geodata_cell c JOIN {raw} s ON c.community_code = left(s.f_code, 12) WHERE c.edition_id = e.id)
ORDER BY e.number DESC LIMIT 1
"""
_GONE: Final = """
SELECT count(*) FROM geodata_cell c WHERE c.edition_id = %(base)s
AND c.community_code IN (SELECT left(code, 12) FROM {plan} WHERE fate <> 'rejected')
AND NOT EXISTS (SELECT 1 FROM {plan} p WHERE p.code = c.code)
"""
_NOTE_COMMUNITIES: Final = """
UPDATE {plan} p SET notes = p.notes || 'community_unknown:code'::text WHERE p.fate <> 'rejected'
AND NOT EXISTS (SELECT 1 FROM geodata_area a WHERE a.code = left(p.code, 12))
"""
_WRITE: Final = """
INSERT INTO geodata_cell (id, edition_id, code, county, community_code, name, geom, active, households)
SELECT importers_uuid7(), %(edition)s, p.code, left(p.code, 6), left(p.code, 12), coalesce(p.name, c.name, ''), p.geom,
       false, coalesce(p.households, c.households)
FROM {plan} p LEFT JOIN geodata_cell c ON c.edition_id = %(base)s AND c.code = p.code
WHERE p.fate IN ('new', 'changed', 'same') ORDER BY p.code
"""


def scope_of_file(batch_id: UUID, county: str) -> str:
    """The code under which an edition of the file's cells must stand; the operator's county when they span several."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(_SCOPE).format(raw=staging.table(batch_id)))
        code, counties = cursor.fetchone()
    return editions.scope_for(str(code)) if code and counties == 1 else county


def base_edition(batch_id: UUID, scope_code: str) -> Edition | None:
    """The edition the file is compared with: the latest of the area, not retired, that has cells in its communities."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(_BASE).format(raw=staging.table(batch_id)), {"scope": scope_code})
        found = cursor.fetchone()
    return Edition.objects.get(pk=found[0]) if found else None


def note_cells(batch_id: UUID, base_id: UUID | None) -> int:
    """Notes on communities nobody knows; answers how many cells of the named communities the file leaves away."""
    plan = staging.table(batch_id, "plan")
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(_NOTE_COMMUNITIES).format(plan=plan))
        cursor.execute(sql.SQL(_GONE).format(plan=plan), {"base": base_id})
        return int(cursor.fetchone()[0])


def write_draft(
    *, batch_id: UUID, scope_code: str, base: Edition | None, title: str, by: UUID | None, at: datetime
) -> Edition:
    """The new draft edition with the file's cells, exactly as they stand there."""
    last = Edition.objects.filter(scope_code=scope_code).aggregate(last=Max("number"))["last"] or 0
    edition = Edition.objects.create(
        scope_code=scope_code, number=last + 1, title=title, created_by=by, created_at=at
    )
    plan = staging.table(batch_id, "plan")
    values: dict[str, Any] = {"edition": edition.pk, "base": base.pk if base else None}
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(_WRITE).format(plan=plan), values)
    return edition


def remove_draft(edition_id: UUID) -> None:
    """Takes a draft back, if it is still there. Error: edition_not_draft."""
    if Edition.objects.filter(pk=edition_id).exists():
        editions.discard_edition(edition_id=edition_id)
