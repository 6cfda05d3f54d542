"""What a case must be after each step, and what must be answered to one: a second, smaller reading of docs/flows.md.

Deadlines and the choice of a worker or department by rule have proofs of their own; the model reads them from the case.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zlib import crc32
from zoneinfo import ZoneInfo

from tests.stateful.flowtable import CHOICES, MOST_GRANTED, STAGES, STANDARDS, Row, offers

ZONE = ZoneInfo("Asia/Shanghai")
DONE = (200, "")
DECIDING = ("endorse", "grant", "refuse")
ENDS = {"grant": "granted", "refuse": "refused", "withdraw": "withdrawn"}
YEAR = timedelta(days=366)
LONG_AGO = datetime(2000, 1, 1, tzinfo=ZONE)


def midnight(day: str) -> datetime:
    """When a local day begins."""
    return datetime.combine(date.fromisoformat(day), time.min, tzinfo=ZONE)


@dataclass(frozen=True)
class Office:
    """A department."""

    id: str
    key: str
    path: str
    scope: str


@dataclass(frozen=True)
class Person:
    """Somebody and what they hold: (prefix, role, path of the department or ""), as the platform orders it."""

    name: str
    id: str
    held: tuple[tuple[str, str, str], ...]

    def sees(self, code: str, path: str) -> bool:
        """Whether something at a place, of a department, is theirs to see."""
        return any(
            code.startswith(prefix) and (role != "handler" or (path != "" and path.startswith(own)))
            for prefix, role, own in self.held
        )

    def holds(self, role: str, code: str) -> bool:
        return any(role == one and code.startswith(prefix) for prefix, one, _path in self.held)


@dataclass
class Asked:
    """A request of a case."""

    kind: str
    by: str
    data: dict[str, Any]
    state: str = "open"
    level: int = 0
    endorsed_by: str = ""


@dataclass
class Matter:
    """One case as it must be. What stands below the line is read from the case before a step is judged."""

    id: str
    number: str
    category: str
    standard: int
    code: str
    public: bool
    reporter: str
    at: datetime
    department: Office | None
    procedure: str = "street_case"
    stage: str = "reported"
    version: int = 1
    assignee: str = ""
    master: str = ""
    marks: set[str] = field(default_factory=set)
    rework: int = 0
    misdispatch: int = 0
    extensions: int = 0
    reopened: bool = False
    exempt: bool = False
    paused: bool = False
    paused_until: datetime | None = None
    begun: datetime | None = None
    since: datetime = LONG_AGO
    asked: list[Asked] = field(default_factory=list)
    photos: list[tuple[str, datetime]] = field(default_factory=list)
    # ---
    overdue: bool = False
    holder: str = ""
    claimed: bool = False

    def __post_init__(self) -> None:
        self.since = self.at

    @property
    def final(self) -> bool:
        return STAGES[self.procedure, self.stage].is_final

    @property
    def path(self) -> str:
        return self.department.path if self.department else ""

    @property
    def draw(self) -> int:
        """0 to 99, from the microsecond in which the report came in."""
        return crc32(self.at.astimezone(UTC).isoformat(timespec="microseconds").encode()) % 100

    def open_request(self, kind: str) -> Asked | None:
        return next((one for one in self.asked if one.kind == kind and one.state == "open"), None)

    def seen_by(self, person: Person) -> bool:
        return self.reporter == person.name or person.sees(self.code, self.path)

    def has_proof(self, name: str) -> bool:
        """Enough photos since the work, or the stage, began."""
        wanted = STANDARDS[self.category][self.standard]
        if name == "photo_site":
            return wanted == 0 or any(role == "site" and at >= self.since for role, at in self.photos)
        since = self.begun or self.at
        return sum(role == "after" and at >= since for role, at in self.photos) >= wanted


@dataclass
class Attempt:
    """A step somebody tries. ``photos`` are those that come with it."""

    person: Person
    action: str
    version: int
    text: str = ""
    fields: dict[str, Any] = field(default_factory=dict)
    photos: int = 0


@dataclass
class Street:
    """What the model knows of the place."""

    people: dict[str, Person]
    offices: dict[str, Office]
    places: dict[str, str]  # "lon,lat" → code
    matters: dict[str, Matter] = field(default_factory=dict)

    def role_for(self, row: Row, matter: Matter, person: Person) -> str:
        """The role by which somebody may take a step, "" for none."""
        for prefix, role, path in person.held:
            fits = {
                "any": True,
                "own_cell": True,
                "own_department": bool(path) and matter.path.startswith(path),
                "assignee": matter.assignee == person.name,
            }[row.relation]
            if role in row.roles and matter.code.startswith(prefix) and fits:
                return role
        return ""

    def row_of(self, matter: Matter, action: str) -> Row | None:
        here = offers(matter.procedure, matter.stage, public=matter.public)
        return next((row for row in here if row.action == action), None)

    def judge(self, matter: Matter, attempt: Attempt, now: datetime) -> tuple[int, str]:
        """What must be answered: the first refusal, in the order in which docs/flows.md lists them."""
        return next(self._refusals(matter, attempt, now), DONE)

    def _refusals(self, matter: Matter, attempt: Attempt, now: datetime) -> Iterator[tuple[int, str]]:
        if not matter.seen_by(attempt.person):
            yield 404, "case_unknown"
        if attempt.version != matter.version:
            yield 409, "case_version_stale"
        row = self.row_of(matter, attempt.action)
        if row is None:
            yield 409, "step_out_of_table"
            return
        role = self.role_for(row, matter, attempt.person)
        if not role:
            yield 403, "step_not_permitted"
        if self.is_blocked(row, matter):
            yield 409, "step_blocked"
        asked = matter.open_request(row.request) if row.move in DECIDING else None
        if asked and attempt.person.name in (asked.by, asked.endorsed_by):
            yield 403, "request_own"
        yield from self._of_fields(row, matter, attempt, self.with_what_was_asked(row, asked, attempt), now)
        leaves = row.to_stage not in ("*", matter.stage)
        owner = STAGES[matter.procedure, matter.stage].owner
        if leaves and matter.claimed and role == owner and matter.holder != attempt.person.name:
            yield 409, "task_claimed"  # who has taken a task on does it, as far as colleagues go

    def with_what_was_asked(self, row: Row, asked: Asked | None, attempt: Attempt) -> dict[str, Any]:
        given = dict(attempt.fields)
        for name in ("days", "until"):
            if asked and name in row.requires and not given.get(name) and name in asked.data:
                given[name] = asked.data[name]
        return given

    def is_blocked(self, row: Row, matter: Matter) -> bool:
        holds = {
            "overdue": matter.overdue,
            "not_overdue": not matter.overdue,
            "assigned": bool(matter.assignee),
            "unassigned": not matter.assignee,
            "not_exempt": not matter.exempt,
            "not_joint": True,
        }
        for guard in row.guards:
            word, _, argument = guard.partition(":")
            if word == "undrawn":
                holds[guard] = matter.draw >= int(argument)
            elif word in ("marked", "unmarked"):
                holds[guard] = (argument in matter.marks) == (word == "marked")
        if not all(holds[guard] for guard in row.guards):
            return True
        asked = matter.open_request(row.request) if row.request else None
        if row.move == "ask":
            granted = sum(one.kind == row.request and one.state == "granted" for one in matter.asked)
            most = MOST_GRANTED[matter.procedure, row.request]
            return asked is not None or (most is not None and granted >= most)
        return bool(row.move) and (asked is None or row.level not in (None, asked.level))

    def _of_fields(
        self, row: Row, matter: Matter, attempt: Attempt, given: dict[str, Any], now: datetime
    ) -> Iterator[tuple[int, str]]:
        there = {name for name, value in given.items() if value not in ("", None)}
        there |= {"text", "reason"} if attempt.text else set()
        there |= {name for name in ("photo_after", "photo_site") if matter.has_proof(name)}
        if set(row.requires) - there:
            yield 422, "step_needs_field"
        if set(given) - row.fields:
            yield 422, "step_field_invalid"
        person = attempt.person
        if not all(self.is_right(name, value, matter, person, row, now) for name, value in given.items()):
            yield 422, "step_field_invalid"
        master = self.matters.get(matter.master)
        if "unmerge" in row.effects and master and master.final:
            yield 409, "unmerge_too_late"

    def is_right(
        self, name: str, value: Any, matter: Matter, person: Person, row: Row, now: datetime
    ) -> bool:
        """Whether a field's value is possible."""
        return {
            "department": lambda: value in self.offices and matter.code.startswith(self.offices[value].scope),
            "standard": lambda: value in STANDARDS[matter.category],
            "staff": lambda: self.works_there(value, matter.path),
            "master": lambda: self.may_lead(value, matter, person),
            "category": lambda: value in STANDARDS and value != matter.category,
            "point": lambda: self.may_lie(self.places.get(value, ""), matter, person, row),
            "until": lambda: timedelta(0) < midnight(value) - now <= YEAR,
            "days": lambda: 1 <= value <= 365,
            "reason_class": lambda: value in CHOICES[matter.procedure, name],
        }[name]()

    def works_there(self, person_id: str, path: str) -> bool:
        held = [path for one in self.people.values() if one.id == person_id for _, _, path in one.held]
        return bool(path) and any(own.startswith(path) for own in held)

    def may_lie(self, code: str, matter: Matter, person: Person, row: Row) -> bool:
        return code[:6] == matter.code[:6] and person.holds(self.role_for(row, matter, person), code)

    def may_lead(self, number: str, matter: Matter, person: Person) -> bool:
        other = self.matters.get(number)
        followed = any(one.master == matter.number for one in self.matters.values())
        return (
            other is not None
            and other is not matter
            and other.seen_by(person)
            and other.category == matter.category
            and not other.master
            and not other.final
            and not followed
        )
