"""What the steps of an import do to a batch: judging its staged rows, and carrying the plan out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import OperationalError, connection
from django.utils import timezone
from psycopg import errors as pg

from importers import (
    area_steps,
    datum_check,
    draft_editions,
    findings,
    point_steps,
    revisions,
    staff,
    writing,
)
from importers.errors import refusal
from importers.kinds import Kind, kind_named
from importers.models import ImportBatch
from importers.people import apply as people_apply
from importers.people import care, dwellings, images, kept_plan, questions
from importers.people import plan as people_plan
from importers.planning import make_plan
from importers.staging import Progress
from importers.terms import Terms

_LOCK_KIND: Final = 0x1B48
_LOCKED_AS: Final = {"dwellings": "people", "care": "people"}
_KEPT: Final = frozenset({"people", "dwellings"})
"""Kinds whose plan may be carried out as it stands (revisions.TABLES is all that it goes by)."""
PLANS: Final[dict[str, Callable[[Terms], None]]] = {
    "people": people_plan.make_plan,
    "dwellings": dwellings.make_plan,
    "care": care.make_plan,
    "staff": staff.make_plan,
}


def lock_kind(kind: str) -> None:
    """Two imports that write the same tables are written one after the other; nobody waits longer than for any lock.
    Error: registers_busy."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK_KIND, _LOCKED_AS.get(kind, kind)]
            )
    except OperationalError as error:
        if isinstance(error.__cause__, pg.LockNotAvailable):
            raise refusal("registers_busy") from None
        raise


def plan_stands(batch: ImportBatch) -> bool:
    """Whether the plan of the dry run can be carried out as it is; the tables it needs besides are there again then."""
    made = batch.summary.get("revision", "")
    if batch.kind not in _KEPT or not made or made != revisions.revision():
        return False
    return kept_plan.take_up(batch.pk)


def judge(batch: ImportBatch, progress: Progress, *, for_later: bool = False) -> None:
    """Judges the staged rows and puts the figures into the batch (not saved). ``for_later``, in the dry run: the plan is
    kept with the revision of the registers it holds for. The datum is looked at once a reading of the file."""
    kind = kind_named(batch.kind)
    kept = for_later and kind.name in _KEPT
    revision = revisions.revision() if kept else ""
    terms, base = _terms_of(batch, kind)
    if kind.name == "components":
        point_steps.name_owners(batch.pk)
    PLANS.get(kind.name, make_plan)(terms)
    progress("planned", 0)
    gone = 0
    if kind.name == "areas":
        area_steps.note_areas(batch.pk, make_county=bool(batch.profile.get("make_county")))
    elif kind.name == "cells":
        gone = draft_editions.note_cells(batch.pk, base.pk if base else None)
    findings.store_findings(batch.pk, kind)
    questions.ask(batch.pk, kind)
    fates, reasons = findings.figures(batch.pk)
    if sum(fates.values()) != batch.counts["in"]:
        raise RuntimeError("the plan does not account for every row")
    batch.counts = {**batch.counts, **fates, "gone": gone}
    batch.summary = {
        **batch.summary,
        "reasons": reasons,
        "decided": findings.decided(batch),
        "revision": revision,
    }
    if for_later or "datum_check" not in batch.summary:
        datum, rows = str(batch.summary.get("datum", "")), int(batch.counts["in"])
        batch.summary["datum_check"] = datum_check.check(terms, datum, rows)
    if kept:
        kept_plan.keep(batch.pk)
    progress("judged", 0)


def carry_out(batch: ImportBatch, *, by: UUID | None, at: datetime, progress: Progress) -> None:
    """Carries the plan out; nothing to write writes nothing."""
    kind = kind_named(batch.kind)
    if kind.name == "cells":
        _write_cells(batch, by=by, at=at)
        return
    if kind.name == "people":
        people_apply.write_plan(batch.pk, at=at, as_of=_as_of(batch), progress=progress)
        return
    if kind.name == "dwellings":
        dwellings.write_plan(batch.pk, at=at, as_of=_as_of(batch))
        return
    if kind.name == "staff":
        staff.write_plan(batch.pk, by=by, at=at)
        return
    if kind.name == "care":
        care.write_plan(batch.pk)
        return
    if kind.name == "components":
        point_steps.make_component_codes(batch.pk)
    writing.write_plan(batch.pk, kind, at)
    progress("rows", 0)
    if kind.name == "areas":
        area_steps.finish_areas(
            batch.pk,
            county_name=str(batch.profile.get("county_name", "")),
            make_county=bool(batch.profile.get("make_county")),
            at=at,
        )
    elif kind.name == "organisations":
        point_steps.tie_organisations(batch.pk)


def take_back(batch: ImportBatch, applied_at: datetime) -> None:
    """Restores what was there before the batch."""
    if batch.kind == "cells":
        if edition := batch.summary.get("edition"):
            draft_editions.remove_draft(UUID(edition["id"]))
    elif batch.kind == "staff":
        staff.take_back(batch.pk)
    elif batch.kind in PLANS:
        images.take_back(batch.pk)
    else:
        if batch.kind == "areas":
            area_steps.before_undo(batch.pk)
        writing.take_back(batch.pk, kind_named(batch.kind), applied_at)


def _as_of(batch: ImportBatch) -> date:
    """The day from which the facts of a file hold: the profile's, else the day the file came in."""
    said = batch.profile.get("as_of")
    return date.fromisoformat(said) if said else timezone.localdate(batch.created_at)


def _write_cells(batch: ImportBatch, *, by: UUID | None, at: datetime) -> None:
    counts = batch.counts
    if not counts["new"] + counts["changed"] + counts["gone"]:
        return
    scope = draft_editions.scope_of_file(batch.pk, batch.county)
    edition = draft_editions.write_draft(
        batch_id=batch.pk,
        scope_code=scope,
        base=draft_editions.base_edition(batch.pk, scope),
        title=str(batch.profile.get("edition_title") or batch.file_name)[:120],
        by=by,
        at=at,
    )
    batch.summary["edition"] = {"id": str(edition.pk), "scope": edition.scope_code, "number": edition.number}


def _terms_of(batch: ImportBatch, kind: Kind) -> tuple[Terms, Any]:
    base = None
    if kind.name == "cells":
        scope = draft_editions.scope_of_file(batch.pk, batch.county)
        base = draft_editions.base_edition(batch.pk, scope)
    terms = Terms(
        batch_id=batch.pk,
        kind=kind,
        source=str(batch.profile.get("source", "file")),
        county=batch.county,
        prefixes=tuple(batch.prefixes),
        day=timezone.localdate(),
        reject_outside=batch.profile.get("outside") == "reject",
        cell_digits=settings.GRID_CELL_DIGITS,
        edition_id=base.pk if base else None,
        match_rules=kind.rules_of(batch.profile.get("match")),
    )
    return terms, base
