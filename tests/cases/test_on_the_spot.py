"""What was put right on the spot takes the short flow: looked at by photo or on site, closed, or sent the usual way."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count

import pytest

from geodata.errors import DomainError
from geodata.ids import uuid7
from gridmgmt.cases.actions import permitted_steps, take_step
from gridmgmt.cases.facts import draw_of
from gridmgmt.cases.intake import PhotoDeclaration, submit_report
from gridmgmt.cases.models import Case, CaseTask, ClockEntry, Procedure
from gridmgmt.statistics import refresh
from gridmgmt.statistics.models import CaseState, StageWork
from tests.world import AT, draft, sender, stored_photo


def moment(*, drawn: bool) -> datetime:
    """An instant at which a report is drawn for a check on site, or is not."""
    return next(at for n in count() if (at := AT + timedelta(microseconds=n)) and (draw_of(at) < 10) is drawn)


def fixed_case(world, *, drawn: bool = False, source: str = "worker", **changes) -> Case:
    photos = (PhotoDeclaration(uuid7(), b"\x02" * 32), PhotoDeclaration(uuid7(), b"\x03" * 32, "after"))
    report = draft(world, source=source, photos=photos, **changes)
    receipt = submit_report(draft=report, sender=sender(world), at=moment(drawn=drawn))
    return Case.objects.get(pk=receipt.case_id)


def step(world, case, who, action, *, after=1.0, text="", **fields) -> Case:
    case.refresh_from_db()
    at = case.reported_at + timedelta(hours=after)
    return take_step(
        case_id=case.pk, action=action, by=world.people[who], expected_version=case.version, at=at, text=text,
        fields=fields,
    )  # fmt: skip


def shown_fixed(case) -> None:
    """The photo after the work has arrived."""
    stored_photo(case, "after", case.reported_at + timedelta(minutes=1))


def live_tasks(case) -> list[tuple[str, str, str]]:
    rows = CaseTask.objects.filter(case=case, state__in=("open", "claimed"))
    return list(rows.values_list("stage", "role", "kind"))


def test_a_report_with_a_photo_of_it_fixed_takes_the_short_flow(world):
    case = fixed_case(world)
    assert (case.procedure.key, case.stage) == ("on_the_spot", "reported")
    assert Case.objects.get(pk=submit_report(draft=draft(world), sender=sender(world), at=AT).case_id).procedure.key == (
        "street_case"
    )  # fmt: skip


def test_what_the_reporter_says_counts_more_than_the_photos(world):
    said_not = fixed_case(world, fixed=False)
    assert said_not.procedure.key == "street_case"


def test_confirming_needs_the_photo_after_and_closes(world):
    case = fixed_case(world)
    with pytest.raises(DomainError) as error:
        step(world, case, "acceptor", "self_handle")
    assert (error.value.code, error.value.data["fields"]) == ("step_needs_field", ["photo_after"])
    shown_fixed(case)
    closed = step(world, case, "registrar", "self_handle")
    assert (closed.stage, closed.marks, closed.clock_started_at) == ("closed", ["on_the_spot"], None)
    assert closed.closed_at == closed.reported_at + timedelta(hours=1)
    assert live_tasks(case) == []
    assert not ClockEntry.objects.filter(case=case).exists()


def test_one_in_ten_is_drawn_for_a_check_on_site(world):
    case = fixed_case(world, drawn=True)
    shown_fixed(case)
    assert "self_handle" not in {offer.action for offer in permitted_steps(case, world.acceptor, at=AT)}
    with pytest.raises(DomainError) as error:
        step(world, case, "acceptor", "self_handle")
    assert (error.value.code, error.value.data["reason"]) == ("step_blocked", "undrawn:10")
    draws = [draw_of(AT + timedelta(seconds=n)) for n in range(2000)]
    assert 0.07 < sum(draw < 10 for draw in draws) / 2000 < 0.13


def test_the_check_on_site_goes_to_the_worker_and_closes(world):
    case = fixed_case(world, drawn=True)
    step(world, case, "acceptor", "spot_check")
    assert live_tasks(case) == [("pending_check", "worker", "check")]
    with pytest.raises(DomainError) as error:
        step(world, case, "worker", "check_pass", after=2)
    assert error.value.data["fields"] == ["photo_site"]
    stored_photo(case, "site", case.reported_at + timedelta(hours=2))
    assert step(world, case, "worker", "check_pass", after=2).stage == "closed"


def test_others_may_not_confirm(world):
    case = fixed_case(world)
    for who in ("worker", "dispatcher"):
        with pytest.raises(DomainError) as error:
            step(world, case, who, "self_handle")
        assert error.value.code == "step_not_permitted"


@pytest.mark.parametrize(("source", "stage", "role"), [
    ("worker", "pending_register", "registrar"), ("hotline", "pending_verify", "worker"),
])  # fmt: skip
def test_refused_it_goes_the_usual_way_from_the_start_of_its_clock(world, source, stage, role):
    case = fixed_case(world, source=source)
    promised = case.due_at
    with pytest.raises(DomainError) as error:
        step(world, case, "acceptor", "not_fixed")
    assert error.value.data["fields"] == ["reason"]
    moved = step(world, case, "acceptor", "not_fixed", text="照片里还有垃圾")
    usual = Procedure.objects.get(key="street_case", state="published")
    assert (moved.procedure_id, moved.stage, moved.marks) == (usual.pk, stage, ["not_fixed"])
    assert (moved.clock_started_at, moved.due_at) == (None, promised)
    assert moved.stage_due_at > moved.stage_since == moved.reported_at + timedelta(hours=1)
    assert [(t[0], t[1]) for t in live_tasks(case)] == [(stage, role)]
    row = case.history.get(seq=2)
    assert (row.from_stage, row.to_stage, row.data["procedure"]) == (
        "reported", stage, f"street_case v{usual.version}",
    )  # fmt: skip


def test_sent_the_usual_way_it_runs_to_its_end_as_any_other(world):
    case = fixed_case(world)
    step(world, case, "acceptor", "not_fixed", text="没有清完")
    step(world, case, "registrar", "register", after=2, standard=1)
    started = step(
        world, case, "dispatcher", "dispatch", after=3, department=world.department("sanitation_station").pk
    )
    assert started.clock_started_at == case.reported_at + timedelta(hours=3)
    assert started.due_at > started.clock_started_at
    step(world, case, "handler", "sign", after=4)
    stored_photo(case, "after", case.reported_at + timedelta(hours=5))
    step(world, case, "handler", "feed_back", after=5, text="已清")
    stored_photo(case, "site", case.reported_at + timedelta(hours=6))
    assert step(world, case, "worker", "check_pass", after=6).stage == "closed"
    assert [entry.kind for entry in ClockEntry.objects.filter(case=case)] == ["start", "stop"]


def test_a_failed_check_on_site_goes_to_filing(world):
    case = fixed_case(world)
    step(world, case, "acceptor", "spot_check")
    stored_photo(case, "site", case.reported_at + timedelta(hours=2))
    failed = step(world, case, "worker", "check_fail", after=2, text="还在")
    assert (failed.procedure.key, failed.stage, failed.rework_count) == ("street_case", "pending_register", 0)


def test_reopened_it_is_filed_and_its_clock_begins(world):
    case = fixed_case(world)
    shown_fixed(case)
    step(world, case, "acceptor", "self_handle")
    again = step(world, case, "supervisor", "reopen", after=30, text="又堆了")
    assert (again.procedure.key, again.stage, again.closed_at) == ("street_case", "pending_register", None)
    assert again.reopened
    assert again.clock_started_at == case.reported_at + timedelta(hours=30)
    assert again.due_at > again.clock_started_at


def test_figures_count_it_as_put_right_by_the_reporter(world):
    confirmed, checked, refused = (
        fixed_case(world),
        fixed_case(world, letter="B"),
        fixed_case(world, letter="C"),
    )
    shown_fixed(confirmed)
    step(world, confirmed, "acceptor", "self_handle")
    step(world, checked, "registrar", "spot_check")
    stored_photo(checked, "site", checked.reported_at + timedelta(hours=2))
    step(world, checked, "worker", "check_pass", after=2)
    step(world, refused, "acceptor", "not_fixed", text="没有")
    refresh.refresh(at=AT + timedelta(days=1))
    last = {row.case_id: row for row in CaseState.objects.filter(valid_to__year=9000)}
    for case, after in ((confirmed, 1), (checked, 2)):
        state = last[case.pk]
        assert state.fixed_at == state.closed_at == case.reported_at + timedelta(hours=after)
        assert (state.registered_at, state.dispatched_at) == (None, None)
        assert state.accepted_at == case.reported_at + timedelta(hours=1)
    state = last[refused.pk]
    assert (state.fixed_at, state.accepted_at) == (None, refused.reported_at + timedelta(hours=1))
    works = StageWork.objects.filter(work="accept").values_list("action", flat=True)
    assert sorted(works) == ["not_fixed", "self_handle", "spot_check"]
