"""Wrong category or position: decided again, both decisions kept, limits derived by the stated rules, the report untouched."""

from __future__ import annotations

from datetime import timedelta

import pytest

from geodata.errors import DomainError
from gridmgmt.cases import clock, ledger, reference
from gridmgmt.cases.actions import permitted_steps
from gridmgmt.cases.clock import Pause
from gridmgmt.cases.models import Case, CaseHistory, ClockEntry, Report, RoutingRule
from gridmgmt.events.models import OutboxEvent
from tests.cases.test_steps import open_case, step, to_handling
from tests.world import AT, OTHER, World

LATER = AT + timedelta(minutes=30)


def last(case: Case) -> CaseHistory:
    return CaseHistory.objects.filter(case=case).latest("seq")


def spot(world: World, letter: str) -> str:
    lon, lat = world.point(letter)
    return f"{lon},{lat}"


def test_a_corrected_category_is_routed_and_promised_again(world: World) -> None:
    case = open_case(world)
    assert case.department.key == "sanitation_station"
    moved = step(world, case, "acceptor", "correct_category", at=LATER, text="是乱堆物料", category="E0501")
    assert (moved.category_id, moved.stage, moved.department.key) == ("E0501", "reported", "water_company")
    standard = moved.category.standards.get(seq=1)
    assert (moved.standard, moved.limit_value) == (standard, standard.limit_value)
    known = reference.current()

    terms = known.terms(moved.department.path)
    assert moved.due_at == clock.add(standard.limit_value, standard.limit_unit, AT, *terms)
    row = last(case)
    assert row.data["category_before"] == "E0110"
    assert row.data["decision_before"]["rule"] == "E0110"
    assert row.data["decision"]["rule"] == moved.decision["rule"] == "E0501"
    assert RoutingRule.objects.filter(pk=row.data["decision_before"]["rule_id"]).exists()


def test_a_corrected_position_moves_cell_and_map_but_not_the_report(world: World) -> None:
    case = open_case(world)
    before = Report.objects.get(case=case)
    moved = step(world, case, "acceptor", "correct_point", at=LATER, text="定位漂移", point=spot(world, "e"))
    assert moved.cell_code == world.cells["e"].code
    assert moved.decision["cell"] == moved.cell_code
    row = last(case)
    assert (row.data["cell_before"], row.data["cell"]) == (world.cells["A"].code, world.cells["e"].code)
    assert row.data["moved_m"] > 100
    after = Report.objects.get(case=case)
    assert (after.geom.coords, after.payload, after.source_x) == (
        before.geom.coords, before.payload, before.source_x,
    )  # fmt: skip
    stepped = OutboxEvent.objects.filter(topic="case.stepped").latest("created_at")
    assert stepped.cell_code == moved.cell_code
    assert stepped.payload["lon"] == pytest.approx(world.point("e")[0], abs=1e-6)
    left = OutboxEvent.objects.get(topic="case.left")
    assert (left.cell_code, left.payload) == (world.cells["A"].code, {"number": case.number})


def test_before_dispatch_the_department_follows_a_rule_of_the_new_place(world: World) -> None:
    RoutingRule.objects.create(
        key="near-e", category_key="E0110", area_code=world.cells["e"].code, department_key="peace_office"
    )
    case = open_case(world)
    moved = step(world, case, "acceptor", "correct_point", text="定位漂移", point=spot(world, "e"))
    assert moved.department.key == "peace_office"
    assert last(case).data["department_before"] == "sanitation_station"


def test_after_dispatch_the_department_keeps_the_case_and_the_limit_runs_from_its_start(world: World) -> None:
    case = open_case(world)
    to_handling(world, case)
    case.refresh_from_db()
    started = case.clock_started_at
    moved = step(world, case, "dispatcher", "correct_category", at=LATER, text="类别有误", category="E0501")
    assert moved.department.key == "sanitation_station"
    assert last(case).data["department_proposed"] == "water_company"
    assert moved.clock_started_at == started

    terms = reference.current().terms(moved.department.path)
    assert moved.due_at == clock.add(moved.limit_value, moved.limit_unit, started, *terms)
    assert ClockEntry.objects.filter(case=case).latest("seq").kind == "relimit"


def test_a_pause_before_the_correction_still_does_not_count(world: World) -> None:
    case = open_case(world)
    step(world, case, "acceptor", "accept")
    step(world, case, "registrar", "register", standard=1)
    step(world, case, "dispatcher", "dispatch", department=world.department("sanitation_station").pk)
    step(world, case, "handler", "return_case", at=LATER, text="不归我们")
    step(
        world,
        case,
        "dispatcher",
        "correct_category",
        at=LATER + timedelta(hours=1),
        text="类别有误",
        category="E0501",
    )
    moved = step(world, case, "dispatcher", "reject_return", at=LATER + timedelta(hours=2), text="仍请办理")

    terms = reference.current().terms(moved.department.path)
    pause = Pause(LATER, LATER + timedelta(hours=2))
    assert moved.due_at == clock.due_with_pauses(
        moved.limit_value, moved.limit_unit, moved.clock_started_at, [pause], *terms
    )


@pytest.mark.parametrize(
    ("action", "field", "value"),
    [
        ("correct_category", "category", "E9999"),
        ("correct_category", "category", "E0110"),
        ("correct_category", "category", "'; DROP"),
        ("correct_point", "point", "nan,20.5"),
        ("correct_point", "point", "inf,inf"),
        ("correct_point", "point", "114"),
        ("correct_point", "point", "0,0"),
        ("correct_point", "point", "500,20"),
        ("correct_point", "point", "somewhere"),
    ],
)
def test_a_correction_that_cannot_be_is_refused_and_changes_nothing(
    world: World, action: str, field: str, value: str
) -> None:
    case = open_case(world)
    with pytest.raises(DomainError) as error:
        step(world, case, "acceptor", action, text="x", **{field: value})
    assert error.value.status in (400, 422)
    case.refresh_from_db()
    assert (case.version, case.category_id, case.cell_code) == (1, "E0110", world.cells["A"].code)
    assert OutboxEvent.objects.filter(topic="case.left").count() == 0


def test_a_reason_is_needed(world: World) -> None:
    with pytest.raises(DomainError) as error:
        step(world, open_case(world), "acceptor", "correct_category", category="E0501")
    assert error.value.code == "step_needs_field"


def test_a_case_is_not_pushed_into_a_neighbour_street(world: World) -> None:
    lon, lat = world.point("A")
    case = open_case(world)
    with pytest.raises(DomainError) as error:
        step(world, case, "acceptor", "correct_point", text="x", point=f"{lon + 0.02},{lat}")
    assert error.value.data["field"] == "point"
    assert OTHER not in Case.objects.get(pk=case.pk).cell_code


@pytest.mark.parametrize("name", ["worker", "handler", "leader", "supervisor"])
def test_only_the_centre_corrects(world: World, name: str) -> None:
    case = open_case(world)
    offered = {offer.action for offer in permitted_steps(case, world.people[name])}
    assert not offered & {"correct_category", "correct_point"}


def test_the_ledger_still_gives_the_deadline(world: World) -> None:
    case = open_case(world)
    to_handling(world, case)
    step(world, case, "dispatcher", "correct_category", at=LATER, text="类别有误", category="E0501")
    case.refresh_from_db()

    state = ledger.state_of(case, case.clock_entries.order_by("seq"))
    assert state.due_at == case.due_at
