"""Many rows by one statement: stored as the ORM stores them, what is there already is told apart."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from geodata import bulk
from geodata.ids import uuid7
from gridmgmt.cases.models import CaseHistory, CaseRequest
from tests.cases.test_steps import open_case
from tests.world import AT, World

ODD = "张三 \\ ' \" %s {x} \n 𠮷"


def request_of(world: World, case, kind: str = "delay") -> CaseRequest:
    return CaseRequest(
        case=case, kind=kind, asked_seq=2, asked_at=AT + timedelta(microseconds=123_456), asked_by=world.handler,
        text=ODD, data={"until": "2026-12-01", "n": [1, None, ODD]},
    )  # fmt: skip


def values(row: CaseRequest) -> dict:
    return {field.attname: getattr(row, field.attname) for field in CaseRequest._meta.concrete_fields}


def test_rows_are_stored_as_the_model_says(world: World) -> None:
    case = open_case(world)
    rows = [request_of(world, case), request_of(world, case, "hang")]
    assert bulk.insert(rows) == {row.pk for row in rows}
    stored = CaseRequest.objects.in_bulk()
    assert [values(stored[row.pk]) for row in rows] == [values(row) for row in rows]


def test_only_new_rows_are_told_when_conflicts_may_be(world: World) -> None:
    case = open_case(world)
    first, twin, other = request_of(world, case), request_of(world, case), request_of(world, case, "hang")
    bulk.insert([first])
    assert bulk.insert([twin, other], ignore_conflicts=True) == {other.pk}
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.insert([twin])


def test_the_tables_own_rules_hold(world: World) -> None:
    row = CaseHistory(id=uuid7(), case=open_case(world), seq=1, action="x", to_stage="y", at=AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.insert([row])


def test_nothing_is_nothing(db: None, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert bulk.insert([]) == set()
