"""Departments, demo accounts for every role, duty per cell and phones of the fictional street."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np
from django.contrib.auth.hashers import make_password
from django.db import transaction

from geodata.errors import DomainError
from geodata.models import Area, Cell
from geodata.sample.load import sample_is_there
from geodata.sample.naming import FAMILY, GIVEN
from geodata.sample.randomness import generator
from geodata.sample.records import SOURCE
from gridmgmt.cases.catalogue import found_street
from gridmgmt.cases.statements import raw_connection
from gridmgmt.organisation.models import Department, Device, Duty, Grant, Role, Shift, User
from gridmgmt.sample.identity import stamped_id

DEMO_PASSWORD = "wangge-2026"  # noqa: S105 - public on purpose: these accounts exist only beside sample data
CELLS_PER_WORKER = 2
FIRST_WALK = frozenset(
    {"worker01", "worker02", "sanitation_station", "enforcement_squad", "municipal_service"}
)
CENTRE_ROLES = (
    ("acceptor", Role.ACCEPTOR, "command_centre"),
    ("registrar", Role.REGISTRAR, "command_centre"),
    ("dispatcher", Role.DISPATCHER, "command_centre"),
    ("leader", Role.LEADER, "street_office"),
    ("supervisor", Role.SUPERVISOR, "supervision_office"),
    ("staff", Role.STAFF, "public_service_office"),
    ("importer", Role.IMPORTER, "general_office"),
)


class Roster:
    """Rows of accounts being made; everybody has the same demo password, hashed once."""

    def __init__(self, *, seed: int, at: datetime) -> None:
        self.rng, self.at = generator(seed, "staff"), at
        self.password = make_password(DEMO_PASSWORD)
        self.users: list[User] = []
        self.grants: list[Grant] = []
        self.duties: list[Duty] = []
        self.devices: list[Device] = []
        self.shifts: list[Shift] = []

    def hire(self, username: str) -> User:
        """A new account without any role."""
        name = person_name(self.rng)
        user = User(id=stamped_id(self.at, self.rng), username=username, name=name, password=self.password)
        self.users.append(user)
        return user

    def grant(self, user: User, role: Role, scope_code: str, department: Department | None = None) -> None:
        """A role for a code prefix."""
        row = Grant(user=user, role=role, scope_code=scope_code, department=department, valid_from=self.at)
        row.id = stamped_id(self.at, self.rng)
        self.grants.append(row)

    def answer_for(self, user: User, cell_code: str, rank: int = 1) -> None:
        """Worker's role and duty in a cell, the first or as a stand-in."""
        self.grant(user, Role.WORKER, cell_code)
        duty = Duty(user=user, scope_code=cell_code, rank=rank, valid_from=self.at)
        duty.id = stamped_id(self.at, self.rng)
        self.duties.append(duty)

    def hand_phone(self, user: User, number: int) -> None:
        """A registered phone without a token yet."""
        device = Device(user=user, name=f"演示手机{number:02d}", platform="android", created_at=self.at)
        device.id = stamped_id(self.at, self.rng)
        self.devices.append(device)

    def go_on_duty(self, user: User) -> None:
        """A shift that began two hours ago."""
        row = Shift(user=user, started_at=self.at - timedelta(hours=2), ends_by=self.at + timedelta(hours=10))
        row.id = stamped_id(self.at, self.rng)
        self.shifts.append(row)

    def write(self) -> int:
        """Insert everything; returns the number of accounts."""
        User.objects.bulk_create(self.users)
        Grant.objects.bulk_create(self.grants)
        Duty.objects.bulk_create(self.duties)
        Device.objects.bulk_create(self.devices)
        Shift.objects.bulk_create(self.shifts)
        return len(self.users)


def person_name(rng: np.random.Generator) -> str:
    """A fictional name by the sample's convention."""
    given = "".join(GIVEN[int(k)] for k in rng.integers(len(GIVEN), size=2))
    return FAMILY[int(rng.integers(len(FAMILY)))] + given


