"""A report comes in: found, routed, given its deadline and written in one transaction (DESIGN §4.2).

Two statements: a look-up (cell, revision of reference data, component, the same report if it is already there) and
one call of ``cases_submit_report``. Nothing here touches Redis; the relay is woken after the commit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from django.db import IntegrityError
from psycopg.types.json import Jsonb

from geodata import crs
from geodata.errors import DomainError
from geodata.ids import uuid7
from gridmgmt.cases import clock_book, errors, ledger, reference, statements
from gridmgmt.cases.reference import CategoryRef, Reference, StandardRef
from gridmgmt.cases.routing import Decision, decide
from gridmgmt.cases.workflow import Flow, StageDef
from gridmgmt.events import outbox

LOW_ACCURACY_M = 100.0
CLOCK_SKEW = timedelta(minutes=10)
LATE = timedelta(hours=24)
FIXED = "fixed"


@dataclass(frozen=True, slots=True)
class PhotoDeclaration:
    """A photo the report announces; its bytes follow. Its position is its place in the report."""

    id: UUID
    sha256: bytes
    role: str = "before"


@dataclass(frozen=True, slots=True)
class ReportDraft:
    """What the door has read and checked in form. ``x``/``y`` are in ``datum``; times are aware.

    ``fixed``: put right on the spot; None: yes when a photo after the work is announced.
    """

    id: UUID
    category_key: str
    source: str
    x: float
    y: float
    datum: str
    captured_at: datetime
    payload: dict[str, Any]
    payload_sha256: bytes
    standard_seq: int | None = None
    text: str = ""
    address: str = ""
    accuracy_m: float | None = None
    photos: tuple[PhotoDeclaration, ...] = ()
    component_code: str | None = None
    mock_location: bool = False
    fixed: bool | None = None
    clock_offset_s: float | None = None

    @property
    def is_fixed(self) -> bool:
        """True when the reporter says, or shows by a photo after the work, that it is put right already."""
        return any(photo.role == "after" for photo in self.photos) if self.fixed is None else self.fixed


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends. ``home_code`` takes reports that lie outside every area."""

    user_id: UUID | None
    device_id: UUID | None
    home_code: str
    roles: frozenset[str] = frozenset({"worker"})


@dataclass(frozen=True, slots=True)
class Receipt:
    """The lasting answer to a report."""

    case_id: UUID
    number: str
    stage: str
    version: int
    cell_code: str
    department_id: str | None
    department_name: str
    due_at: datetime | None
    flags: list[str]
    complete: bool
    created: bool


@dataclass(frozen=True, slots=True)
class Manifest:
    """The receipt and which declared photos are here; the phone deletes nothing while ``missing`` has entries."""

    receipt: Receipt
    photos: dict[UUID, str]

    @property
    def missing(self) -> list[UUID]:
        """Photos still expected."""
        return [photo for photo, state in self.photos.items() if state != "stored"]


@dataclass(slots=True)
class Place:
    """Where a point is. ``exact`` is false when no cell covers it and ``code`` is an area's."""

    code: str
    edition_id: UUID | None
    exact: bool = True


@dataclass(slots=True)
class Found:
    """Answer of the look-up statement."""

    revision: int
    cell_code: str | None
    component_id: UUID | None = None
    component_owner: str = ""


@dataclass(slots=True)
class Routed:
    """A point with its cell, rule and deadlines."""

    place: Place
    decision: Decision
    standard: StandardRef | None
    due_at: datetime | None
    near_at: datetime | None = None
    flags: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Prepared:
    """A report found and routed, ready to be written."""

    known: Reference
    flow: Flow
    first: StageDef
    point: tuple[float, float]
    component_id: UUID | None
    routed: Routed


def submit_report(*, draft: ReportDraft, sender: Sender, at: datetime) -> Receipt:
    """Store a report and open its case. Sent again with the same bytes: the same receipt, ``created`` false.

    Errors: report_conflict 409, photo_id_taken 409, unknown_category, category_inactive, standard_unknown,
    unknown_source, no_area 422, report_not_permitted 403, coordinate_* of geodata.crs.
    """
    connection = statements.raw_connection()
    try:
        prepared = _prepare(connection, draft, sender, at)
    except DomainError:
        # A report stored long ago keeps its answer even if its category, source or area is gone since.
        stored = statements.maybe(connection, statements.STORED, (draft.id,))
        if stored is None:
            raise
        return _stored(connection, draft, bytes(stored[0]))
    row = _write(connection, draft, sender, at, prepared)
    if not row[0]:
        return _stored(connection, draft, bytes(row[3]))
    outbox.wake()
    routed, place = prepared.routed, prepared.routed.place
    department = routed.decision.department
    return Receipt(
        case_id=row[1],
        number=row[2],
        stage=prepared.first.key,
        version=1,
        cell_code=place.code,
        department_id=department.id if department else None,
        department_name=department.name if department else "",
        due_at=routed.due_at,
        flags=routed.flags,
        complete=not draft.photos,
        created=True,
    )


