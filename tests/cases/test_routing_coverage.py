"""Matrix, simulator and trial run give the answers of the router itself, within the scope, fast."""

from __future__ import annotations

import math
import time as clocks
from datetime import time, timedelta

import pytest

from geodata.errors import DomainError
from gridmgmt.cases import coverage, reference
from gridmgmt.cases.coverage import Question
from gridmgmt.cases.intake import Place, route, submit_report
from gridmgmt.cases.models import Case, RoutingRule
from gridmgmt.cases.routing import DepartmentRef, Directory, Rule, RuleBook
from gridmgmt.cases.routing_actions import RuleDraft, rule_create, rule_replace
from gridmgmt.cases.routing_dryrun import Change, dry_run
from gridmgmt.cases.routing_queries import cells_in, coverage_of, simulate
from gridmgmt.cases.routing_trace import match_of
from gridmgmt.organisation.models import Department, User
from gridmgmt.organisation.scope import load_scope
from tests.world import AT, OTHER, STREET, World, draft, sender

SOON = AT + timedelta(hours=1)


@pytest.fixture
def admin(world: World) -> User:
    """The installation's administrator."""
    return User.objects.create(username="root", name="root", is_superuser=True)


def scope_of(user: User):
    """A fresh scope."""
    return load_scope(user.pk, everything=user.is_superuser)


def states(world: World, user: User, letter: str, category: str) -> str:
    """State of one square."""
    found = coverage_of(
        scope_of(user), area="", source="worker", owner="", at=AT, now=AT, categories=[category]
    )
    code = world.cells[letter].code
    return next(group.answers[0].state for group in found.groups if code in group.cells)


def test_every_square_is_what_the_router_says(world: World, admin: User) -> None:
    rule_create(
        draft=RuleDraft("peace_office", category_key="E01", area_code=world.cells["B"].code),
        by=admin, at=AT - timedelta(hours=1), reason="x",
    )  # fmt: skip
    found = coverage_of(scope_of(admin), area=STREET, source="worker", owner="", at=AT, now=AT)
    known = reference.current()
    assert sorted(code for group in found.groups for code in group.cells) == cells_in(scope_of(admin), STREET)
    assert len(found.categories) == 311
    for group in found.groups:
        for category, answer in zip(found.categories, group.answers, strict=True):
            for code in group.cells:
                alone = route(known, place=Place(code, None), category_key=category, source="worker", at=AT)
                assert (answer.rule_id, answer.department) == (
                    alone.decision.match.rule.id, alone.decision.department.key,
                )  # fmt: skip
    assert sum(found.counts().values()) == 311 * 12


def test_cells_alike_form_one_group(world: World, admin: User) -> None:
    found = coverage_of(scope_of(admin), area="", source="worker", owner="", at=AT, now=AT)
    assert [len(group.cells) for group in found.groups] == [24]


def test_the_four_faults_of_a_table_are_told_apart(world: World, admin: User) -> None:
    at = AT - timedelta(hours=1)
    for department in ("enforcement_squad", "peace_office"):
        rule_create(
            draft=RuleDraft(department, category_key="E0110", area_code=world.cells["A"].code),
            by=admin, at=at, reason="x", confirmed=True,
        )  # fmt: skip
    assert states(world, admin, "A", "E0110") == coverage.TIED
    assert states(world, admin, "B", "E0110") == coverage.SOUND
    Department.objects.filter(key="sanitation_station", scope_code=STREET).update(active=False)
    assert states(world, admin, "B", "E0110") == coverage.MISSING
    for rule in RoutingRule.objects.filter(key__in=["E0110", "E01"]):
        RoutingRule.objects.filter(pk=rule.pk).update(valid_to=at)
    assert states(world, admin, "B", "E0110") == coverage.LAST_RESORT
    Department.objects.filter(last_resort=True).update(last_resort=False)
    assert states(world, admin, "B", "E0110") == coverage.NOBODY


