"""Raising cards: snapshot, row, document with its number, history and event in one transaction, each exactly once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from geodata import bulk
from geodata.ids import uuid7
from geodata.models import Area
from gridmgmt.cases import clock, reference
from gridmgmt.cases.reference import Reference
from gridmgmt.events import outbox
from gridmgmt.organisation.models import Department, Grant, Role, User
from gridmgmt.supervision import documents, numbering
from gridmgmt.supervision.models import Card, CardEvent, Notice, NoticeKind, SupervisionRule
from gridmgmt.supervision.thresholds import measure
from gridmgmt.supervision.watched.run import Run

STREET_DIGITS = 9
RAISED = "raise"
CARD_TOPIC, NOTICE_TOPIC = "supervision.card", "supervision.notice"


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that fired on a run. The rest is for urgings by a person, and for a red card its yellow one's number."""

    run: Run
    rule: SupervisionRule
    occasion: int = 0
    by: User | None = None
    text: str = ""
    until: datetime | None = None
    before: str = ""


@dataclass(slots=True)
class _Desk:
    """Names and departments looked up once per batch."""

    known: Reference
    places: dict[str, str] = field(default_factory=dict)
    departments: dict[UUID, Department] = field(default_factory=dict)
    people: dict[UUID, User] = field(default_factory=dict)
    desks: dict[tuple[str, str], UUID | None] = field(default_factory=dict)
    disciplines: dict[str, str] = field(default_factory=dict)

    @classmethod
    def for_runs(cls, runs: Sequence[Run], known: Reference) -> _Desk:
        """Everything the runs name, by a handful of statements however many they are."""
        desk = cls(known)
        streets = {run.cell_code[:STREET_DIGITS] for run in runs}
        desk.places = dict(Area.objects.filter(code__in=streets).values_list("code", "name"))
        for run in runs:
            if run.department_id is None:
                run.department_id = desk.desk_of(run)
        wanted = {run.department_id for run in runs if run.department_id}
        desk.departments = Department.objects.in_bulk(wanted)
        desk.people = User.objects.in_bulk({run.assignee_id for run in runs if run.assignee_id})
        return desk

    def desk_of(self, run: Run) -> UUID | None:
        """The department of whoever owns the stage in that street; the owner of last resort when nobody has one."""
        street = run.cell_code[:STREET_DIGITS]
        key = (run.owner_role, street)
        if key not in self.desks:
            prefixes = [street[:digits] for digits in (STREET_DIGITS, 6)]
            grants = Grant.objects.filter(
                role=key[0], valid_to=None, department__isnull=False, scope_code__in=prefixes
            )
            found = grants.order_by("-scope_code", "id").values_list("department_id", flat=True).first()
            self.desks[key] = found or self._last_resort(prefixes)
        return self.desks[key]

    def _last_resort(self, prefixes: list[str]) -> UUID | None:
        rows = Department.objects.filter(scope_code__in=prefixes, last_resort=True, active=True)
        return rows.order_by("-scope_code").values_list("id", flat=True).first()

    def office(self, street: str) -> documents.Office:
        """Who issues for a street, and its discipline office."""
        if street not in self.disciplines:
            grants = Grant.objects.filter(role=Role.SUPERVISOR, valid_to=None, department__isnull=False)
            row = grants.filter(scope_code__in=[street, street[:6]]).order_by("-scope_code", "id").first()
            self.disciplines[street] = row.department.name if row and row.department else ""
        place = self.places.get(street, street)
        return documents.Office(place, self.disciplines[street] or f"{place}纪检监察机构")


@transaction.atomic
def raise_cards(findings: Sequence[Finding], *, at: datetime) -> list[Card]:
    """The cards that were not there before, with documents, first history row and events; order as given."""
    known = reference.current()
    desk = _Desk.for_runs([finding.run for finding in findings], known)
    cards = [_card(finding, at=at, desk=desk) for finding in findings]
    there = bulk.insert(cards, ignore_conflicts=True)
    new = [(card, finding) for card, finding in zip(cards, findings, strict=True) if card.pk in there]
    bulk.insert(_raised(card, finding) for card, finding in new)
    _issue(new, at=at, desk=desk)
    return [card for card, _ in new]


