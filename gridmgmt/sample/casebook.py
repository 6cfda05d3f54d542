"""A month of cases for the sample street: what is reported where and when, and how each case went on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import psycopg

from geodata.sample.randomness import generator
from gridmgmt.cases import clock, intake
from gridmgmt.cases.reference import Reference
from gridmgmt.organisation.models import Department, Duty, Grant, Role
from gridmgmt.sample.cast import Cast
from gridmgmt.sample.docket import Docket
from gridmgmt.sample.identity import stamped_id
from gridmgmt.sample.rhythm import report_times
from gridmgmt.sample.spots import Spot, Spots, with_addresses
from gridmgmt.sample.staff import departments_of
from gridmgmt.sample.story import Story
from gridmgmt.sample.topics import FIXED_SHARE, OFTEN_FIXED, TOPICS, Topic

CASES = 1_500
# Newest cases first: how many wait in which stage today, so that every stage can be seen at any hour.
WAITING = (
    *(("reported", 6), ("pending_register", 5), ("pending_verify", 5), ("pending_dispatch", 6)),
    *(("pending_handle", 12), ("returned", 4), ("handling", 45), ("pending_check", 12), ("hung", 5)),
)
NEARLY_DUE = 14
BEFORE_DISPATCH = timedelta(minutes=65)  # what a report usually takes to be accepted, filed and dispatched
_OWN_SOURCES = ("worker", "worker", "worker", "worker_quick", "inspection", "video", "leader")
_PUBLIC_SOURCES = ("hotline", "hotline", "hotline", "wechat", "portal", "direct_line", "kiosk", "sms")


@dataclass(slots=True)
class Opened:
    """A report as it comes in, before anything happens."""

    id: UUID
    report_id: UUID
    at: datetime
    topic: Topic
    text: str
    source: str
    spot: Spot
    routed: intake.Routed
    docket: Docket
    reporter: UUID
    role: str
    number: str = ""
    master: Opened | None = None
    wait_at: str = ""
    after_photos: list[datetime] | None = None
    site_photos: list[datetime] | None = None


def cast_of(street_code: str, known: Reference) -> Cast:
    """Who acts in the street, from grants and duties."""
    grants = Grant.objects.filter(scope_code=street_code).values_list("role", "user_id")
    handlers = Grant.objects.filter(role=Role.HANDLER).values_list("department_id", "user_id")
    duties = Duty.objects.filter(rank=1, scope_code__startswith=street_code, valid_to=None)
    others = [
        ref
        for department in departments_of(street_code)
        if department.scope_code == street_code and (ref := _ref(known, department)) is not None
    ]
    return Cast(
        by_role=dict(grants),
        worker_of={code: user for code, user in duties.values_list("scope_code", "user_id") if user},
        handler_of={str(department): user for department, user in handlers},
        others=others,
    )


def _ref(known: Reference, department: Department) -> Any:
    return known.directory.by_key.get((department.scope_code, department.key))


def write_month(
    cursor: psycopg.Cursor[Any], *, street_code: str, seed: int, known: Reference, now: datetime
) -> list[Opened]:
    """All cases of the month, played to the present, in order of report; numbers given."""
    rng = generator(seed, "cases")
    classes = sorted({topic.component for topic in TOPICS if topic.component})
    spots = Spots(cursor, street_code, classes, rng)
    cast = cast_of(street_code, known)
    topics = _draw_topics(rng)
    times = report_times(CASES, now=now, zone=known.zone, rng=rng)
    waits = _waiting(times)
    for k in _some_handled(waits):
        times[k] = nearly_due(known, topics[k], now=now) or times[k]
    order = sorted(range(CASES), key=lambda k: times[k])
    places = with_addresses(cursor, [spots.draw(topics[k]) for k in order])
    editions = dict(cursor.execute("SELECT code, edition_id FROM geodata_cell WHERE active").fetchall())
    month: list[Opened] = []
    for k, spot in zip(order, places, strict=True):
        opened = _open(known, cast, times[k], topics[k], spot, waits[k], editions, month, rng)
        month.append(opened)
        _play(opened, cast, known, now, rng)
    _number(month, known)
    return month


def _draw_topics(rng: np.random.Generator) -> list[Topic]:
    weights = np.array([topic.weight for topic in TOPICS])
    return [TOPICS[int(k)] for k in rng.choice(len(TOPICS), size=CASES, p=weights / weights.sum())]


def _waiting(times: list[datetime]) -> list[str]:
    """For each report the stage it waits in, or "" for most."""
    stages = [stage for stage, count in WAITING for _ in range(count)]
    waits = [""] * len(times)
    for back, stage in enumerate(stages):
        waits[len(times) - 1 - back] = stage
    return waits


def _some_handled(waits: list[str]) -> list[int]:
    """A few of the cases that are being handled: they shall be nearly due today."""
    return [k for k, wait in enumerate(waits) if wait == "handling"][:NEARLY_DUE]


def nearly_due(known: Reference, topic: Topic, *, now: datetime) -> datetime | None:
    """When a case must have come in to have used some nine tenths of its limit now; None when no hour fits."""
    standard = intake.pick_standard(known.categories[topic.category], None)
    if standard is None:
        return None
    limit, unit, terms = standard.limit_value, standard.limit_unit, (known.calendar, known.hours)
    whole = clock.remaining(limit, unit, now, now, *terms)
    for quarter_hours in range(2, 20 * 96):
        start = now - timedelta(minutes=15 * quarter_hours)
        if 0.05 <= clock.remaining(limit, unit, start, now, *terms) / whole <= 0.14:
            return start - BEFORE_DISPATCH
    return None


def _open(
    known: Reference,
    cast: Cast,
    at: datetime,
    topic: Topic,
    spot: Spot,
    wait: str,
    editions: dict[str, UUID],
    month: list[Opened],
    rng: np.random.Generator,
) -> Opened:
    master = None if wait else _twin(month, topic, at, rng)
    spot = master.spot if master else spot
    public = wait == "pending_verify" or (wait == "" and rng.random() < topic.public)
    names = _PUBLIC_SOURCES if public else _OWN_SOURCES
    source = names[int(rng.integers(len(names)))]
    place = intake.Place(spot.cell, editions[spot.cell])
    routed = intake.route(
        known, place=place, category_key=topic.category, source=source, at=at, owner=spot.owner
    )
    role = {"leader": "leader"}.get(source, "worker" if source.startswith("worker") else "acceptor")
    fixable = role == "worker" and not wait and topic.category in OFTEN_FIXED
    fixed = fixable and rng.random() < FIXED_SHARE
    flags = (intake.FIXED,) if fixed else ()
    flow = known.flow_for(category_key=topic.category, code=place.code, source=source, flags=flags)
    docket = Docket(
        known, flow, known.sources[source], at, routed.standard, routed.decision.department, spot.cell, flags
    )
    reporter = cast.worker_of[spot.cell] if role == "worker" else cast.by_role[role]
    text = topic.texts[int(rng.integers(len(topic.texts)))]
    ids = stamped_id(at, rng), stamped_id(at, rng)
    return Opened(*ids, at, topic, text, source, spot, routed, docket, reporter, role, "", master, wait)


def _twin(month: list[Opened], topic: Topic, at: datetime, rng: np.random.Generator) -> Opened | None:
    """Now and then the same trouble is reported again within a day."""
    if rng.random() > 0.05:
        return None
    recent = (o for o in reversed(month) if o.topic is topic and not o.master)
    found = next(recent, None)
    return found if found and at - found.at < timedelta(hours=20) else None


def _play(opened: Opened, cast: Cast, known: Reference, now: datetime, rng: np.random.Generator) -> None:
    opened.docket.report(actor=opened.reporter, role=opened.role)
    story = Story(opened.docket, cast, opened.spot.cell, rng, now, known.zone, opened.wait_at)
    if opened.master and not _still_runs(opened.master, opened.at + timedelta(hours=2)):
        opened.master = None  # what was finished meanwhile comes back as a case of its own
    story.play(master=opened.master.id if opened.master else None)
    opened.after_photos, opened.site_photos = story.after_photos, story.site_photos


def _still_runs(master: Opened, at: datetime) -> bool:
    """Only a running case can take others in."""
    closed = master.docket.closed_at
    return closed is None or closed > at


def _number(month: list[Opened], known: Reference) -> None:
    """Numbers as the live function gives them: from one on each local day."""
    serial: dict[str, int] = {}
    for opened in month:
        day = opened.at.astimezone(known.zone).strftime("%Y%m%d")
        serial[day] = serial.get(day, 0) + 1
        opened.number = f"{known.number_prefix(opened.spot.cell)}{day}-{serial[day]:06d}"
    for opened in month:
        if opened.master and opened.docket.stage == "merged":
            opened.docket.history[-1].data["master"] = opened.master.number