def test_the_matrix_holds_the_scope_only(world: World) -> None:
    leader = load_scope(world.leader.pk)
    assert all(code.startswith(STREET) for code in cells_in(leader))
    assert cells_in(leader, OTHER) == []
    assert cells_in(leader, "%") == []
    assert len(cells_in(leader, STREET + "002")) == 8


def test_a_district_of_2000_cells_is_answered_at_once() -> None:
    streets = [f"009901{street:03d}" for street in range(1, 11)]
    departments = [
        DepartmentRef(f"{street}-{number}", f"d{number}", "", "", "/", street, number == 0)
        for street in streets
        for number in range(30)
    ]
    categories = [f"E{major:02d}{minor:02d}" for major in range(1, 12) for minor in range(1, 29)][:311]
    rules = [Rule(str(n), key, f"d{n % 30}", category_key=key) for n, key in enumerate(categories)]
    rules += [Rule("near", "near", "d3", category_key="E0101", area_code=f"{streets[0]}001001")]
    cells = [f"{street}{c:03d}{n:03d}" for street in streets for c in range(1, 11) for n in range(1, 21)]
    begun = clocks.perf_counter()
    found = coverage.matrix(
        RuleBook(rules), Directory.of(departments), cells=cells, categories=categories,
        question=Question("worker", AT, time(10)),
    )  # fmt: skip
    assert clocks.perf_counter() - begun < 3
    assert sum(len(group.cells) for group in found.groups) == 2000
    assert sorted(len(group.cells) for group in found.groups) == [1, 1999]


def test_the_simulator_tells_the_chain_and_the_runner_up(world: World, admin: User) -> None:
    rule_create(
        draft=RuleDraft("peace_office", category_key="E0110", area_code=STREET),
        by=admin, at=AT - timedelta(hours=1), reason="x",
    )  # fmt: skip
    told = simulate(
        scope_of(admin), point=world.point("A"), category_key="E0110", source="worker", at=AT, now=AT
    )
    assert told.cell_code == world.cells["A"].code
    assert told.decision.department.key == "peace_office"
    assert told.runner_up.key == "E0110"
    assert told.runner_up_department.key == "sanitation_station"
    assert told.due_at > AT
    outcomes = {verdict.rule.key: (verdict.outcome, verdict.criterion) for verdict in told.verdicts}
    assert outcomes["E0110"] == ("less_specific", "area")
    assert outcomes["E01"] == ("less_specific", "category")
    assert match_of(told.verdicts) == told.decision.match


def test_each_rule_that_does_not_fit_says_why(world: World, admin: User) -> None:
    at = AT - timedelta(hours=1)
    misfits = {
        "other_area": {"area_code": world.cells["a"].code},
        "other_source": {"source": "hotline"},
        "outside_hours": {"time_from": time(22), "time_to": time(6)},
        "not_yet": {"valid_from": AT + timedelta(days=1), "area_code": STREET},
    }
    keys = {
        outcome: rule_create(
            draft=RuleDraft("peace_office", category_key="E0110", **changes), by=admin, at=at, reason="x"
        ).key
        for outcome, changes in misfits.items()
    }
    told = simulate(
        scope_of(admin), code=world.cells["A"].code, category_key="E0110", source="worker", at=AT, now=AT
    )
    outcomes = {verdict.rule.key: verdict.outcome for verdict in told.verdicts}
    assert {outcome: outcomes[key] for outcome, key in keys.items()} == {name: name for name in misfits}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"category_key": "E9999"}, "unknown_category"),
        ({"source": "rumour"}, "unknown_source"),
        ({"owner": "nobody"}, "owner_unknown"),
        ({"point": (math.nan, 20.5)}, "coordinate_not_finite"),
        ({"point": (math.inf, 20.5)}, "coordinate_not_finite"),
        ({"point": (400.0, 20.5)}, None),
        ({"point": (0.0, 0.0)}, "place_unknown"),
        ({"point": None, "code": ""}, "place_missing"),
        ({"point": None, "code": "999999"}, "place_unknown"),
        ({"at": AT + timedelta(days=9000)}, "time_out_of_range"),
    ],
)
def test_what_cannot_be_simulated_is_said_clearly(
    world: World, admin: User, changes: dict[str, object], code: str | None
) -> None:
    values = {"point": world.point("A"), "category_key": "E0110", "source": "worker", "at": AT, "now": AT}
    with pytest.raises(DomainError) as error:
        simulate(scope_of(admin), **{**values, **changes})
    assert code is None or error.value.code == code
    assert error.value.status < 500