def _card(finding: Finding, *, at: datetime, desk: _Desk) -> Card:
    run, rule = finding.run, finding.rule
    used, left = _measured(run, at, desk.known)
    has_document = bool(rule.document) and run.ended_at is None
    until = finding.until or _after(finding, at, desk.known) if has_document else None
    return Card(
        id=uuid7(),
        county=run.cell_code[:6],
        cell_code=run.cell_code,
        rule_key=rule.key,
        watches=run.watches,
        object_id=run.object_id,
        run=run.run,
        occasion=finding.occasion,
        level=rule.level,
        score=rule.score,
        raised_at=at,
        finished_late=run.ended_at is not None,
        number=run.number,
        subject=run.subject,
        subject_en=run.subject_en,
        stage=run.stage,
        stage_name=run.stage_names[0],
        stage_name_en=run.stage_names[1],
        limit_value=run.limit_value,
        limit_unit=run.limit_unit,
        started_at=run.started_at,
        due_at=run.due_at,
        used_s=used,
        left_s=left,
        calendar_version=run.calendar_version,
        department=desk.departments.get(run.department_id) if run.department_id else None,
        assignee=desk.people.get(run.assignee_id) if run.assignee_id else None,
        issued_by=finding.by,
        urge_until=until if rule.document == NoticeKind.URGING else None,
        reply_due_at=until,
    )


def _measured(run: Run, at: datetime, known: Reference) -> tuple[int | None, int | None]:
    if run.due_at is None:
        return None, None
    found = measure(
        started_at=run.started_at,
        due_at=run.due_at,
        until=run.ended_at or at,
        unit=run.limit_unit,
        waits=run.waits,
        calendar=known.calendar,
        hours=known.terms(run.hours_path).hours,
    )
    return found.used_s, found.left_s


def _after(finding: Finding, at: datetime, known: Reference) -> datetime | None:
    """The end of the rule's own period, by the hours of whoever must act."""
    rule = finding.rule
    if not rule.urging_value:
        return None
    return clock.add(rule.urging_value, rule.urging_unit, at, *known.terms(finding.run.hours_path))


def _raised(card: Card, finding: Finding) -> CardEvent:
    return CardEvent(card=card, seq=1, action=RAISED, actor=finding.by, at=card.raised_at, text=finding.text)


def _issue(new: Sequence[tuple[Card, Finding]], *, at: datetime, desk: _Desk) -> None:
    """Numbered documents of the cards that have one, and the events of all."""
    series: defaultdict[tuple[str, str], list[tuple[Card, Finding]]] = defaultdict(list)
    for card, finding in new:
        if finding.rule.document and finding.run.ended_at is None:
            series[card.cell_code[:STREET_DIGITS], finding.rule.document].append((card, finding))
    notices: dict[UUID, Notice] = {}
    year = timezone.localtime(at).year
    for (street, kind), members in sorted(series.items(), key=lambda item: item[0]):
        serials = numbering.reserve(street=street, kind=kind, year=year, count=len(members))
        for serial, (card, finding) in zip(serials, members, strict=True):
            notices[card.pk] = _notice(card, finding, street, year, serial, desk)
    bulk.insert(notices.values())
    told = [event_of(card, RAISED) for card, _ in new]
    told += [
        (NOTICE_TOPIC, card.cell_code, path_of(card), {"notice": str(notices[card.pk].pk)})
        for card, _ in new
        if card.pk in notices
    ]
    outbox.append_many(told)


def _notice(card: Card, finding: Finding, street: str, year: int, serial: int, desk: _Desk) -> Notice:
    rule = finding.rule
    office = desk.office(street)
    number = numbering.document_number(place=office.place, kind=rule.document, year=year, serial=serial)
    cause = documents.Cause(
        accepted_at=finding.run.accepted_at,
        text=finding.text,
        issuer=finding.by.name if finding.by else "",
        before=finding.before,
    )
    content = documents.frozen(
        card,
        rule,
        office=office,
        number=number,
        cause=cause,
        work_day_minutes=desk.known.terms(finding.run.hours_path).hours.work_day_minutes,
    )
    return Notice(
        id=uuid7(),
        card=card,
        kind=rule.document,
        street=street,
        year=year,
        serial=serial,
        number=number,
        issued_at=card.raised_at,
        content=content,
    )


def path_of(card: Card) -> str:
    """The department that may hear of a card."""
    return card.department.path if card.department else ""


def event_of(card: Card, action: str) -> tuple[str, str, str, dict[str, Any]]:
    """What the feed tells about a card: no text, no person."""
    payload = {
        "card": str(card.pk),
        "level": card.level,
        "state": card.state,
        "action": action,
        "number": card.number,
        "watches": card.watches,
        "cell_code": card.cell_code,
    }
    return CARD_TOPIC, card.cell_code, path_of(card), payload
