"""Editions of cells: prepared inactive, checked, then activated in one transaction. Knows places, no case, no event.

Doors activate through `gridmgmt.cases.editions`, which tells everybody else in the same transaction.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import shapely
from django.db import connection, transaction
from django.db.models import Max

from geodata import cell_drafts, restamping
from geodata.acting import acting
from geodata.cell_drafts import CellDraft
from geodata.edition_checks import ERROR, Finding, has_errors
from geodata.edition_findings import UNFINISHED, active_under, findings_of
from geodata.errors import DomainError
from geodata.models import Area, Cell, Edition, EditionState
from geodata.restamping import Moves

logger = logging.getLogger("geodata")
_LOCK = 0x0ED1


@dataclass(frozen=True, slots=True)
class Activation:
    """What an activation did."""

    edition: Edition
    retired: tuple[UUID, ...]
    moves: Moves


def scope_for(code: str) -> str:
    """The code under which a new edition for an area must stand: that of the active edition covering it, else its own.

    Communities that the new edition does not name keep their cells.
    """
    above = [code[:digits] for digits in (6, 9, 12) if digits < len(code)]
    found = (
        Edition.objects.filter(scope_code__in=above, state=EditionState.ACTIVE).order_by("scope_code").first()
    )
    return found.scope_code if found else code


@transaction.atomic
def prepare_edition(
    *, scope_code: str, title: str, cells: Sequence[CellDraft], by: UUID | None, at: datetime
) -> Edition:
    """A draft edition for an area with the next number; widened to the scope of the active edition above it.

    Errors: area_unknown, edition_empty, cell_without_community, cell_outside_scope, cell_code_duplicate,
    cell_serials_exhausted, those of `geodata.codes.cell_code`.
    """
    if not Area.objects.filter(code=scope_code).exists():
        raise DomainError(
            code="area_unknown", message="There is no area %(code)s.", status=404, data={"code": scope_code}
        )
    scope = scope_for(scope_code)
    _lock_scope(scope)
    last = Edition.objects.filter(scope_code=scope).aggregate(last=Max("number"))["last"] or 0
    edition = Edition.objects.create(
        scope_code=scope, number=last + 1, title=title, created_by=by, created_at=at
    )
    # Held against the area asked for, not the wider scope: whoever plans one community draws no cell of the next.
    rows = cell_drafts.cell_rows(cell_drafts.complete(cells, scope_code), edition.pk)
    Cell.objects.bulk_create(rows, batch_size=500)
    return edition


@transaction.atomic
def replace_cells(*, edition_id: UUID, cells: Sequence[CellDraft], at: datetime) -> Edition:
    """Give a draft other cells; it begins from what is active at `at`. Errors: edition_unknown, edition_not_draft
    and those of `prepare_edition`."""
    edition = locked(edition_id)
    _require_unfinished(edition)
    edition.cells.all().delete()
    rows = cell_drafts.cell_rows(cell_drafts.complete(cells, edition.scope_code), edition.pk)
    Cell.objects.bulk_create(rows, batch_size=500)
    edition.state, edition.checks, edition.created_at = EditionState.DRAFT, [], at
    edition.save(update_fields=["state", "checks", "created_at"])
    return edition


@transaction.atomic
def discard_edition(*, edition_id: UUID) -> None:
    """Throw a draft away. Errors: edition_unknown, edition_not_draft."""
    edition = locked(edition_id)
    _require_unfinished(edition)
    edition.cells.all().delete()
    edition.delete()


@transaction.atomic
def check_edition(*, edition_id: UUID) -> list[Finding]:
    """All findings, stored with the edition; without errors it becomes `checked`. Errors: edition_unknown."""
    edition = locked(edition_id)
    found = findings_of(edition)
    edition.checks = [finding.as_dict() for finding in found]
    if edition.state in UNFINISHED:
        edition.state = EditionState.DRAFT if has_errors(found) else EditionState.CHECKED
    edition.save(update_fields=["checks", "state"])
    return found


def preview_edition(*, edition_id: UUID) -> Moves:
    """How many rows would change their cell, and what becomes of the cells. Errors: edition_unknown."""
    edition = Edition.objects.filter(pk=edition_id).first()
    if edition is None:
        raise _unknown()
    with transaction.atomic():
        return restamping.plan_moves(edition.pk, edition.scope_code)


@transaction.atomic
def activate_edition(*, edition_id: UUID, by: UUID | None, at: datetime) -> Activation:
    """Make an edition the one that counts: others under its scope are retired, communities it does not name keep
    their cells, every located row is stamped anew. `by` is noted by the caller's layer.

    Errors: edition_unknown, edition_not_draft, edition_has_errors, edition_scope_covered, edition_time_reversed.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        cursor.execute("SET LOCAL statement_timeout = 0")
    edition = locked(edition_id)
    _require_unfinished(edition)
    _refuse_errors(edition)
    previous = _replaced(edition, at)
    moves = restamping.plan_moves(edition.pk, edition.scope_code)
    _carry_over(edition)
    _flip(edition, previous, at)
    with acting(by=by, cause="edition", ref=edition.pk, at=at):
        restamping.write_moves()
    logger.info("edition activated", extra={"edition": str(edition.pk), "by": str(by or "")})
    return Activation(edition, tuple(row.pk for row in previous), moves)


