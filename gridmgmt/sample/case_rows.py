"""The month of cases as rows for COPY, in the order of their foreign keys."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg

from geodata.crs import SRID_WGS84
from geodata.sample.bulk import copy_rows
from geodata.sample.randomness import generator
from gridmgmt.cases.reference import Reference
from gridmgmt.sample.casebook import Opened
from gridmgmt.sample.identity import stamped_id
from gridmgmt.sample.pictures import Album, StoredPicture

OWN_PICTURES = 36
INCOMPLETE = 3
_CASE = (
    "id county cell_code number procedure_id stage version category_id standard_id source_id edition_id decision "
    "department_id assignee_id reporter_id component_id master_id text address geom complete reported_at "
    "stage_since stage_due_at limit_value limit_unit clock_started_at clock_stopped_at paused_at paused_until "
    "due_at near_at calendar_version rework_count extensions reopened exempt misdispatch_count marks closed_at"
)
_REPORT = (
    "id case_id county payload payload_sha256 reporter_id device_id captured_at received_at datum source_x source_y "
    "accuracy_m geom flags"
)
_HISTORY = "id case_id seq action from_stage to_stage actor_id role department_id at text data"
_CLOCK = "id case_id seq kind at limit_value limit_unit calendar_version hours_path amount amount_unit due_at"
_REQUEST = (
    "id case_id kind state asked_seq asked_at asked_by_id department_id text data level endorsed_by_id decided_seq decided_at "
    "decided_by_id decision"
)
_PHOTO = (
    "id case_id report_id role position sha256 state size media_type width height original copy thumbnail camera flags "
    "uploaded_by_id created_at stored_at"
)
Row = tuple[Any, ...]


class CaseRows:
    """Turns played cases into rows; pictures are drawn on the way."""

    def __init__(self, month: list[Opened], known: Reference, devices: dict[UUID, UUID], seed: int) -> None:
        self.month, self.known, self.devices = month, known, devices
        self.rng, self.album = generator(seed, "case rows"), Album(seed)
        fresh = [
            o
            for o in month
            if o.role == "worker" and not o.docket.clock_started_at and not o.docket.closed_at
        ]
        self.incomplete = {o.id for o in fresh[-INCOMPLETE:]}
        self.pictured = {o.id for o in month[-OWN_PICTURES:]}

    def write(self, cursor: psycopg.Cursor[Any]) -> dict[str, int]:
        """COPY everything; counts by table."""
        return {
            "cases": copy_rows(cursor, "cases_case", _CASE, map(self._case, self.month)),
            "reports": copy_rows(cursor, "cases_report", _REPORT, map(self._report, self.month)),
            "steps": copy_rows(cursor, "cases_casehistory", _HISTORY, self._history()),
            "clock": copy_rows(cursor, "cases_clockentry", _CLOCK, self._clock()),
            "requests": copy_rows(cursor, "cases_caserequest", _REQUEST, self._requests()),
            "photos": copy_rows(cursor, "cases_photo", _PHOTO, self._photos()),
        }

    def _case(self, o: Opened) -> Row:
        d, place, limit = o.docket, o.routed.place, o.docket.standard
        why = {
            **o.routed.decision.record(),
            "cell": place.code,
            "exact": place.exact,
            "revision": self.known.revision,
        }
        return (
            o.id, place.code[:6], place.code, o.number, d.flow.id, d.stage, d.version, o.topic.category,
            limit and limit.id, o.source, place.edition_id, json.dumps(why, ensure_ascii=False),
            d.department and d.department.id, d.assignee, o.reporter, o.spot.component, d.master, o.text,
            o.spot.address, _point(o), o.id not in self.incomplete, o.at, d.stage_since, d.stage_due_at,
            limit and limit.limit_value, limit.limit_unit if limit else "", d.clock_started_at, d.clock_stopped_at,
            d.paused_at, d.paused_until, d.due_at, d.near_at, self.known.calendar.version, d.rework_count, d.extensions,
            d.reopened, d.exempt, d.misdispatch_count, d.marks, d.closed_at,
        )  # fmt: skip

    def _report(self, o: Opened) -> Row:
        captured = o.at - timedelta(seconds=int(self.rng.integers(20, 600)))
        accuracy = round(float(self.rng.uniform(3, 18)), 1)
        payload = {
            "category": o.topic.category,
            "point": {"x": o.spot.lon, "y": o.spot.lat, "datum": "wgs84", "accuracy_m": accuracy},
            "captured_at": captured.isoformat(),
            "source": o.source,
            "text": o.text,
            "address": o.spot.address,
            "app": "sample",
            **({"fixed": True} if o.docket.is_fixed else {}),
        }
        body = json.dumps(payload, ensure_ascii=False)
        digest = hashlib.sha256(body.encode()).digest()
        device = self.devices.get(o.reporter)
        sent = (o.report_id, o.id, o.spot.cell[:6], body, digest, o.reporter, device, captured, o.at)
        return (*sent, "wgs84", o.spot.lon, o.spot.lat, accuracy, _point(o), list(o.docket.flags))

    def _history(self) -> Iterator[Row]:
        for o in self.month:
            for e in o.docket.history:
                where = (e.actor, e.role, e.department, e.at, e.text, json.dumps(e.data, ensure_ascii=False))
                yield (stamped_id(e.at, self.rng), o.id, e.seq, e.action, e.from_stage, e.to_stage, *where)

    def _clock(self) -> Iterator[Row]:
        for o in self.month:
            for seq, (entry, due_at) in enumerate(o.docket.ticks, 1):
                yield (stamped_id(entry.at, self.rng), o.id, seq, *entry[:8], due_at)

    def _requests(self) -> Iterator[Row]:
        for o in self.month:
            for r in o.docket.requests:
                asked = (
                    r.seq,
                    r.at,
                    r.by,
                    r.department,
                    r.text,
                    json.dumps(r.data, ensure_ascii=False),
                    r.level,
                )
                decided = (r.endorsed_by, r.decided_seq, r.decided_at, r.decided_by, r.decision)
                yield (stamped_id(r.at, self.rng), o.id, r.kind, r.state, *asked, *decided)

    def _photos(self) -> Iterator[Row]:
        for o in self.month:
            limit = o.docket.standard
            before = max(1, limit.before_photos) if limit else 1
            before = 0 if o.docket.is_public else before
            for position in range(1, before + 1):
                yield self._photo(o, position, o.at, "before")
            later = [(at, "after") for at in o.after_photos or []] + [
                (at, "site") for at in o.site_photos or []
            ]
            for position, (taken, role) in enumerate(sorted(later), before + 1):
                yield self._photo(o, position, taken, role)

    def _photo(self, o: Opened, position: int, at: datetime, role: str) -> Row:
        own = o.number if o.id in self.pictured else ""
        after = role == "after" or (
            role == "site" and bool(o.docket.clock_started_at and o.docket.clock_started_at <= at)
        )
        picture = self.album.picture(o.topic.scene, after=after, number=own)
        doer = {"after": "handler", "site": "worker", "before": ""}[role]
        taker = next((e.actor for e in o.docket.history if e.seq > 1 and e.at >= at and e.role == doer), None)
        with_report = o.docket.is_fixed and len(o.docket.history) > 1 and at <= o.docket.history[1].at
        by = o.reporter if with_report or taker is None else taker
        row = (stamped_id(at, self.rng), o.id, o.report_id if role == "before" else None, role, position)
        if o.id in self.incomplete:
            return (*row, picture.sha256, "expected", None, "", None, None, "", "", "", "", [], by, at, None)
        return (*row, *_stored(picture), by, at, at + timedelta(seconds=25 if role == "before" else 0))


def _stored(picture: StoredPicture) -> Row:
    files: Row = (picture.original, picture.copy, picture.thumbnail, "", [])
    return (picture.sha256, "stored", picture.size, "image/jpeg", picture.width, picture.height, *files)


def _point(o: Opened) -> str:
    return f"SRID={SRID_WGS84};POINT({o.spot.lon!r} {o.spot.lat!r})"


def continue_numbers(cursor: psycopg.Cursor[Any], month: list[Opened]) -> None:
    """Let the live numbering go on after the sample's last number of each day."""
    days: dict[tuple[str, str], int] = {}
    for o in month:
        head, serial = o.number.split("-")
        key = (head[:-8], head[-8:])
        days[key] = max(days.get(key, 0), int(serial))
    row = cursor.execute("SELECT nextval('cases_number_seq')").fetchone()
    last = int(row[0]) if row else 0
    rows = []
    for (prefix, day), count in days.items():
        rows.append((prefix, day, last + 1))
        last += 1 + count
    copy_rows(cursor, "cases_numberday", "prefix day base", rows)
    cursor.execute("SELECT setval('cases_number_seq', %s)", [last])
