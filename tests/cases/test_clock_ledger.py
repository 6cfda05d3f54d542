"""A deadline is what its ledger says: folded entries, waits with a cap, versions, and the check of all open cases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmgmt.cases import clock, clock_check, ledger
from gridmgmt.cases.actions import take_step
from gridmgmt.cases.calendar_seed import seed_days
from gridmgmt.cases.clock import Calendar, LimitUnit, OfficeHours, Pause
from gridmgmt.cases.clock_book import Entry, Kind, State, Terms, advance, fold, promise, used
from gridmgmt.cases.intake import submit_report
from gridmgmt.cases.models import Case, ClockEntry
from tests.world import AT, World, draft, sender

ZONE = ZoneInfo("Asia/Shanghai")
SEED = [(day.date, day.kind) for day in seed_days()]
TERMS = Terms(Calendar.of(SEED, version=1), OfficeHours())
LATER = Terms(Calendar.of([*SEED, (datetime(2026, 4, 22).date(), "holiday")], version=2), OfficeHours())  # noqa: DTZ001


def terms_of(version: int, _path: str) -> Terms:
    return TERMS if version == 1 else LATER


def local(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=ZONE)


def entry(
    kind: Kind, at: datetime, amount: int | None = None, unit: str = "work_day", version: int = 1
) -> Entry:
    return Entry(kind, at, 3, unit, version, "", amount, "work_day" if amount else "")


def test_a_pause_gives_back_what_was_left() -> None:
    rows = [entry(Kind.START, local("04-20 09:00")), entry(Kind.PAUSE, local("04-21 09:00"))]
    assert fold(rows, terms_of).paused_at == local("04-21 09:00")
    state = fold([*rows, entry(Kind.RESUME, local("04-27 09:00"))], terms_of)
    assert (state.due_at, state.paused_at) == (local("04-29 09:00"), None)
    assert used(state, local("04-27 18:00"), TERMS) == timedelta(hours=15)  # 8 before the pause, 7 after it


def test_a_special_procedure_counts_again_when_its_days_are_over() -> None:
    rows = [entry(Kind.START, local("04-20 09:00")), entry(Kind.SPECIAL, local("04-20 09:00"), 2)]
    waiting = fold(rows, terms_of)
    assert waiting.wait_ends_at == local("04-22 09:00")
    assert waiting.due_at == local("04-27 09:00")  # three working days after the applied days
    late = advance(waiting, entry(Kind.RESUME, local("04-24 09:00")), TERMS)
    assert late.due_at == local("04-27 09:00")
    assert used(late, local("04-24 09:00"), TERMS) == timedelta(hours=16)
    early = advance(waiting, entry(Kind.RESUME, local("04-21 09:00")), TERMS)
    assert early.due_at == local("04-24 09:00")


def test_a_wait_for_a_supplement_has_no_cap() -> None:
    rows = [entry(Kind.START, local("04-20 09:00")), entry(Kind.SUPPLEMENT, local("04-20 10:00"))]
    state = fold([*rows, entry(Kind.RESUME, local("06-01 10:00"))], terms_of)
    assert used(state, local("06-01 10:00"), TERMS) == timedelta(hours=1)
    assert state.due_at == local("06-04 09:00")


def test_an_extension_within_a_wait_is_kept() -> None:
    begun = [entry(Kind.START, local("04-20 09:00")), entry(Kind.PAUSE, local("04-20 09:00"))]
    rows = [*begun, entry(Kind.EXTEND, local("04-20 10:00"), 1), entry(Kind.RESUME, local("04-21 09:00"))]
    assert fold(rows, terms_of).due_at == local("04-27 09:00")


def test_an_overdue_clock_stays_overdue_through_a_pause() -> None:
    rows = [entry(Kind.START, local("04-20 09:00")), entry(Kind.PAUSE, local("04-28 09:00"))]
    assert fold([*rows, entry(Kind.RESUME, local("04-29 09:00"))], terms_of).due_at == local("04-23 09:00")


def test_computing_again_uses_the_new_calendar_for_the_whole_run() -> None:
    rows = [entry(Kind.START, local("04-20 09:00")), entry(Kind.PAUSE, local("04-20 10:00"))]
    rows.append(entry(Kind.RESUME, local("04-20 11:00")))
    before = fold(rows, terms_of)
    again = advance(before, entry(Kind.REDERIVE, local("04-21 08:00"), version=2), LATER)
    assert (before.due_at, again.due_at) == (local("04-23 10:00"), local("04-24 10:00"))
    assert fold([*rows, entry(Kind.REDERIVE, local("04-21 08:00"), version=2)], terms_of) == again


def test_a_clock_set_back_takes_no_time_away() -> None:
    """F28: the server's clock steps an hour back between pause and resume."""
    rows = [entry(Kind.START, local("04-20 09:00")), entry(Kind.PAUSE, local("04-20 11:00"))]
    state = fold([*rows, entry(Kind.RESUME, local("04-20 10:00"))], terms_of)
    assert state.due_at == local("04-23 09:00")
    assert used(state, local("04-20 12:00"), TERMS) == timedelta(hours=3)


