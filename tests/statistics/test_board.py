"""Parts add up to the whole, lists are as long as numbers, and a past day stays what it was."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geodata.errors import DomainError
from gridmgmt.contact.models import Rating
from gridmgmt.organisation.models import Department
from gridmgmt.organisation.scope import NOBODY, load_scope
from gridmgmt.statistics import audit, board, drill, periods, refresh, snapshots
from gridmgmt.statistics.board import ALL_DIMENSIONS, Question
from gridmgmt.statistics.definitions import catalogue
from gridmgmt.statistics.figures import Figure
from gridmgmt.statistics.models import CaseState, FactMark, Snapshot
from tests.statistics.conftest import READ_AT, at
from tests.world import STREET

NOVEMBER = periods.of("month", date(2026, 11, 1))
KEYS = [key for key, indicator in catalogue().items() if indicator.definition]


def leader(world):
    return load_scope(world.leader.pk)


def shown(scope, question, dimension="community"):
    found = board.figures(scope, question, dimension=dimension, keys=KEYS)
    return {key: (f.numerator, f.denominator, f.excused) for key, f in found.whole.items()}


def test_parts_add_up_to_the_whole(world, month):
    question = Question(NOVEMBER, READ_AT)
    whole = shown(leader(world), question)
    tables = board.tables(leader(world), question, dimensions=ALL_DIMENSIONS, keys=KEYS)
    for key, table in ((key, table) for key in KEYS for table in tables.values()):
        figures = [row[key] for row in table.rows.values() if key in row]
        assert sum(f.numerator for f in figures) == pytest.approx(whole[key][0]), key
        if whole[key][1] is not None and not catalogue()[key].definition.peers:
            assert sum(f.denominator for f in figures) == whole[key][1], key


def test_who_holds_no_role_has_a_board_of_nothing(world, month):
    """The filter of an empty scope is a statement too; the page was an error 500."""
    counted = shown(NOBODY, Question(NOVEMBER, READ_AT))
    assert {numerator for numerator, _below, _moved in counted.values()} == {0}
    assert drill.count(NOBODY, Question(NOVEMBER, READ_AT), drill.Cell(KEYS[0], "numerator")) == 0


def test_every_number_opens_a_list_as_long_as_it_is(world, month):
    scope, question = leader(world), Question(NOVEMBER, READ_AT)
    for dimension, table in board.tables(scope, question, dimensions=ALL_DIMENSIONS, keys=KEYS).items():
        assert table.rows
        for row, figures in table.rows.items():
            for key, figure in figures.items():
                if figure.numerator or figure.denominator:
                    check_lists(scope, question, dimension, row, key, figure)


def check_lists(scope, question, dimension, row, key, figure):
    definition = catalogue()[key].definition
    cell = drill.Cell(key, "numerator", dimension, row)
    listed = drill.lines(scope, question, cell, most=1000)
    assert drill.count(scope, question, cell) == len(listed)
    if definition.value:
        assert sum(line.amount for line in listed) == pytest.approx(figure.numerator)
    else:
        assert len(listed) == figure.numerator, (dimension, row, key)
    if figure.denominator is not None:
        below = drill.Cell(key, "denominator", dimension, row)
        assert drill.count(scope, question, below) == figure.denominator, (dimension, row, key)
    assert drill.count(scope, question, drill.Cell(key, "excused", dimension, row)) == figure.excused


@given(
    first=st.integers(1, 28), length=st.integers(0, 20), known=st.integers(0, 40),
    who=st.sampled_from(["leader", "handler", "other_worker", "neighbour_leader", "acceptor"]),
    dimension=st.sampled_from(sorted(ALL_DIMENSIONS)), code=st.sampled_from(["", STREET + "001", STREET + "002"]),
    category=st.sampled_from(["", "E", "E01", "C"]),
)  # fmt: skip
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_lists_equal_numbers_whatever_is_asked(
    world, month, first, length, known, who, dimension, code, category
):
    day = date(2026, 11, first)
    period = periods.free(day, day + timedelta(days=length))
    question = Question(period, at(1, 0) + timedelta(days=known), code=code, category=category)
    scope = load_scope(world.people[who].pk)
    table = board.figures(scope, question, dimension=dimension, keys=KEYS)
    # Who may not compare persons is shown no row but the own one (sheet), and no list of another (drill).
    alone = dimension == board.PERSON and not board.compares_persons(scope)
    for row, figures in table.rows.items():
        if alone and row != str(scope.user_id):
            with pytest.raises(DomainError, match="no such figure"):
                drill.count(scope, question, drill.Cell(KEYS[0], "numerator", dimension, row))
            continue
        for key, figure in figures.items():
            if figure.numerator or figure.denominator:
                check_lists(scope, question, dimension, row, key, figure)


def test_a_past_day_stays_what_it_was(world, month):
    question = Question(NOVEMBER, board.end_of(date(2026, 11, 9)))
    before = shown(leader(world), question)
    month["public"]("worker", "check_pass", at(10, 9))
    month["sent_on"]("other_handler", "sign", at(10, 9)).fed_back(at(10, 10), who="other_handler")
    month["in_time"]("supervisor", "reopen", at(11, 9), "又堆上了")
    month["late"]("handler", "appeal", at(11, 9), "车辆故障")(
        "dispatcher", "endorse_appeal", at(11, 10), "属实"
    )
    month["late"]("acceptor", "approve_appeal", at(12, 9), "属实")
    refresh.refresh(at=READ_AT)
    assert shown(leader(world), question) == before
    assert shown(leader(world), Question(NOVEMBER, READ_AT)) != before


def test_an_upheld_appeal_moves_the_number_and_says_so(world, month):
    month["late"]("handler", "appeal", at(1, 9, month=12), "车辆故障")
    month["late"]("dispatcher", "endorse_appeal", at(1, 10, month=12), "属实")
    month["late"]("acceptor", "approve_appeal", at(2, 9, month=12), "属实")
    refresh.refresh(at=READ_AT)
    decided = shown(leader(world), Question(NOVEMBER, at(2, 10, month=12)))
    before = shown(leader(world), Question(NOVEMBER, at(2, 8, month=12)))
    assert (before["handle_ontime_rate"], decided["handle_ontime_rate"]) == ((3, 5, 0), (4, 5, 1))
    assert (before["overdue_close_num"], decided["overdue_close_num"]) == ((1, None, 0), (0, None, 1))
    assert decided["timeout_multiple"] == before["timeout_multiple"]  # how late it was stays a fact


def test_a_hung_case_counts_again_when_it_goes_on(world, month):
    month["hung"]("dispatcher", "resume", at(10, 9))
    refresh.refresh(at=READ_AT)
    found = shown(leader(world), Question(NOVEMBER, READ_AT))
    assert found["due_num"][0] == 6
    assert found["close_rate"][:2] == (3, 6)


def test_a_delay_is_asked_for_after_its_new_limit(world, walk):
    c = walk(at(16, 8)).filed(at(16, 8.5), at(16, 9)).dispatched(at(16, 9))("handler", "sign", at(16, 9.5))
    c("handler", "request_delay", at(16, 10), "等配件", days=1)(
        "dispatcher", "approve_delay", at(16, 11), days=1
    )
    refresh.refresh(at=READ_AT)
    day = periods.of("day", date(2026, 11, 16))
    found = shown(leader(world), Question(day, READ_AT))
    assert (found["due_num"][0], found["close_rate"][1]) == (0, 0)
    found = shown(leader(world), Question(NOVEMBER, READ_AT))
    assert (found["due_num"][0], found["close_rate"][1]) == (1, 1)


def test_each_level_sees_its_own(world, month):
    question = Question(NOVEMBER, READ_AT)
    assert shown(load_scope(world.neighbour_leader.pk), question) == {
        key: (0, None if figure[1] is None else 0, 0)
        for key, figure in shown(leader(world), question).items()
    }
    sanitation = shown(load_scope(world.handler.pk), question)
    assert sanitation["due_num"][0] == 4  # not the one that enforcement has
    assert shown(leader(world), Question(NOVEMBER, READ_AT, code=STREET + "002"))["report_num"][0] == 2


def test_a_number_that_does_not_exist_has_no_list(world, month):
    question = Question(NOVEMBER, READ_AT)
    for cell in (
        drill.Cell("dept_score", "numerator"),
        drill.Cell("due_num", "x"),
        drill.Cell("due_num", "numerator", "x", ""),
    ):
        with pytest.raises(DomainError, match="figure_unknown"):
            drill.count(leader(world), question, cell)


def test_only_answers_count_as_satisfaction(world, month):
    for name, value, day in (
        ("in_time", "basically", 3),
        ("late", "unsatisfied", 5),
        ("rework", "satisfied", 1),
    ):
        case = month[name].case
        when = at(day, 20) if name != "rework" else at(1, 9, month=12)  # after the period
        Rating.objects.create(case=case, closing_seq=99, value=value, channel="code", at=when)
    scope, question = leader(world), Question(NOVEMBER, READ_AT)
    table = board.figures(scope, question, dimension="community", keys=["satisfaction_rate"])
    assert table.whole == {"satisfaction_rate": Figure(1, 2, 0)}
    check_lists(scope, question, "community", STREET + "001", "satisfaction_rate", Figure(1, 2, 0))


def test_facts_are_made_once_and_equal_history(world, month):
    assert refresh.refresh(at=READ_AT) == 0
    assert list(audit.differing()) == []
    wrong = CaseState.objects.filter(finished_at__isnull=False).first()
    CaseState.objects.filter(pk=wrong.pk).update(late=not wrong.late)
    assert list(audit.differing()) == [wrong.case_id]
    FactMark.objects.filter(case=wrong.case_id).update(derivation=0)
    assert refresh.refresh(at=READ_AT) == 1
    assert list(audit.differing()) == []


def test_month_ends_are_kept_once_with_their_definition(world, month):
    assert snapshots.take_missing(at=READ_AT) == [date(2026, 11, 1)]
    assert snapshots.take_missing(at=READ_AT) == []
    row = Snapshot.objects.filter(indicator="handle_ontime_rate").first()
    assert row.definition == catalogue()["handle_ontime_rate"].version
    december = Question(periods.of("month", date(2026, 12, 1)), READ_AT)
    kept = snapshots.trend(leader(world), december, dimension="department", key="handle_ontime_rate")
    squad = Department.objects.get(key="enforcement_squad", scope_code=STREET)
    assert kept[str(squad.pk)] == {date(2026, 11, 1): Figure(0, 1, 0)}
    assert (
        snapshots.trend(load_scope(world.neighbour_leader.pk), december, dimension="community", key="due_num")
        == {}
    )


def test_a_board_takes_as_many_statements_as_it_has_families(world, month, django_assert_num_queries):
    scope = leader(world)
    with django_assert_num_queries(len(board.FAMILIES)):
        board.tables(
            scope, Question(NOVEMBER, READ_AT), dimensions=["community", "department", "major"], keys=KEYS
        )


def test_a_corrected_case_counts_where_it_was_held_to_be_at_the_time(world, walk):
    lon, lat = world.point("a")
    moved = walk(at(2, 9))("acceptor", "accept", at(2, 10))
    moved("acceptor", "correct_point", at(5, 9), text="定位偏了", point=f"{lon},{lat}")
    moved("acceptor", "correct_category", at(6, 9), text="选错类别", category="E0113")
    refresh.refresh(at=READ_AT)
    rows = {(state.cell_code, state.category_id) for state in CaseState.objects.filter(case=moved.case)}
    before, after = world.cells["A"].code, world.cells["a"].code
    assert rows == {(before, "E0110"), (after, "E0110"), (after, "E0113")}
    assert list(audit.differing()) == []
