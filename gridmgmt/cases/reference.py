"""Catalogue, rules, flows, departments and calendar held in memory, refreshed when their revision rises."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from gridmgmt.cases import calendars, clock, errors
from gridmgmt.cases.choosing import Choice, by_rank, choose
from gridmgmt.cases.clock import Calendar, OfficeHours
from gridmgmt.cases.clock_book import Terms
from gridmgmt.cases.flow_rows import read_flows
from gridmgmt.cases.officehours import EVERYBODY, HoursBook
from gridmgmt.cases.routing import DepartmentRef, Directory, Rule, RuleBook
from gridmgmt.cases.workflow import Flow


@dataclass(frozen=True, slots=True)
class StandardRef:
    """A case standard as routing and clocks need it."""

    id: int
    seq: int
    limit_value: int
    limit_unit: str
    before_photos: int
    after_photos: int


@dataclass(frozen=True, slots=True)
class CategoryRef:
    """A category with its standards by sequence number."""

    key: str
    kind: str
    active: bool
    standards: dict[int, StandardRef]


@dataclass(slots=True)
class Reference:
    """Everything that changes seldom and is needed by every report."""

    revision: int
    categories: dict[str, CategoryRef]
    sources: dict[str, bool]
    rules: RuleBook
    directory: Directory
    flows: dict[int, Flow]
    active_flows: dict[str, Flow]
    procedure_rules: tuple[Choice, ...]
    calendar: Calendar
    office_hours: HoursBook
    number_prefixes: dict[str, str]
    editions: dict[str, UUID]
    zone: ZoneInfo

    @property
    def hours(self) -> OfficeHours:
        """The installation's own office hours."""
        return self.office_hours.hours(EVERYBODY)

    def terms(self, path: str) -> Terms:
        """Today's calendar and the office hours of a department, by its path."""
        return Terms(self.calendar, self.office_hours.hours(path))

    def street_path(self, code: str) -> str:
        """Path of the department that answers for the whole street of a code: stages run by its hours."""
        street = self.directory.owner_of_last_resort(code[:9])
        return street.path if street else EVERYBODY

    def estimated(self, start: datetime, due: datetime | None, unit: str) -> bool:
        """Whether a working limit runs into a year whose holidays are not published: the weekend rule was used."""
        if due is None or unit in clock.ROUND_THE_CLOCK:
            return False
        zone = self.zone
        return not self.calendar.knows(start.astimezone(zone).date(), due.astimezone(zone).date())

    def edition_of(self, code: str) -> UUID | None:
        """The active cell edition that covers a code."""
        for digits in (12, 9, 6):
            edition = self.editions.get(code[:digits])
            if edition is not None:
                return edition
        return None

    def flow_for(self, *, category_key: str, code: str, source: str, flags: Collection[str] = ()) -> Flow:
        """The published flow that a report takes. Error no_procedure: no rule fits, or its flow is not published."""
        chosen = choose(
            self.procedure_rules, category_key=category_key, code=code, source=source, flags=flags
        )
        flow = self.active_flows.get(chosen.procedure_key) if chosen else None
        if flow is None:
            raise errors.no_procedure(chosen.procedure_key if chosen else "")
        return flow

    def number_prefix(self, code: str) -> str:
        """Letters before a case number: the nearest area's own, else the county's digits."""
        for digits in (9, 6):
            prefix = self.number_prefixes.get(code[:digits])
            if prefix:
                return prefix
        return code[:6] or "X"


_lock = threading.Lock()
_current: Reference | None = None


def current(revision: int | None = None) -> Reference:
    """The reference data; pass the revision seen in the database to be sure it is not older than that."""
    global _current  # noqa: PLW0603 - one copy per process is the point
    kept = _current
    if kept is not None and revision is not None and kept.revision >= revision:
        return kept
    if revision is None:
        revision = stored_revision()
        if kept is not None and kept.revision >= revision:
            return kept
    with _lock:
        if _current is None or _current.revision < revision:
            _current = load()
        return _current


def forget() -> None:
    """Drop the copy (tests that roll back the revision with everything else)."""
    global _current  # noqa: PLW0603 - see above
    _current = None
    calendars.load.cache_clear()


def stored_revision() -> int:
    """The revision in the database now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT revision FROM cases_referencerevision WHERE id = 1")
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def load() -> Reference:
    """Read everything; the revision is read first, so a change in between only causes one more reading."""
    revision = stored_revision()
    flows = read_flows()
    calendar, office_hours = calendars.load(calendars.newest())
    return Reference(
        revision=revision,
        categories=_categories(),
        sources=dict(_rows("SELECT key, is_public FROM cases_casesource")),
        rules=RuleBook([Rule(*row) for row in _rows(RULES)]),
        directory=Directory.of(DepartmentRef(*row) for row in _rows(DEPARTMENTS)),
        flows={flow.id: flow for flow in flows},
        active_flows={flow.key: flow for flow in flows if flow.active},
        procedure_rules=by_rank(Choice(*row) for row in _rows(PROCEDURE_RULES)),
        calendar=calendar,
        office_hours=office_hours,
        number_prefixes=dict(_rows("SELECT code, number_prefix FROM geodata_area WHERE number_prefix <> ''")),
        editions=dict(_rows("SELECT scope_code, id FROM geodata_edition WHERE state = 'active'")),
        zone=ZoneInfo(settings.TIME_ZONE),
    )


RULE_COLUMNS = """
SELECT id::text, key, department_key, category_key, area_code, source, component_owner, time_from, time_to,
       valid_from, valid_to FROM cases_routingrule
"""
# Rules that are over stay in the table for ever; decisions of now do not need them (a day for clocks that differ).
RULES = f"{RULE_COLUMNS} WHERE valid_to IS NULL OR valid_to > now() - interval '1 day'"
DEPARTMENTS = """
SELECT id::text, key, name, name_en, path, scope_code, last_resort FROM organisation_department WHERE active
"""
STANDARDS = """
SELECT category_id, id, seq, limit_value, limit_unit, before_photos, after_photos FROM cases_casestandard
"""
PROCEDURE_RULES = "SELECT key, procedure_key, category_key, area_code, source, flag FROM cases_procedurerule"


def _rows(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def _categories() -> dict[str, CategoryRef]:
    standards: dict[str, dict[int, StandardRef]] = defaultdict(dict)
    for key, *row in _rows(STANDARDS):
        standard = StandardRef(*row)
        standards[key][standard.seq] = standard
    rows = _rows("SELECT key, kind, active FROM cases_category")
    return {key: CategoryRef(key, kind, active, standards[key]) for key, kind, active in rows}