def _prepare(
    connection: psycopg.Connection[Any], draft: ReportDraft, sender: Sender, at: datetime
) -> Prepared:
    """Find the place, check the sender, route; nothing is written."""
    position = crs.to_wgs84(draft.x, draft.y, draft.datum)
    point = (position.lon, position.lat)
    found = look_up(connection, *point)
    known = reference.current(found.revision)
    place = _place(connection, known, found, point, sender)
    _component(connection, draft.component_code, found)
    routed = route(
        known, place=place, category_key=draft.category_key, source=draft.source, at=at,
        standard_seq=draft.standard_seq, owner=found.component_owner,
    )  # fmt: skip
    routed.flags.extend(honest_flags(draft, found, at))
    flow = known.flow_for(
        category_key=draft.category_key, code=place.code, source=draft.source, flags=routed.flags
    )
    _check_sender(flow, sender)
    first = flow.stages[flow.first_stage(is_public=known.sources[draft.source])]
    return Prepared(known, flow, first, point, found.component_id, routed)


def look_up(connection: psycopg.Connection[Any], lon: float, lat: float) -> Found:
    """Cell and revision of the reference data, in one prepared statement."""
    revision, code = statements.look_up(connection, lon, lat)
    return Found(revision, code or None)


def code_at(lon: float, lat: float) -> str:
    """Code of the cell at a point in EPSG:4326, else of the smallest area around it; "" where none is."""
    connection = statements.raw_connection()
    found = look_up(connection, lon, lat)
    row = None if found.cell_code else statements.maybe(connection, statements.AREA_AT, (lon, lat))
    return found.cell_code or (row[0] if row else "")


def _component(connection: psycopg.Connection[Any], code: str | None, found: Found) -> None:
    """Complete what was found with the component a report names."""
    row = statements.maybe(connection, statements.COMPONENT, (code,)) if code else None
    if row is not None:
        found.component_id, found.component_owner = row[0], row[1] or ""


def _place(
    connection: psycopg.Connection[Any],
    known: Reference,
    found: Found,
    point: tuple[float, float],
    sender: Sender,
) -> Place:
    """The cell with its edition, else the area around the point, else the sender's own area."""
    if found.cell_code:
        return Place(found.cell_code, known.edition_of(found.cell_code))
    row = statements.maybe(connection, statements.AREA_AT, point)
    code = row[0] if row else sender.home_code
    if not code:
        raise errors.nowhere()
    return Place(code, None, exact=False)


def route(
    known: Reference,
    *,
    place: Place,
    category_key: str,
    source: str,
    at: datetime,
    standard_seq: int | None = None,
    owner: str = "",
) -> Routed:
    """Rule, department and promised deadline for a place; pure but for the reference data in memory."""
    category = known.categories.get(category_key)
    if category is None:
        raise errors.unknown_category(category_key)
    if not category.active:
        raise errors.category_inactive(category_key)
    if source not in known.sources:
        raise errors.unknown_source(source)
    standard = pick_standard(category, standard_seq)
    local = at.astimezone(known.zone)
    decision = decide(
        known.rules,
        known.directory,
        category_key=category_key,
        cell_code=place.code,
        source=source,
        at=at,
        local=local.time(),
        owner=owner,
    )
    flags = [] if place.exact else ["outside_cells"]
    due = near = None
    if standard:
        path = decision.department.path if decision.department else ""
        due, near = clock_book.promise(standard.limit_value, standard.limit_unit, at, known.terms(path))
        estimated = known.estimated(local, due, standard.limit_unit)
        # The limit runs into a year whose holidays are not published: the weekend rule was used, and it shows.
        flags += ["calendar_estimated"] if estimated else []
    if decision.department is None:
        flags.append("no_owner")
    return Routed(place, decision, standard, due, near, flags)


def pick_standard(category: CategoryRef, seq: int | None) -> StandardRef | None:
    """The standard named, or the category's first; a category may have none."""
    if seq is not None and seq not in category.standards:
        raise errors.standard_unknown(category.key, seq)
    wanted = seq if seq is not None else min(category.standards, default=None)
    return None if wanted is None else category.standards[wanted]


