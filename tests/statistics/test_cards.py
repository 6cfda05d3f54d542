"""Yellow and red cards by department, person and post: counted where they were raised, less those taken back."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from gridmgmt.cases import reference
from gridmgmt.cases.models import CaseTask
from gridmgmt.organisation.scope import load_scope
from gridmgmt.statistics import board, drill, periods
from gridmgmt.statistics.board import Question
from gridmgmt.statistics.definitions import available
from gridmgmt.supervision import actions
from gridmgmt.supervision.models import Card, SupervisionRule
from gridmgmt.supervision.raising import Finding, raise_cards
from gridmgmt.supervision.rules import load_rules
from gridmgmt.supervision.watched import KINDS
from tests.statistics.conftest import READ_AT, at

NOVEMBER = periods.of("month", date(2026, 11, 1))
YELLOW, RED = "svc_yellow", "svc_red"


def carded(case, key: str, when: datetime) -> Card:
    rule = SupervisionRule.objects.get(key=key)
    run = KINDS[rule.watches].present_runs([case.pk], reference.current())[case.pk]
    (card,) = raise_cards([Finding(run, rule)], at=when)
    return card


@pytest.fixture
def raised(world, month):
    """Of the enforcement squad's case two yellow cards, the second when somebody had it, a red one and a warning; in
    December a yellow one of another case."""
    load_rules()
    rule = SupervisionRule.objects.get(key="case_over")
    rule.pk, rule.key = None, "case_over_again"
    rule.save()
    case = month["sent_on"].case
    over = carded(case, "case_over", at(10, 10))
    doer = world.people["other_handler"]
    month["sent_on"]("other_handler", "sign", at(10, 15))(
        "other_handler", "assign_staff", at(10, 16), staff=doer.pk
    )
    return {
        "over": over,
        "second": carded(case, "case_over_again", at(11, 10)),
        "red": carded(case, "case_urging_over", at(12, 10)),
        "near": carded(case, "case_near", at(9, 15)),
        "december": carded(month["public"].case, "stage_over", at(1, 9, month=12)),
    }


def figure(scope, key: str, row: str | None = None, *, dimension: str = "department", **asked) -> tuple:
    question = Question(NOVEMBER, asked.pop("known_at", READ_AT), **asked)
    table = board.figures(scope, question, dimension=dimension, keys=[key])
    found = table.whole[key] if row is None else table.rows[row][key]
    cell = drill.Cell(key, "numerator", "" if row is None else dimension, row)
    assert drill.count(scope, question, cell) == found.numerator
    assert len(drill.lines(scope, question, cell, most=50)) == found.numerator
    return found.numerator, found.excused


def test_cards_of_the_month_are_counted_by_level(world, raised):
    scope = load_scope(world.leader.pk)
    assert {YELLOW, RED} <= set(available())
    assert figure(scope, YELLOW) == (2, 0)
    assert figure(scope, RED) == (1, 0)


def test_they_stand_with_the_department_they_were_raised_for(world, raised):
    scope = load_scope(world.leader.pk)
    squad = str(world.department("enforcement_squad").pk)
    assert raised["over"].department_id == world.department("enforcement_squad").pk
    assert figure(scope, YELLOW, squad) == (2, 0)
    question = Question(NOVEMBER, READ_AT)
    rows = board.figures(scope, question, dimension="department", keys=[YELLOW, RED]).rows
    assert list(rows) == [squad]
    cell = drill.Cell(RED, "numerator", "department", squad)
    (line,) = drill.lines(scope, question, cell, most=5)
    assert (line.number, line.begun_at, line.due_at) == (
        raised["red"].number, raised["red"].raised_at, raised["red"].due_at,
    )  # fmt: skip


def test_by_person_and_by_post(world, raised):
    scope = load_scope(world.leader.pk)
    assert figure(scope, YELLOW, "", dimension="person") == (1, 0)
    assert figure(scope, RED, str(world.people["other_handler"].pk), dimension="person") == (1, 0)
    posts = board.figures(scope, Question(NOVEMBER, READ_AT), dimension="post", keys=[YELLOW, RED]).rows
    assert {post: row[YELLOW].numerator for post, row in posts.items() if YELLOW in row} == {"handler": 2}


def test_a_card_taken_back_counts_no_more_from_then_on(world, raised):
    scope, card = load_scope(world.leader.pk), raised["over"]
    actions.ask_cancel(card_id=card.pk, by=world.people["supervisor"], at=at(13, 9), reason="职责不符")
    actions.cancel(card_id=card.pk, by=world.leader, at=at(14, 9))
    assert figure(scope, YELLOW) == (1, 1)
    assert figure(scope, YELLOW, known_at=at(13, 12)) == (2, 0), "as it was known the day before"
    cell = drill.Cell(YELLOW, "excused")
    (line,) = drill.lines(scope, Question(NOVEMBER, READ_AT), cell, most=5)
    assert line.number == card.number


def test_scope_and_what_narrows_the_question_hold(world, raised):
    leader = load_scope(world.leader.pk)
    case = raised["over"]
    assert figure(leader, YELLOW, category="E01") == (2, 0)
    assert figure(leader, YELLOW, category="E0110") == (2, 0)
    assert figure(leader, YELLOW, category="E02") == (0, 0)
    assert figure(leader, YELLOW, code=case.cell_code[:12]) == (2, 0)
    assert figure(leader, YELLOW, department=world.department("sanitation_station").pk) == (0, 0)
    assert figure(load_scope(world.people["neighbour"].pk), YELLOW) == (0, 0)


def test_a_card_about_a_task_is_one_about_its_case(world, raised):
    card = raised["december"]
    task = CaseTask.objects.filter(case_id=card.object_id).first()
    fields = {field.attname: getattr(card, field.attname) for field in Card._meta.concrete_fields}
    fields |= {"object_id": task.pk, "watches": "task", "raised_at": at(20, 9)}
    Card.objects.create(**(fields | {"id": task.pk}))
    scope = load_scope(world.leader.pk)
    assert figure(scope, YELLOW) == (3, 0)
    lines = drill.lines(scope, Question(NOVEMBER, READ_AT), drill.Cell(YELLOW, "numerator"), most=5)
    assert [line.case_id for line in lines].count(card.object_id) == 1
