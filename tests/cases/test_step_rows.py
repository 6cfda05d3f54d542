"""What a step reads and writes at once: few statements, prepared, and the same rows as the models know them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.gis.geos import Point
from django.db import connection
from django.db.models import Field

from geodata.errors import DomainError
from gridmgmt.cases import statements, step_rows
from gridmgmt.cases.actions import take_step
from gridmgmt.cases.models import Case, CaseRequest, ClockEntry
from gridmgmt.organisation.scope import scope_of
from tests.cases.test_steps import open_case, step, to_handling
from tests.world import AT, World


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Statements of the hot path, as they go out."""
    heard: list[str] = []
    original = statements._sent

    def hear(raw: Any, sql: str, values: Any) -> Any:
        heard.append(sql)
        return original(raw, sql, values)

    monkeypatch.setattr(statements, "_sent", hear)
    return heard


def value_of(case: Case, field: Field) -> Any:
    value = getattr(case, field.attname)
    return (value.wkt, value.srid) if hasattr(value, "wkt") else value


def test_a_case_taken_up_is_the_case_that_the_model_reads(world: World) -> None:
    case = to_handling(world, open_case(world, text="张三's \\ %s"))
    Case.objects.filter(pk=case.pk).update(marks=["verify_overdue", "a,b"], decision={"rule": None, "n": [1]})
    taken = step_rows.take_up(case.pk)
    stored = Case.objects.select_related("department").get(pk=case.pk)
    fields = [field for field in Case._meta.concrete_fields if not field.generated]
    assert [value_of(taken.case, field) for field in fields] == [value_of(stored, field) for field in fields]
    assert taken.case.department.path == stored.department.path
    assert [entry.kind for entry in taken.ledger] == list(
        ClockEntry.objects.filter(case=case).order_by("seq").values_list("kind", flat=True)
    )
    task = case.tasks.get(state="open")
    assert (taken.task.id, taken.task.stage, taken.task.role) == (task.pk, "handling", "handler")


def test_instants_keep_their_microseconds_in_the_ledger_and_back(world: World) -> None:
    at = AT + timedelta(microseconds=123_450)
    case = step(
        world, step(world, open_case(world), "acceptor", "accept"), "registrar", "register", standard=1
    )
    station = world.department("sanitation_station").pk
    case = step(world, case, "dispatcher", "dispatch", at=at, department=station)
    kept = ClockEntry.objects.get(case=case, kind="start")
    assert (kept.at, kept.due_at) == (at, case.due_at)
    assert step_rows.take_up(case.pk).ledger[-1].at == at
    assert case.due_at.microsecond == at.microsecond


def test_an_unknown_case_is_none(world: World) -> None:
    assert step_rows.take_up(world.worker.pk) is None


def test_a_step_is_three_statements_and_none_of_the_orm(
    world: World, sent: list[str], django_assert_num_queries: Any
) -> None:
    case = step(world, open_case(world), "acceptor", "accept")
    scope_of(world.registrar)
    sent.clear()
    values = {"case_id": case.pk, "action": "register", "expected_version": case.version, "at": AT}
    with django_assert_num_queries(2):  # the savepoint of the transaction that a test is
        take_step(**values, by=world.registrar, fields={"standard": 1})
    assert len(sent) == 3
    assert "cases_take_up" in sent[0]
    assert sent[1].startswith("UPDATE cases_case SET")
    assert "cases_keep_step" in sent[2]


def test_only_what_changed_is_written(world: World, sent: list[str]) -> None:
    case = open_case(world)
    step(world, case, "acceptor", "accept", at=AT + timedelta(minutes=1))
    (update,) = [sql for sql in sent if sql.startswith("UPDATE cases_case")]
    written = {part.split('"')[1] for part in update.split(",")}
    assert written == {"stage", "version", "stage_since", "stage_due_at"}


def test_hot_statements_are_prepared_and_those_of_the_orm_are_not(world: World) -> None:
    case = open_case(world)
    for _ in range(8):
        Case.objects.filter(pk=case.pk).exists()
    step(world, case, "acceptor", "accept")
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        prepared = [row[0] for row in cursor.fetchall()]
    assert any("cases_keep_step" in one for one in prepared)
    assert any("cases_submit_report" in one for one in prepared)
    assert not any('AS "a"' in one for one in prepared)


def test_geometry_and_json_are_stored_as_the_model_would(world: World) -> None:
    case = open_case(world)
    taken = step_rows.take_up(case.pk)
    x, y = world.point("B")
    taken.case.geom = Point(x, y, srid=4326)
    taken.case.decision = {"rule": "测试", "exact": True}
    step_rows._update(taken.case, taken.before)
    stored = Case.objects.get(pk=case.pk)
    assert (stored.geom.coords, stored.geom.srid, stored.decision) == ((x, y), 4326, taken.case.decision)


def test_a_request_is_asked_endorsed_and_decided_in_its_rows(world: World) -> None:
    case = to_handling(world, open_case(world))
    step(world, case, "handler", "request_delay", text="等配件", days=1)
    asked = CaseRequest.objects.get()
    assert (asked.state, asked.data, asked.asked_by, asked.text) == (
        "open",
        {"days": 1},
        world.handler,
        "等配件",
    )
    assert asked.asked_seq == Case.objects.get(pk=case.pk).version
    at = AT + timedelta(hours=3)
    step(world, case, "dispatcher", "reject_delay", text="不行", at=at)
    told = CaseRequest.objects.get()
    assert (told.state, told.decided_by, told.decided_at, told.decision) == (
        "refused",
        world.dispatcher,
        at,
        "不行",
    )
    with pytest.raises(DomainError, match="step_blocked"):
        step(world, case, "dispatcher", "reject_delay", text="不行", at=at)