def honest_flags(draft: ReportDraft, found: Found, at: datetime) -> list[str]:
    """Facts worth a look that nobody is blamed for."""
    ahead = draft.captured_at - at
    # Our clock minus the phone's when they last spoke: a report made without a network tells it by nothing else.
    behind = timedelta(seconds=draft.clock_offset_s or 0)
    facts = {
        "clock_ahead": ahead > CLOCK_SKEW or -behind > CLOCK_SKEW,
        "clock_behind": behind > CLOCK_SKEW,
        "late": -ahead > LATE,
        "low_accuracy": draft.accuracy_m is not None
        and (draft.accuracy_m > LOW_ACCURACY_M or math.isnan(draft.accuracy_m)),
        "accuracy_unknown": draft.accuracy_m is None,
        "mock_location": draft.mock_location,
        "component_unknown": bool(draft.component_code) and found.component_id is None,
        FIXED: draft.is_fixed,
    }
    return [name for name, true in facts.items() if true]


def _check_sender(flow: Flow, sender: Sender) -> None:
    if not flow.beginning(is_public=False).roles & sender.roles:
        raise errors.report_not_permitted()


def _write(
    connection: psycopg.Connection[Any], draft: ReportDraft, sender: Sender, at: datetime, prepared: Prepared
) -> tuple[Any, ...]:
    """Call the function that writes everything; returns (created, case, number, stored sha256)."""
    known, flow, first, routed = prepared.known, prepared.flow, prepared.first, prepared.routed
    department, standard, place = routed.decision.department, routed.standard, routed.place
    stage_due = ledger.stage_due(first, at, known, place.code)
    why = {**routed.decision.record(), "cell": place.code, "exact": place.exact, "revision": known.revision}
    role = next((r for r in ("worker", "leader", "acceptor") if r in sender.roles), "")
    values = (
        draft.id, Jsonb(draft.payload), draft.payload_sha256, sender.user_id, sender.device_id, draft.captured_at, at,
        draft.datum, draft.x, draft.y, draft.accuracy_m, *prepared.point, routed.flags,
        uuid7(), uuid7(), uuid7(), known.number_prefix(place.code), at.astimezone(known.zone).strftime("%Y%m%d"),
        place.code, place.edition_id, draft.category_key, standard.id if standard else None, draft.source, flow.id, first.key,
        department.id if department else None, department.path if department else "", prepared.component_id,
        draft.text, draft.address, Jsonb(why),
        standard.limit_value if standard else None, standard.limit_unit if standard else "", routed.due_at, stage_due,
        known.calendar.version, role,
        [photo.id for photo in draft.photos], [photo.sha256 for photo in draft.photos],
        [photo.role for photo in draft.photos], Jsonb({"flags": routed.flags}), routed.near_at,
    )  # fmt: skip
    try:
        return statements.one(connection, statements.SUBMIT, values)
    except IntegrityError as error:
        cause = error.__cause__
        if (
            isinstance(cause, psycopg.errors.UniqueViolation)
            and cause.diag.constraint_name == "cases_photo_pkey"
        ):
            raise errors.photo_id_taken() from error
        raise


def _stored(connection: psycopg.Connection[Any], draft: ReportDraft, stored_sha256: bytes) -> Receipt:
    """The receipt of a report that is there already; another content is a conflict."""
    if stored_sha256 != draft.payload_sha256:
        raise errors.report_conflict(stored_sha256, draft.payload_sha256)
    return read_receipt(connection, draft.id)


def read_receipt(connection: psycopg.Connection[Any], report_id: UUID) -> Receipt:
    """The present receipt of a stored report. Error report_unknown 404."""
    row = statements.maybe(connection, statements.RECEIPT, (report_id,))
    if row is None:
        raise errors.report_unknown()
    names = [field.name for field in fields(Receipt)]
    return Receipt(**dict(zip(names, (*row, False), strict=True)))


def manifest(*, report_id: UUID, sender: Sender) -> Manifest:
    """What the server holds of a sender's own report. Error report_unknown 404, also for others' reports."""
    connection = statements.raw_connection()
    owner = statements.maybe(connection, statements.REPORT_OWNER, (report_id,))
    if owner is None or owner[0] != sender.user_id:
        raise errors.report_unknown()
    return Manifest(read_receipt(connection, report_id), photo_states(report_id))


def photo_states(report_id: UUID) -> dict[UUID, str]:
    """Photos announced by a report with "expected" or "stored", in their order."""
    connection = statements.raw_connection()
    return dict(statements.all_rows(connection, statements.REPORT_PHOTOS, (report_id,)))