def locked(edition_id: UUID) -> Edition:
    """The edition, locked for this transaction. Error: edition_unknown."""
    edition = Edition.objects.select_for_update().filter(pk=edition_id).first()
    if edition is None:
        raise _unknown()
    return edition


def _carry_over(edition: Edition) -> None:
    """Present cells of the communities it does not name become its own, so that it is whole for ever."""
    named = edition.cells.values_list("community_code", flat=True).distinct()
    active = Cell.objects.filter(active=True, code__startswith=edition.scope_code)
    kept = active.exclude(community_code__in=list(named)).exclude(edition=edition)
    Cell.objects.bulk_create(cell_drafts.cell_rows(as_drafts(kept), edition.pk), batch_size=500)


def _flip(edition: Edition, previous: Sequence[Edition], at: datetime) -> None:
    """Old cells first: an active code is unique."""
    old = [row.pk for row in previous]
    Cell.objects.filter(edition_id__in=old, active=True).update(active=False)
    Edition.objects.filter(pk__in=old).update(state=EditionState.RETIRED, valid_to=at)
    edition.cells.update(active=True)
    edition.state, edition.valid_from, edition.valid_to = EditionState.ACTIVE, at, None
    edition.save(update_fields=["state", "valid_from", "valid_to"])


def _refuse_errors(edition: Edition) -> None:
    found = findings_of(edition)
    edition.checks = [finding.as_dict() for finding in found]
    edition.save(update_fields=["checks"])
    errors = [finding for finding in found if finding.severity == ERROR]
    if errors:
        raise DomainError(
            code="edition_has_errors",
            message="The edition has %(count)s errors and stays inactive.",
            status=409,
            data={"count": len(errors), "codes": sorted({finding.code for finding in errors})},
        )


def _replaced(edition: Edition, at: datetime) -> list[Edition]:
    """The active editions that this one follows."""
    others = active_under(edition.scope_code)
    wider = [row for row in others if len(row.scope_code) < len(edition.scope_code)]
    if wider:
        raise DomainError(
            code="edition_scope_covered",
            message="The active edition of %(scope)s covers this area; prepare the cells under that code.",
            status=409,
            data={"scope": wider[0].scope_code},
        )
    if any(row.valid_from and row.valid_from >= at for row in others):
        raise DomainError(
            code="edition_time_reversed",
            message="An edition cannot become active before the one it follows.",
            status=409,
        )
    return others


def _require_unfinished(edition: Edition) -> None:
    if edition.state not in UNFINISHED:
        raise DomainError(
            code="edition_not_draft",
            message="The edition is %(state)s and cannot be changed or activated again.",
            status=409,
            data={"state": edition.state},
        )


def _lock_scope(scope: str) -> None:
    """Two drafts of one area never get the same number."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK, scope])


def _unknown() -> DomainError:
    return DomainError(code="edition_unknown", message="There is no such edition.", status=404)


def as_drafts(cells: Iterable[Cell]) -> list[CellDraft]:
    """Stored cells as drafts, to begin a new edition from."""
    return [
        CellDraft(
            geom=shapely.from_wkb(bytes(row.geom.wkb)),
            code=row.code,
            community_code=row.community_code,
            name=row.name,
            households=row.households,
        )
        for row in cells
    ]
