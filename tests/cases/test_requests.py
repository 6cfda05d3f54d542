"""What one side asks of the other: rows, offered only while they make sense, decided by somebody else."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from geodata.errors import DomainError
from gridmgmt.cases import request_queries
from gridmgmt.cases.actions import permitted_steps
from gridmgmt.cases.jobs import take_due_steps
from gridmgmt.cases.models import Case, CaseHistory, CaseRequest
from gridmgmt.organisation.actions import grant_role
from tests.cases.test_steps import after_photo, open_case, step, to_handling
from tests.world import AT, STREET, stored_photo

LATER = AT + timedelta(minutes=20)


def offers(case: Case, person: object, at: datetime = LATER) -> set[str]:
    case.refresh_from_db()
    return {offer.action for offer in permitted_steps(case, person, at=at)}


def refused(
    world, case, who: str, action: str, *, at: datetime = LATER, text: str = "", **fields
) -> DomainError:
    with pytest.raises(DomainError) as error:
        step(world, case, who, action, at=at, text=text, **fields)
    return error.value


def closed_late(world) -> Case:
    """A case fed back after its limit and closed."""
    case = open_case(world)
    to_handling(world, case)
    case.refresh_from_db()
    late = case.due_at + timedelta(hours=1)
    after_photo(case, late)
    step(world, case, "handler", "feed_back", text="已清运", at=late)
    stored_photo(case, "site", late + timedelta(minutes=5))
    return step(world, case, "worker", "check_pass", at=late + timedelta(minutes=10))


def test_a_delay_is_granted_only_when_somebody_asked(world):
    case = open_case(world)
    to_handling(world, case)
    assert "approve_delay" not in offers(case, world.dispatcher)
    error = refused(world, case, "dispatcher", "approve_delay", days=1)
    assert (error.code, error.status, error.data["reason"]) == ("step_blocked", 409, "request_not_open")
    assert error.data["stage"] == "handling"


def test_what_is_asked_is_suggested_and_granted_when_nothing_else_is_said(world):
    case = open_case(world)
    to_handling(world, case)
    step(world, case, "handler", "request_delay", text="等配件", days=1, at=LATER)
    assert "request_delay" not in offers(case, world.handler)
    offer = next(o for o in permitted_steps(case, world.dispatcher, at=LATER) if o.action == "approve_delay")
    assert offer.suggested == {"days": 1}
    before = case.due_at
    granted = step(world, case, "dispatcher", "approve_delay", at=LATER)
    assert granted.due_at > before
    assert granted.extensions == 1
    row = CaseRequest.objects.get(case=case)
    assert (row.state, row.kind, row.asked_by, row.decided_by) == (
        "granted",
        "delay",
        world.handler,
        world.dispatcher,
    )
    assert (row.asked_seq, row.decided_seq, row.text, row.data) == (6, 7, "等配件", {"days": 1})
    assert CaseHistory.objects.get(case=case, seq=7).data["request"] == 6


def test_a_delay_is_granted_twice_at_most_and_refusals_do_not_count(world):
    case = open_case(world)
    to_handling(world, case)
    step(world, case, "handler", "request_delay", text="等配件", days=1)
    step(world, case, "dispatcher", "reject_delay", text="不必")
    for _ in range(2):
        step(world, case, "handler", "request_delay", text="等配件", days=1)
        step(world, case, "dispatcher", "approve_delay")
    error = refused(world, case, "handler", "request_delay", text="再等", days=1)
    assert error.data["reason"] == "request_used_up"
    assert "request_delay" not in offers(case, world.handler)


def test_an_overdue_case_can_neither_ask_for_nor_get_a_delay(world):
    case = open_case(world)
    to_handling(world, case)
    step(world, case, "handler", "request_delay", text="等配件", days=1)
    late = AT + timedelta(days=60)
    assert refused(world, case, "dispatcher", "approve_delay", at=late).data["reason"] == "not_overdue"
    step(world, case, "dispatcher", "reject_delay", text="已超期", at=late)
    assert (
        refused(world, case, "handler", "request_delay", at=late, text="x", days=1).data["reason"]
        == "not_overdue"
    )


def test_a_request_nobody_decided_lapses_when_the_case_goes_on(world):
    case = open_case(world)
    to_handling(world, case)
    step(world, case, "handler", "request_delay", text="等配件", days=1)
    after_photo(case, LATER)
    step(world, case, "handler", "feed_back", text="已清运", at=LATER)
    row = CaseRequest.objects.get(case=case)
    assert (row.state, row.decided_by, row.decided_seq) == ("lapsed", None, 7)


def test_nobody_decides_on_their_own_request(world):
    grant_role(user=world.handler, role="dispatcher", scope_code=STREET, at=AT - timedelta(days=1))
    case = open_case(world)
    to_handling(world, case)
    step(world, case, "handler", "request_delay", text="等配件", days=1)
    error = refused(world, case, "handler", "approve_delay", days=1)
    assert (error.code, error.status) == ("request_own", 403)


def test_a_hang_names_its_class_ends_by_itself_and_is_granted_once(world):
    case = open_case(world)
    to_handling(world, case)
    until = date(2026, 12, 1)
    error = refused(world, case, "handler", "request_hang", text="资金未到", until=until)
    assert error.data["fields"] == ["reason_class"]
    error = refused(world, case, "handler", "request_hang", text="x", until=until, reason_class="心情")
    assert error.code == "step_field_invalid"
    step(world, case, "handler", "request_hang", text="资金未到", until=until, reason_class="资金", at=LATER)
    hung = step(world, case, "leader", "approve_hang", at=LATER)
    midnight = datetime(2026, 12, 1, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert (hung.stage, hung.paused_until) == ("hung", midnight)
    left = hung.due_at - hung.paused_at
    assert take_due_steps(midnight - timedelta(minutes=1)) == 0
    assert take_due_steps(midnight) == 1
    assert take_due_steps(midnight) == 0
    case.refresh_from_db()
    assert (case.stage, case.paused_at, case.paused_until) == ("handling", None, None)
    assert case.due_at > midnight
    assert case.due_at - midnight <= left + timedelta(hours=24)
    row = CaseHistory.objects.get(case=case, action="resume")
    assert (row.role, row.actor, row.at) == ("system", None, midnight)
    error = refused(
        world,
        case,
        "handler",
        "request_hang",
        text="x",
        until=date(2026, 12, 9),
        reason_class="资金",
        at=midnight,
    )
    assert error.data["reason"] == "request_used_up"


def test_a_hang_of_more_than_a_year_is_refused(world):
    case = open_case(world)
    to_handling(world, case)
    error = refused(
        world, case, "handler", "request_hang", text="x", until=date(2027, 12, 1), reason_class="资金"
    )
    assert (error.code, error.data["field"]) == ("step_field_invalid", "until")


def test_an_appeal_needs_a_closed_overdue_case_and_two_approvals(world):
    case = closed_late(world)
    late = case.closed_at + timedelta(hours=1)
    due, stopped = case.due_at, case.clock_stopped_at
    step(world, case, "handler", "appeal", text="暴雨封路", at=late)
    assert (
        refused(world, case, "acceptor", "approve_appeal", at=late, text="可").data["reason"]
        == "request_not_endorsed"
    )
    assert "approve_appeal" not in offers(case, world.acceptor, late)
    step(world, case, "dispatcher", "endorse_appeal", text="属实", at=late)
    assert (
        refused(world, case, "dispatcher", "endorse_appeal", at=late, text="再").data["reason"]
        == "request_endorsed"
    )
    excused = step(world, case, "acceptor", "approve_appeal", text="同意", at=late)
    assert excused.exempt
    assert (excused.due_at, excused.clock_stopped_at, excused.stage) == (due, stopped, "closed")
    assert refused(world, case, "handler", "appeal", at=late, text="再来").data["reason"] == "not_exempt"


def test_an_appeal_may_be_made_again_after_a_refusal_but_not_for_a_case_in_time(world):
    case = closed_late(world)
    late = case.closed_at + timedelta(hours=1)
    step(world, case, "handler", "appeal", text="暴雨封路", at=late)
    step(world, case, "dispatcher", "reject_appeal", text="不属实", at=late)
    assert "appeal" in offers(case, world.handler, late)
    in_time = open_case(world, payload_sha256=b"\x05" * 32)
    to_handling(world, in_time)
    after_photo(in_time, LATER)
    step(world, in_time, "handler", "feed_back", text="好了", at=LATER)
    stored_photo(in_time, "site", LATER + timedelta(minutes=1))
    step(world, in_time, "worker", "check_pass", at=LATER + timedelta(minutes=2))
    assert refused(world, in_time, "handler", "appeal", at=late, text="x").data["reason"] == "overdue"


def test_whoever_returns_a_case_takes_back_the_assignment_first(world):
    case = open_case(world)
    to_handling(world, case)
    step(world, case, "handler", "assign_staff", staff=world.handler.pk, at=LATER)
    after_photo(case, LATER)
    step(world, case, "handler", "feed_back", text="好了", at=LATER)
    stored_photo(case, "site", LATER + timedelta(minutes=1))
    step(world, case, "worker", "check_fail", text="没好", at=LATER + timedelta(minutes=2))
    late = LATER + timedelta(minutes=3)
    error = refused(world, case, "handler", "return_case", text="不归我们", at=late)
    assert (error.code, error.data["reason"]) == ("step_blocked", "unassigned")
    assert "return_case" not in offers(case, world.handler, late)
    freed = step(world, case, "handler", "revoke_staff", text="要退回", at=late)
    assert freed.assignee is None
    returned = step(world, case, "handler", "return_case", text="不归我们", at=late)
    assert returned.stage == "returned"
    other = world.department("enforcement_squad")
    sent = step(world, case, "dispatcher", "redispatch", department=other.pk, at=late)
    assert sent.misdispatch_count == 1
    assert CaseRequest.objects.get(case=case, kind="return").state == "granted"


def test_the_same_department_again_is_no_misdispatch(world):
    case = open_case(world)
    to_handling(world, case)
    step(world, case, "handler", "withdraw_sign", text="看错了", at=LATER)
    step(world, case, "handler", "return_case", text="不归我们", at=LATER)
    station = world.department("sanitation_station")
    assert (
        step(world, case, "dispatcher", "redispatch", department=station.pk, at=LATER).misdispatch_count == 0
    )


def test_a_verification_overdue_is_noted_once(world):
    case = open_case(world, source="hotline")
    verified = step(world, case, "acceptor", "accept")
    late = verified.stage_due_at + timedelta(minutes=1)
    assert take_due_steps(verified.stage_due_at - timedelta(minutes=1)) == 0
    assert take_due_steps(late) == 1
    assert take_due_steps(late + timedelta(hours=1)) == 0
    case.refresh_from_db()
    assert (case.stage, case.marks) == ("pending_verify", ["verify_overdue"])


def waiting(person: object) -> list[str]:
    return [row.kind for row in request_queries.waiting(person)]


def test_requests_wait_in_the_tray_of_whoever_may_decide(world):
    case = open_case(world)
    to_handling(world, case)
    assert waiting(world.dispatcher) == []
    step(world, case, "handler", "request_delay", text="等配件", days=1, at=LATER)
    assert waiting(world.dispatcher) == ["delay"]
    for name in ("handler", "worker", "leader", "supervisor", "neighbour_leader"):
        assert waiting(world.people[name]) == [], name
    step(world, case, "dispatcher", "approve_delay", days=1, at=LATER + timedelta(minutes=1))
    assert waiting(world.dispatcher) == []


def test_a_returned_case_is_a_task_and_not_twice_in_the_trays(world):
    case = open_case(world)
    to_handling(world, case)
    until = (LATER + timedelta(days=9)).date().isoformat()
    step(world, case, "handler", "request_hang", text="待改造", reason_class="资金", until=until, at=LATER)
    assert waiting(world.dispatcher) == ["hang"]
    assert waiting(world.people["leader"]) == ["hang"]


def test_an_appeal_goes_from_the_dispatcher_to_the_acceptor(world):
    case = closed_late(world)
    at = case.closed_at + timedelta(minutes=5)
    step(world, case, "handler", "appeal", text="系统故障", at=at)
    assert (waiting(world.dispatcher), waiting(world.people["acceptor"])) == (["appeal"], [])
    step(world, case, "dispatcher", "endorse_appeal", text="属实", at=at + timedelta(minutes=1))
    assert (waiting(world.dispatcher), waiting(world.people["acceptor"])) == ([], ["appeal"])
