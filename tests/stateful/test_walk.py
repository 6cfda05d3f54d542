"""P1–P5, P8, P10: whatever people do, in whatever order, the platform answers as docs/flows.md says and stays whole.

Short in CI; `GRID_BATTERY=1 ./grid test -n0 -s tests/stateful` walks the long way and prints what was tried.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from gridmgmt.organisation.actions import grant_role
from gridmgmt.organisation.models import Department, Grant, Role, User
from tests.stateful.doors import Doors
from tests.stateful.model import Office, Person, Street
from tests.stateful.walk import Walk
from tests.supervision import scenes
from tests.world import AT, OTHER, STREET, World, _person

LONG = os.environ.get("GRID_BATTERY") == "1"
HOW = settings(
    max_examples=500 if LONG else 10,
    stateful_step_count=80 if LONG else 24,
    deadline=None,
    database=None,
    derandomize=not LONG,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
)
MORE_PEOPLE = (
    ("colleague", Role.HANDLER, STREET, "sanitation_station"),
    ("second_acceptor", Role.ACCEPTOR, STREET, "command_centre"),
    ("second_dispatcher", Role.DISPATCHER, STREET, "command_centre"),
    ("next_acceptor", Role.ACCEPTOR, OTHER, "command_centre"),
    ("next_dispatcher", Role.DISPATCHER, OTHER, "command_centre"),
)


def known_street(world: World) -> Street:
    """People and departments as rows say; grants ordered as the platform reads them."""
    offices = {
        str(row.pk): Office(str(row.pk), row.key, row.path, row.scope_code)
        for row in Department.objects.filter(active=True)
    }
    people = {}
    for name, user in world.people.items():
        rows = Grant.objects.filter(user=user).select_related("department").order_by("scope_code", "role")
        held = tuple((g.scope_code, str(g.role), g.department.path if g.department else "") for g in rows)
        people[name] = Person(name, str(user.pk), held)
    return Street(people, offices, {})


def places(world: World) -> dict[str, tuple[float, float]]:
    """Letters of the drawing, and * for a cell of the other street."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ST_X(p), ST_Y(p) FROM (SELECT ST_PointOnSurface(geom) AS p FROM geodata_cell WHERE code LIKE %s"
            " ORDER BY code LIMIT 1) c", [f"{OTHER}%"],
        )  # fmt: skip
        other = cursor.fetchone()
    return {letter: world.point(letter) for letter in world.cells} | {"*": other}


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(14_400 if LONG else 600)
def test_whatever_people_do_every_promise_holds(
    committed_world: World, time_machine: Any, settings: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("CRITICAL", logger="django.request")  # refusals are what is looked for
    settings.MEDIA_ROOT = tmp_path
    settings.REDIS_URL = "redis://127.0.0.1:1/0"  # P5: the whole walk is made without Redis
    scenes.ready()
    for person in MORE_PEOPLE:
        _person(committed_world, *person)
    grant_role(
        user=committed_world.people["colleague"],
        role=Role.DISPATCHER,
        scope_code=STREET,
        at=AT - timedelta(days=9),
    )
    assert User.objects.count() == len(committed_world.people)
    street, spots = known_street(committed_world), places(committed_world)
    codes = {letter: cell.code for letter, cell in committed_world.cells.items()}
    for letter, (lon, lat) in spots.items():
        street.places[f"{lon:.7f},{lat:.7f}"] = codes.get(letter, f"{OTHER}001001")
    walk = type("OneWalk", (Walk,), {
        "street": street, "spots": spots, "doors": Doors(committed_world), "clock": time_machine, "counted": {},
    })  # fmt: skip
    time_machine.move_to(AT, tick=False)
    run_state_machine_as_test(walk, settings=HOW)
    tried = walk.counted
    print("\n" + ", ".join(f"{what} {count}" for what, count in sorted(tried.items())))
    assert sum(tried.values()) > 200