def test_a_place_of_a_neighbour_is_no_place(world: World) -> None:
    with pytest.raises(DomainError) as error:
        simulate(
            load_scope(world.neighbour_leader.pk), point=world.point("A"), category_key="E0110",
            source="worker", at=AT, now=AT,
        )  # fmt: skip
    assert error.value.code == "place_unknown"


def report(world: World, letter: str, *, at=AT, **changes) -> Case:
    """A case reported at a time."""
    receipt = submit_report(draft=draft(world, letter, **changes), sender=sender(world), at=at)
    return Case.objects.get(pk=receipt.case_id)


def test_a_trial_run_tells_what_would_move_and_changes_nothing(world: World, admin: User) -> None:
    inside, outside = report(world, "A"), report(world, "B")
    change = Change(RuleDraft("peace_office", category_key="E0110", area_code=world.cells["A"].code))
    found = dry_run(scope_of(admin), change=change, now=SOON)
    assert (found.touched, found.moved) == (1, 1)
    assert [(flow.before, flow.after, flow.cases, flow.still_open) for flow in found.flows] == [
        ("sanitation_station", "peace_office", 1, 1)
    ]
    assert [case.number for case in found.cases] == [inside.number]
    assert RoutingRule.objects.filter(department_key="peace_office", category_key="E0110").count() == 0
    outside.refresh_from_db()
    assert outside.department.key == "sanitation_station"


def test_a_trial_run_of_a_window_moves_only_cases_of_those_hours(world: World, admin: User) -> None:
    night = report(world, "A", at=AT - timedelta(hours=10))  # midnight in Shanghai
    report(world, "A", at=AT)
    draft_ = RuleDraft("peace_office", category_key="E0110", time_from=time(22), time_to=time(6))
    found = dry_run(scope_of(admin), change=Change(draft_), now=SOON)
    assert found.touched == 2
    assert [case.number for case in found.cases] == [night.number]


def test_taking_a_rule_away_is_tried_too(world: World, admin: User) -> None:
    report(world, "A")
    rule = RoutingRule.objects.get(key="E0110")
    found = dry_run(scope_of(admin), change=Change(removed=rule.pk), now=SOON)
    assert [(flow.before, flow.after) for flow in found.flows] == [
        ("sanitation_station", "enforcement_squad")
    ]


def test_what_a_trial_run_foretells_happens(world: World, admin: User) -> None:
    report(world, "A")
    rule = RoutingRule.objects.get(key="E0110")
    changed = RuleDraft("peace_office", category_key="E0110")
    foretold = dry_run(scope_of(admin), change=Change(changed, rule.pk), now=SOON)
    rule_replace(rule_id=rule.pk, draft=changed, by=admin, at=SOON, reason="x")
    again = report(world, "A", at=SOON)
    assert foretold.flows[0].after == again.department.key == "peace_office"


def test_a_trial_run_counts_only_areas_one_administers(world: World) -> None:
    report(world, "A")
    change = Change(RuleDraft("peace_office", category_key="E0110"))
    for name in ("leader", "neighbour_leader", "worker"):
        assert dry_run(load_scope(world.people[name].pk), change=change, now=SOON).touched == 0
