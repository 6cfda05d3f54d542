"""One small street for tests: geometry drawn as a grid of letters, departments, named people. Built in a few inserts.

Every letter is a cell of about 200 m; the same letters in two rows form one cell each per letter. Communities are
upper/lower case. The second street ("neighbour") holds the people who must see nothing.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.contrib.gis.geos import MultiPolygon, Polygon

from geodata.ids import uuid7
from geodata.models import Area, Cell, Edition, EditionState
from gridmgmt.cases import catalogue, reference
from gridmgmt.organisation.actions import assign_duty, grant_role
from gridmgmt.organisation.models import Department, Role, User

ORIGIN = (114.0, 20.5)  # open sea: no real street is there
STEP = 0.002
COUNTY, STREET, OTHER = "009901", "009901001", "009901002"
DRAWING = """
ABCD
ABCD
abcd
efgh
"""
AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)  # Friday 10:00 in Shanghai, a working day
PASSWORD = "only-for-tests-2026"


@dataclass
class World:
    """What tests use by name."""

    people: dict[str, User] = field(default_factory=dict)
    cells: dict[str, Cell] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["people"][name]
        except KeyError:
            raise AttributeError(name) from None

    def department(self, key: str, scope: str = STREET) -> Department:
        """A department by key, searched in the scope and its county."""
        return Department.objects.filter(key=key, scope_code__in=[scope, scope[:6]]).latest("scope_code")

    def point(self, letter: str) -> tuple[float, float]:
        """A point well inside a cell."""
        spot = self.cells[letter].geom.point_on_surface
        return spot.x, spot.y


def square(column: int, row: int, *, shift: float = 0.0) -> Polygon:
    """One letter of the drawing as a square, row 0 at the top."""
    west = ORIGIN[0] + shift + column * STEP
    north = ORIGIN[1] - row * STEP
    return Polygon.from_bbox((west, north - STEP, west + STEP, north))


def _shapes(shift: float) -> dict[str, MultiPolygon]:
    shapes: dict[str, Any] = {}
    for row, line in enumerate(DRAWING.strip().splitlines()):
        for column, letter in enumerate(line):
            piece = square(column, row, shift=shift)
            shapes[letter] = shapes[letter].union(piece) if letter in shapes else piece
    return {letter: MultiPolygon(shape, srid=4326) for letter, shape in shapes.items()}


def _union(shapes: list[MultiPolygon]) -> MultiPolygon:
    whole = shapes[0]
    for shape in shapes[1:]:
        whole = whole.union(shape)
    return whole if isinstance(whole, MultiPolygon) else MultiPolygon(whole, srid=4326)


def _street(code: str, name: str, shift: float, cells: dict[str, Cell]) -> None:
    shapes = _shapes(shift)
    communities = {
        "001": [s for k, s in shapes.items() if k.isupper()],
        "002": [s for k, s in shapes.items() if k.islower()],
    }
    Area.objects.create(code=code, level=9, name=name, parent_id=COUNTY, geom=_union(list(shapes.values())))
    for digits, members in communities.items():
        Area.objects.create(
            code=code + digits, level=12, name=f"{name}{digits}社区", parent_id=code, geom=_union(members)
        )
    edition = Edition.objects.create(scope_code=code, number=1, state=EditionState.ACTIVE, valid_from=AT)
    for serial, (letter, shape) in enumerate(shapes.items(), 1):
        community = code + ("001" if letter.isupper() else "002")
        cell = Cell.objects.create(
            edition=edition, code=f"{community}{serial:03d}", county=code[:6], community_code=community,
            name=f"第{serial}网格", geom=shape, active=True,
        )  # fmt: skip
        if not shift:
            cells[letter] = cell


def build() -> World:
    """The whole world; call it inside a test transaction or a module-scoped database."""
    reference.forget()
    catalogue.apply_catalogue()
    world = World()
    Area.objects.create(code=COUNTY, level=6, name="屿新区", number_prefix="YX")
    _street(STREET, "澜榕街道", 0.0, world.cells)
    _street(OTHER, "汐桥街道", 0.02, {})
    for street in (STREET, OTHER):
        catalogue.found_street(street_code=street)
    _people(world)
    return world


@functools.cache
def _password_hash() -> str:
    """One hash for everybody: argon2 is slow on purpose."""
    return make_password(PASSWORD)


def _person(world: World, name: str, role: str, scope: str, department: str = "") -> None:
    user = User.objects.create(username=name, name=name, password=_password_hash())
    where = world.department(department, scope[:9]) if department else None
    grant_role(user=user, role=role, scope_code=scope, department=where, at=AT.replace(year=2026, month=1))
    world.people[name] = user


def _people(world: World) -> None:
    _person(world, "worker", Role.WORKER, STREET + "001")
    _person(world, "other_worker", Role.WORKER, STREET + "002")
    _person(world, "neighbour", Role.WORKER, OTHER)
    _person(world, "acceptor", Role.ACCEPTOR, STREET, "command_centre")
    _person(world, "registrar", Role.REGISTRAR, STREET, "command_centre")
    _person(world, "dispatcher", Role.DISPATCHER, STREET, "command_centre")
    _person(world, "handler", Role.HANDLER, STREET, "sanitation_station")
    _person(world, "other_handler", Role.HANDLER, STREET, "enforcement_squad")
    _person(world, "leader", Role.LEADER, STREET, "street_office")
    _person(world, "supervisor", Role.SUPERVISOR, STREET, "supervision_office")
    _person(world, "neighbour_leader", Role.LEADER, OTHER, "street_office")
    _person(world, "importer", Role.IMPORTER, COUNTY)
    _person(world, "administrator", Role.ADMIN, STREET)
    assign_duty(scope_code=STREET + "001", user=world.people["worker"], at=AT)


def county_administrator(world: World) -> User:
    """Somebody who may write flows; not part of the small street."""
    _person(world, "county_administrator", Role.ADMIN, COUNTY)
    return world.people["county_administrator"]


def draft(world: World, letter: str = "A", **changes: Any) -> Any:
    """A plain report of exposed rubbish in a cell; any field can be changed."""
    from gridmgmt.cases.intake import ReportDraft

    lon, lat = world.point(letter)
    values: dict[str, Any] = {
        "id": uuid7(), "category_key": "E0110", "source": "worker", "x": lon, "y": lat, "datum": "wgs84",
        "captured_at": AT, "payload": {"text": "x"}, "payload_sha256": b"\x01" * 32, "text": "路边有一堆垃圾",
        "accuracy_m": 8.0,
    }  # fmt: skip
    values.update(changes)
    return ReportDraft(**values)


def sender(world: World, name: str = "worker", device_id: UUID | None = None) -> Any:
    """The sender object of a named person."""
    from gridmgmt.cases.intake import Sender
    from gridmgmt.organisation.scope import load_scope

    scope = load_scope(world.people[name].pk)
    return Sender(
        user_id=world.people[name].pk,
        device_id=device_id,
        home_code=scope.place_prefixes[0],
        roles=frozenset(held.role for held in scope.held),
    )


def stored_photo(case: Any, role: str, at: datetime) -> Any:
    """A photo of a case as if it had been stored at an instant: "after" the work, or on "site" for a check."""
    from gridmgmt.cases.models import Photo

    return Photo.objects.create(
        id=uuid7(), case=case, role=role, sha256=b"\x09" * 32, state="stored", size=10, original="o", copy="c",
        stored_at=at,
    )  # fmt: skip
