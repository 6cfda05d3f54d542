"""Cells of a file as a draft edition: complete for the communities it names, all others as in the edition before."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection
from psycopg import sql

from geodata.ids import uuid7
from geodata.models import Edition, EditionState
from importers import staging
from importers.errors import refusal

_SCOPE: Final = """
SELECT CASE WHEN count(DISTINCT left(f_code, 12)) = 1 THEN min(left(f_code, 12))
            WHEN count(DISTINCT left(f_code, 9)) = 1 THEN min(left(f_code, 9)) ELSE min(left(f_code, 6)) END,
       count(DISTINCT left(f_code, 6))
FROM {raw} WHERE f_code ~ '^[0-9]{{14,16}}$'
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
_COPY_OTHERS: Final = """
INSERT INTO geodata_cell (id, edition_id, code, county, community_code, name, geom, active, households)
SELECT importers_uuid7(), %(edition)s, c.code, c.county, c.community_code, c.name, c.geom, false, c.households
FROM geodata_cell c WHERE c.edition_id = %(base)s
AND c.community_code NOT IN (SELECT left(code, 12) FROM {plan} WHERE fate IN ('new', 'changed', 'same'))
ORDER BY c.code
"""
_WRITE: Final = """
INSERT INTO geodata_cell (id, edition_id, code, county, community_code, name, geom, active, households)
SELECT importers_uuid7(), %(edition)s, p.code, left(p.code, 6), left(p.code, 12), coalesce(p.name, c.name, ''), p.geom,
       false, coalesce(p.households, c.households)
FROM {plan} p LEFT JOIN geodata_cell c ON c.edition_id = %(base)s AND c.code = p.code
WHERE p.fate IN ('new', 'changed', 'same') ORDER BY p.code
"""


def scope_of_file(batch_id: UUID, county: str) -> str:
    """The area whose cells the file describes: its community, street or county; the operator's county if nothing fits."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(_SCOPE).format(raw=staging.table(batch_id)))
        code, counties = cursor.fetchone()
    return str(code) if code and counties == 1 else county


def base_edition(scope_code: str) -> Edition | None:
    """The edition that a new draft begins from: the latest of the area that is not retired; else the active one above."""
    latest = (
        Edition.objects.filter(scope_code=scope_code)
        .exclude(state=EditionState.RETIRED)
        .order_by("-number")
        .first()
    )
    if latest is not None:
        return latest
    above = [scope_code[:length] for length in (9, 6) if length < len(scope_code)]
    return (
        Edition.objects.filter(scope_code__in=above, state=EditionState.ACTIVE)
        .order_by("-scope_code")
        .first()
    )


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
    """The new draft edition with the file's cells and those of the communities it does not name."""
    scope = base.scope_code if base is not None else scope_code
    number = (
        Edition.objects.filter(scope_code=scope).order_by("-number").values_list("number", flat=True).first()
    )
    edition = Edition.objects.create(
        id=uuid7(), scope_code=scope, number=(number or 0) + 1, title=title, created_by=by, created_at=at
    )
    plan = staging.table(batch_id, "plan")
    values: dict[str, Any] = {"edition": edition.pk, "base": base.pk if base else None}
    with connection.cursor() as cursor:
        if base is not None:
            cursor.execute(sql.SQL(_COPY_OTHERS).format(plan=plan), values)
        cursor.execute(sql.SQL(_WRITE).format(plan=plan), values)
    return edition


def remove_draft(edition_id: UUID) -> None:
    """Takes a draft back. Error: undo_edition_in_use when it is no draft any more."""
    edition = Edition.objects.select_for_update().filter(pk=edition_id).first()
    if edition is None:
        return
    if edition.state not in {EditionState.DRAFT, EditionState.CHECKED}:
        raise refusal("undo_edition_in_use", state=edition.state)
    edition.cells.all().delete()
    edition.delete()