@settings(deadline=None)
@given(
    st.integers(1, 60),
    st.sampled_from(list(LimitUnit)),
    st.datetimes(datetime(2015, 1, 1), datetime(2026, 6, 1)),  # noqa: DTZ001
    st.lists(
        st.tuples(
            st.timedeltas(timedelta(0), timedelta(days=9)), st.timedeltas(timedelta(0), timedelta(days=9))
        )
    ),
)
def test_the_ledger_agrees_with_the_closed_form_of_pauses(
    limit: int, unit: LimitUnit, naive: datetime, spans: list[tuple[timedelta, timedelta]]
) -> None:
    at = start = naive.replace(tzinfo=UTC)
    rows, pauses = [Entry(Kind.START, start, limit, unit, 1)], []
    for run, rest in spans:
        at, pauses = at + run, [*pauses, Pause(at + run, at + run + rest)]
        rows += [Entry(Kind.PAUSE, at, limit, unit, 1), Entry(Kind.RESUME, at + rest, limit, unit, 1)]
        at += rest
    state = fold(rows, terms_of)
    assert state.due_at == clock.due_with_pauses(limit, unit, start, pauses, *TERMS)
    assert state.waits == tuple(pauses)
    whole = clock.remaining(limit, unit, start, start, *TERMS)
    assert used(state, max(state.due_at, at), TERMS) >= whole
    if state.due_at > at:
        assert used(state, state.due_at, TERMS) == whole


@pytest.mark.parametrize("unit", list(LimitUnit))
def test_the_lamp_turns_yellow_when_a_fifth_is_left(unit: LimitUnit) -> None:
    state = advance(State(), Entry(Kind.START, local("04-17 16:00"), 10, unit, 1), TERMS)
    assert state.due_at is not None
    assert state.near_at is not None
    assert clock.elapsed(state.near_at, state.due_at, unit, *TERMS) == timedelta(
        seconds=0.2 * clock.remaining(10, unit, state.near_at, state.near_at, *TERMS).total_seconds()
    )


STEPS = [
    ("accept", "acceptor", {}), ("register", "registrar", {"standard": 1}), ("dispatch", "dispatcher", {"department": 0}),
    ("sign", "handler", {}), ("request_delay", "handler", {"days": 1}), ("approve_delay", "dispatcher", {"days": 1}),
    ("request_hang", "handler", {"until": "2026-12-31", "reason_class": "资金"}), ("approve_hang", "dispatcher", {}),
    ("resume", "dispatcher", {}), ("request_delay", "handler", {"days": 30}), ("approve_delay", "dispatcher", {}),
    ("feed_back", "handler", {}),
]  # fmt: skip


def test_every_step_leaves_a_ledger_that_gives_the_case(world: World) -> None:
    receipt = submit_report(draft=draft(world, category_key="E0401"), sender=sender(world), at=AT)
    department = world.department("sanitation_station").pk
    for number, (action, who, fields) in enumerate(STEPS, 1):
        assert clock_check.check().differences == [], action
        given_fields = {name: department if name == "department" else value for name, value in fields.items()}
        if action == "feed_back":
            Case.objects.update(standard=None)  # needs no photo then
            continue
        take_step(
            case_id=receipt.case_id, action=action, by=world.people[who], expected_version=number,
            at=AT + timedelta(minutes=20 * number), text="理由", fields=given_fields,
        )  # fmt: skip
    assert clock_check.check() == clock_check.Checked(1, [])
    kinds = list(ClockEntry.objects.order_by("seq").values_list("kind", flat=True))
    assert kinds == ["start", "extend", "pause", "resume", "extend"]


def test_the_check_names_a_case_that_somebody_changed(world: World) -> None:
    receipt = submit_report(draft=draft(world), sender=sender(world), at=AT)
    out = StringIO()
    call_command("clock", stdout=out)
    assert out.getvalue() == "1 open cases agree with their ledger\n"
    Case.objects.filter(pk=receipt.case_id).update(due_at=AT)
    err = StringIO()
    with pytest.raises(CommandError):
        call_command("clock", stderr=err)
    assert err.getvalue().startswith(f"{receipt.number} due_at: stored 2026-11-20")


def test_another_standard_before_dispatch_makes_another_promise(world: World) -> None:
    receipt = submit_report(draft=draft(world), sender=sender(world), at=AT)
    case = Case.objects.get(pk=receipt.case_id)
    Case.objects.update(limit_value=90, limit_unit="work_day")
    for number, (action, who, fields) in enumerate(STEPS[:2], 1):
        take_step(
            case_id=case.pk, action=action, by=world.people[who], expected_version=number,
            at=AT + timedelta(hours=number), fields=fields,
        )  # fmt: skip
    assert Case.objects.get().due_at == case.due_at
    assert ledger.state_of(Case.objects.get(), []).due_at == case.due_at


@given(
    limit=st.integers(0, 200),
    unit=st.sampled_from(list(LimitUnit)),
    minutes=st.integers(0, 200 * 24 * 60),
)
def test_a_promise_without_its_ledger_says_what_the_ledger_says(
    limit: int, unit: LimitUnit, minutes: int
) -> None:
    at = local("01-01 00:00") + timedelta(minutes=minutes)
    state = advance(State(), Entry(Kind.PROMISE, at, limit, unit, 1, ""), TERMS)
    assert promise(limit, unit, at, TERMS) == (state.due_at, state.near_at)