def sample_streets() -> list[str]:
    """Codes of the sample's streets, in order."""
    return list(Area.objects.filter(level=9, source=SOURCE).order_by("code").values_list("code", flat=True))


@transaction.atomic
def staff_street(*, street_code: str, seed: int, at: datetime) -> int:
    """Departments of a street and its demo accounts; the number of accounts made, 0 when they are there."""
    if User.objects.filter(username="worker01").exists():
        return 0
    found_street(street_code=street_code)
    roster = Roster(seed=seed, at=at)
    for username, role, key in CENTRE_ROLES:
        department = Department.objects.get(key=key, scope_code=street_code)
        roster.grant(roster.hire(username), role, street_code, department)
    admin = roster.hire("admin")
    admin.is_superuser = admin.is_staff = True
    roster.grant(admin, Role.ADMIN, street_code[:6])
    for department in departments_of(street_code):
        roster.grant(roster.hire(handler_name(department)), Role.HANDLER, department.scope_code, department)
    _hire_workers(roster, street_code)
    return roster.write()


def _hire_workers(roster: Roster, street_code: str) -> None:
    """A worker for every two neighbouring cells of a community, each with a phone; the next one stands in. Two of three
    are on duty."""
    cells = Cell.objects.filter(active=True, code__startswith=street_code).order_by("code")
    by_community: dict[str, list[str]] = {}
    for code in cells.values_list("code", flat=True):
        by_community.setdefault(code[:12], []).append(code)
    number = 0
    for codes in by_community.values():
        beats = [codes[first : first + CELLS_PER_WORKER] for first in range(0, len(codes), CELLS_PER_WORKER)]
        workers: list[User] = []
        for beat in beats:
            number += 1
            workers.append(roster.hire(f"worker{number:02d}"))
            for code in beat:
                roster.answer_for(workers[-1], code)
            roster.hand_phone(workers[-1], number)
            if number % 3:
                roster.go_on_duty(workers[-1])
        for beat, stand_in in zip(beats, [*workers[1:], *workers[:1]], strict=True):
            for code in beat if len(workers) > 1 else ():
                roster.answer_for(stand_in, code, rank=2)


def departments_of(street_code: str) -> Iterator[Department]:
    """Departments of the street's county, of the street and of its communities."""
    for department in Department.objects.order_by("scope_code", "key"):
        if department.scope_code.startswith(street_code) or street_code.startswith(department.scope_code):
            yield department


def handler_name(department: Department) -> str:
    """Account of a department: its key, with the community's number where every community has one."""
    community = department.scope_code[9:12]
    return f"{department.key}_{community}" if community else department.key


def refuse_unless_sample() -> None:
    """DomainError sample_refused when the database holds anything but a sample."""
    with raw_connection().cursor() as cursor:
        if not sample_is_there(cursor):
            message = "There is no sample in this database."
            raise DomainError(code="sample_missing", message=message, status=409)


def demo_accounts(*, everybody: bool = False) -> list[tuple[str, str, str, str]]:
    """(user name, name, roles, department or code) of the demo accounts; without `everybody` one or two of a kind.

    DomainError sample_refused, sample_missing: demo accounts exist only beside sample data.
    """
    refuse_unless_sample()
    places: dict[tuple[str, str, str], list[str]] = {}
    grants = Grant.objects.filter(valid_to=None).select_related("user", "department")
    for grant in grants.order_by("user__username", "scope_code"):
        common = grant.role in (Role.WORKER, Role.HANDLER)
        if everybody or not common or grant.user.username in FIRST_WALK:
            handler_of = grant.department if grant.role == Role.HANDLER else None
            key = (grant.user.username, grant.user.name, grant.role)
            places.setdefault(key, []).append(handler_of.name if handler_of else grant.scope_code)
    order = list(Role.values)
    rows = [(username, name, role, " ".join(where)) for (username, name, role), where in places.items()]
    return sorted(rows, key=lambda row: (order.index(row[2]), row[0]))
