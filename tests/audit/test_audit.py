"""The audit: only added to, never a number in clear, and it answers who looked at somebody."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from geodata.ids import uuid7
from gridmgmt.audit import actions, asked, queries
from gridmgmt.audit.models import AccessAction, AccessRecord, Door, SubjectKind
from tests.world import AT, World

ID_NUMBER = "009901199001011237"


def act(world: World, **changes: Any) -> AccessRecord:
    values: dict[str, Any] = {
        "user_id": world.worker.pk, "action": AccessAction.VIEWED, "subject_kind": SubjectKind.PERSON,
        "subject_ids": [uuid7()], "at": AT, "door": Door.PAGES,
    }  # fmt: skip
    return actions.record(**(values | changes))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_accessrecord SET purpose = 'x'",
        "DELETE FROM audit_accessrecord",
    ],
)
def test_raw_sql_cannot_change_it(world: World, statement: str) -> None:
    act(world)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        connection.cursor().execute(statement)
    assert AccessRecord.objects.count() == 1


def test_who_looked_at_somebody_and_what_somebody_looked_at(world: World) -> None:
    ada, ben = uuid7(), uuid7()
    act(world, subject_ids=[ada, ben, ada], action=AccessAction.LISTED)
    act(world, subject_ids=[ben], user_id=world.acceptor.pk, at=AT + timedelta(hours=1))
    assert [row.user.username for row in queries.who_looked_at(ben)] == ["acceptor", "worker"]
    assert [row.row_count for row in queries.who_looked_at(ada)] == [2]
    assert queries.who_looked_at(ben, since=AT + timedelta(minutes=1)).count() == 1
    assert [row.subject_ids for row in queries.acts_of(world.acceptor.pk)] == [[ben]]


@pytest.mark.parametrize("action", [AccessAction.REVEALED, AccessAction.EXPORTED])
def test_revealing_and_taking_need_a_purpose(world: World, action: str) -> None:
    with pytest.raises(IntegrityError, match="purpose"), transaction.atomic():
        act(world, action=action)
    assert act(world, action=action, purpose="高龄津贴核对").purpose == "高龄津贴核对"


@pytest.mark.parametrize(
    "told",
    [
        {"asked": {"text": ID_NUMBER}},
        {"asked": {"deep": [{"text": f"电话13812345678。{ID_NUMBER[:3]}"}]}},
        {"purpose": f"查{ID_NUMBER}"},
    ],
)
def test_a_number_in_clear_is_refused(world: World, told: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="in clear"):
        act(world, **told)
    assert AccessRecord.objects.count() == 0


def test_equal_questions_have_equal_keys_and_show_nothing() -> None:
    one, two = asked.question("id_no", ID_NUMBER), asked.question("id_no", ID_NUMBER)
    assert one == two
    assert one["masked"] == "009901********1237"
    assert asked.question("name", "王小明")["masked"] == "王*明"
    assert "13800138000" not in str(asked.question("phone", "13800138000"))
    assert asked.question("address", "榕华苑3栋501")["masked"] == "榕华" + "*" * 6
    asked.refuse_numbers(one)


def test_nobody_empties_the_table(world: World) -> None:
    """Transactional tests dropped the guard; applied again it holds, and rolls back with the test."""
    from django.core.management import call_command

    act(world)
    connection.check_constraints()
    call_command("sqlobjects", verbosity=0)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        connection.cursor().execute("TRUNCATE audit_accessrecord")
