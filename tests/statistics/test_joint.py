"""Joint cases in figures: handling by branch and department, reporting and closing once, by the case itself."""

from __future__ import annotations

from datetime import date

import pytest

from gridmgmt.organisation.scope import load_scope
from gridmgmt.statistics import audit, board, periods, refresh
from gridmgmt.statistics.board import ALL_DIMENSIONS, Question
from gridmgmt.statistics.definitions import catalogue
from gridmgmt.statistics.models import CaseState
from tests.cases.joint_scenes import branch, done, hour, joint, step
from tests.statistics.conftest import READ_AT

NOVEMBER = Question(periods.of("month", date(2026, 11, 1)), READ_AT)
KEYS = [key for key, indicator in catalogue().items() if indicator.definition]


@pytest.fixture
def case(world):
    """Three working hours for one, which is done in time, four for the other, which is late; failed once, then closed."""
    found = joint(world, at=hour(0.5), sanitation_station=3, enforcement_squad=4)
    done(world, found, 1, at=hour(1))
    done(world, found, 2, at=hour(24 * 3 + 4))
    step(
        world,
        found,
        "worker",
        "check_fail_joint",
        at=hour(24 * 3 + 5),
        text="一处没做",
        branches=[f"{found.number}-1"],
    )
    done(world, found, 1, at=hour(24 * 3 + 6))
    step(world, found, "worker", "check_pass", at=hour(24 * 3 + 7))
    refresh.refresh(at=READ_AT)
    return found


def figures(world, dimension="department"):
    scope = load_scope(world.leader.pk)
    return board.figures(scope, NOVEMBER, dimension=dimension, keys=KEYS)


def test_handling_counts_each_department_by_its_branch(world, case):
    table = figures(world)
    rows = {str(branch(case, n).department_id): n for n in (1, 2)}
    told = {rows[key]: row for key, row in table.rows.items() if key in rows}
    assert [told[n]["due_num"].numerator for n in (1, 2)] == [1, 1]
    assert [told[n]["handle_ontime_rate"].numerator for n in (1, 2)] == [1, 0]
    assert [told[n]["rework_rate"].numerator for n in (1, 2)] == [1, 0]
    assert table.whole["due_num"].numerator == 2


def test_reporting_filing_and_closing_count_the_case_once(world, case):
    whole = figures(world).whole
    for key in ("report_num", "dispatch_num", "close_rate", "register_rate"):
        assert whole[key].numerator == 1, key
    assert whole["close_ontime_rate"].numerator == 0  # the latest of the deadlines had passed
    assert whole["overdue_close_num"].numerator == 1
    assert whole["repeat_num"].numerator == 0


def test_states_say_what_is_joint_and_what_a_branch(world, case):
    last = {row.case_id: row for row in CaseState.objects.filter(valid_to__year=9000)}
    parent, first, second = (last[pk] for pk in (case.pk, branch(case, 1).pk, branch(case, 2).pk))
    assert [(s.joint, s.branch) for s in (parent, first, second)] == [
        (True, False),
        (False, True),
        (False, True),
    ]
    assert (first.reworks, second.reworks, parent.reworks) == (1, 0, 1)
    assert (second.late, first.late) == (True, False)
    assert first.handler_id == world.handler.pk
    assert parent.closed_at is not None
    assert first.closed_at is None


def test_before_it_was_dispatched_jointly_it_was_an_ordinary_case(world, case):
    rows = CaseState.objects.filter(case_id=case.pk).order_by("valid_from")
    assert [row.joint for row in rows[:2]] == [False, True]
    assert not any(row.branch for row in rows)


def test_a_dropped_branch_is_nobodys_work(world):
    case = joint(world)
    step(world, branch(case, 2), "dispatcher", "drop", at=hour(1), text="不需要了")
    refresh.refresh(at=READ_AT)
    state = CaseState.objects.get(case_id=branch(case, 2).pk, valid_to__year=9000)
    assert state.voided_at == hour(1)
    assert state.finished_at is None
    assert figures(world).whole["due_num"].numerator == 1


def test_parts_add_up_and_the_audit_finds_nothing(world, case):
    scope = load_scope(world.leader.pk)
    tables = board.tables(scope, NOVEMBER, dimensions=ALL_DIMENSIONS, keys=KEYS)
    whole = tables["community"].whole
    for key in KEYS:
        for name in ("community", "cell", "department", "major", "minor"):
            found = sum(row[key].numerator for row in tables[name].rows.values() if key in row)
            assert found == pytest.approx(whole[key].numerator), (key, name)
    assert list(audit.differing()) == []
