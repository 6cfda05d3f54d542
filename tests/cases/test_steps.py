"""Steps of a case: table, rights, versions, clock, history."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from geodata.errors import DomainError
from geodata.ids import uuid7
from gridmgmt.cases import reference
from gridmgmt.cases.actions import permitted_steps, take_step, take_system_step
from gridmgmt.cases.intake import submit_report
from gridmgmt.cases.models import Case, CaseHistory, ClockEntry
from gridmgmt.events import outbox
from gridmgmt.events.link import woken
from gridmgmt.events.models import OutboxEvent
from tests.guards import drop_truncate_guards
from tests.world import AT, draft, sender, stored_photo


def open_case(world, **changes) -> Case:
    receipt = submit_report(draft=draft(world, **changes), sender=sender(world), at=AT)
    return Case.objects.get(pk=receipt.case_id)


def step(world, case, who, action, *, at=AT, text="", **fields) -> Case:
    case.refresh_from_db()
    return take_step(
        case_id=case.pk,
        action=action,
        by=world.people[who],
        expected_version=case.version,
        at=at,
        text=text,
        fields=fields,
    )


def after_photo(case, at) -> None:
    stored_photo(case, "after", at)


def to_handling(world, case, hours=0):
    step(world, case, "acceptor", "accept")
    step(world, case, "registrar", "register", standard=1)
    step(world, case, "dispatcher", "dispatch", department=world.department("sanitation_station").pk)
    return step(world, case, "handler", "sign", at=AT + timedelta(hours=hours))


def test_the_whole_way_from_report_to_closing(world):
    case = open_case(world)
    to_handling(world, case)
    after_photo(case, AT + timedelta(minutes=30))
    step(world, case, "handler", "feed_back", text="已清运", at=AT + timedelta(hours=1))
    stored_photo(case, "site", AT + timedelta(minutes=70))
    closed = step(world, case, "worker", "check_pass", at=AT + timedelta(hours=2))
    assert closed.stage == "closed"
    assert closed.closed_at == AT + timedelta(hours=2)
    rows = list(CaseHistory.objects.filter(case=case).order_by("seq"))
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    assert [row.action for row in rows] == [
        "report",
        "accept",
        "register",
        "dispatch",
        "sign",
        "feed_back",
        "check_pass",
    ]
    legal = reference.current().flows[case.procedure_id].legal_pairs()
    assert all((row.from_stage, row.action, row.to_stage) in legal for row in rows)
    assert rows[-1].to_stage == closed.stage
    assert OutboxEvent.objects.filter(topic="case.stepped").count() == 6
    assert closed.due_at > AT
    assert [entry.kind for entry in ClockEntry.objects.filter(case=case)] == ["start", "stop"]


def test_step_out_of_table_names_what_is_possible(world):
    case = open_case(world)
    with pytest.raises(DomainError) as error:
        step(world, case, "dispatcher", "dispatch", department=uuid7())
    assert error.value.code == "step_out_of_table"
    assert error.value.status == 409
    assert error.value.data["stage"] == "reported"
    assert "accept" in error.value.data["actions"]


def test_wrong_role_is_refused(world):
    case = open_case(world)
    with pytest.raises(DomainError) as error:
        step(world, case, "worker", "accept")
    assert (error.value.code, error.value.status) == ("step_not_permitted", 403)


def test_neighbours_case_is_unknown_to_us(world):
    case = open_case(world)
    with pytest.raises(DomainError) as error:
        step(world, case, "neighbour_leader", "urge", text="快办")
    assert (error.value.code, error.value.status) == ("case_unknown", 404)


def test_another_department_does_not_see_the_case(world):
    case = open_case(world)
    to_handling(world, case)
    with pytest.raises(DomainError) as error:
        step(world, case, "other_handler", "feed_back", text="x")
    assert error.value.code == "case_unknown"


def test_stale_version_gets_the_present_state(world):
    case = open_case(world)
    step(world, case, "acceptor", "accept")
    with pytest.raises(DomainError) as error:
        take_step(case_id=case.pk, action="accept", by=world.acceptor, expected_version=1, at=AT)
    assert error.value.code == "case_version_stale"
    assert error.value.data == {"stage": "pending_register", "version": 2}


def test_missing_reason_and_photo_are_named(world):
    case = open_case(world)
    to_handling(world, case)
    with pytest.raises(DomainError) as error:
        step(world, case, "handler", "feed_back")
    assert error.value.code == "step_needs_field"
    assert set(error.value.data["fields"]) == {"photo_after", "text"}
    case.refresh_from_db()
    assert case.stage == "handling"


def test_fields_a_step_does_not_take_are_refused(world):
    case = open_case(world)
    with pytest.raises(DomainError) as error:
        step(world, case, "acceptor", "accept", standard=1)
    assert error.value.code == "step_field_invalid"


def test_return_pauses_and_refusal_resumes_with_what_was_left(world):
    case = open_case(world)
    step(world, case, "acceptor", "accept")
    step(world, case, "registrar", "register", standard=1)
    step(world, case, "dispatcher", "dispatch", department=world.department("sanitation_station").pk)
    case.refresh_from_db()
    due = case.due_at
    returned = step(world, case, "handler", "return_case", text="不归我们", at=AT + timedelta(hours=1))
    assert returned.paused_at == AT + timedelta(hours=1)
    resumed = step(
        world,
        case,
        "dispatcher",
        "reject_return",
        text="按三定归你们",
        at=AT + timedelta(hours=1, minutes=30),
    )
    assert resumed.paused_at is None
    # 10:00–12:00 is office time; half an hour passed in the pause, so the deadline moves by half an hour of work.
    assert due < resumed.due_at <= due + timedelta(hours=24)
    assert [entry.kind for entry in ClockEntry.objects.filter(case=case)] == ["start", "pause", "resume"]


def test_rework_restarts_the_clock_and_counts(world):
    case = open_case(world)
    to_handling(world, case)
    after_photo(case, AT + timedelta(minutes=10))
    step(world, case, "handler", "feed_back", text="好了", at=AT + timedelta(minutes=20))
    stored_photo(case, "site", AT + timedelta(minutes=30))
    failed = step(world, case, "worker", "check_fail", text="没清干净", at=AT + timedelta(minutes=40))
    assert failed.stage == "pending_handle"
    assert failed.rework_count == 1
    assert failed.clock_started_at == AT + timedelta(minutes=40)


def test_buttons_are_what_the_table_and_the_role_allow(world):
    case = open_case(world)
    assert {offer.action for offer in permitted_steps(case, world.acceptor)} == {
        "accept",
        "not_accept",
        "merge",
        "correct_category",
        "correct_point",
    }
    assert {offer.action for offer in permitted_steps(case, world.leader)} == {"urge"}
    assert permitted_steps(case, world.neighbour) == []


def test_history_cannot_be_changed_by_anybody(world):
    open_case(world)
    for sql in (
        "UPDATE cases_casehistory SET text = 'x'",
        "DELETE FROM cases_casehistory",
    ):
        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)


@pytest.mark.django_db(transaction=True)
def test_of_thirty_people_one_takes_the_step(committed_world):
    world = committed_world
    case = open_case(world)

    def go(_n: int) -> str:
        try:
            take_step(case_id=case.pk, action="accept", by=world.acceptor, expected_version=1, at=AT)
        except DomainError as error:
            return error.code
        else:
            return "won"
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        results = list(pool.map(go, range(30)))
    assert results.count("won") == 1
    assert set(results) == {"won", "case_version_stale"}
    assert CaseHistory.objects.filter(case=case).count() == 2


@pytest.mark.django_db(transaction=True)
def test_history_cannot_be_truncated(committed_world):
    open_case(committed_world)
    call_command("sqlobjects", verbosity=0)
    try:
        with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
            cursor.execute("TRUNCATE cases_casehistory CASCADE")
    finally:
        drop_truncate_guards()


def test_the_platform_takes_its_own_steps_and_no_others(world):
    case = open_case(world)
    with pytest.raises(DomainError) as error:
        take_system_step(case_id=case.pk, action="accept", expected_version=1, at=AT)
    assert error.value.code == "step_not_permitted"
    urged = take_system_step(case_id=case.pk, action="urge", expected_version=1, at=AT, text="超时未受理")
    row = CaseHistory.objects.get(case=case, seq=2)
    assert (urged.version, row.role, row.actor) == (2, "system", None)


@pytest.mark.django_db(transaction=True)
def test_the_relay_is_woken_after_a_step_is_committed(committed_world, fresh_redis):
    case = open_case(committed_world)
    with woken(fresh_redis, outbox.CHANNEL) as heard:
        step(committed_world, case, "acceptor", "accept")
        assert heard(5)


@pytest.mark.django_db(transaction=True)
def test_the_relay_is_woken_by_a_report(committed_world, fresh_redis):
    with woken(fresh_redis, outbox.CHANNEL) as heard:
        open_case(committed_world)
        assert heard(5)
