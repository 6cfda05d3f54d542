"""A department with something in hand cannot be closed by any door; a closed one gets no new case and keeps its history."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from geodata.errors import DomainError
from gridmgmt.cases.department_actions import department_close, department_reopen, in_hand
from gridmgmt.cases.intake import submit_report
from gridmgmt.cases.models import Case
from gridmgmt.organisation.actions import end_grant
from gridmgmt.organisation.models import Department, Grant
from gridmgmt.organisation.scope import Scope, load_scope
from tests.world import AT, OTHER, PASSWORD, STREET, World, draft, sender

pytestmark = pytest.mark.django_db


def reported(world: World, **changes: object) -> Case:
    return Case.objects.get(
        pk=submit_report(draft=draft(world, **changes), sender=sender(world), at=AT).case_id
    )


def delete_at_once(department: Department) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM organisation_department WHERE id = %s", [department.pk])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.fixture
def admin(world: World) -> Scope:
    return load_scope(world.people["administrator"].pk)


def refused(error: pytest.ExceptionInfo[DomainError]) -> tuple[str, int]:
    return error.value.code, error.value.status


def test_a_department_with_a_case_or_people_stays_open(world: World, admin: Scope) -> None:
    case = reported(world)
    department = case.department
    assert department is not None
    with pytest.raises(DomainError) as error:
        department_close(by=admin, department_id=department.pk, at=AT)
    assert refused(error) == ("department_has_work", 409)
    assert error.value.data == {**in_hand(department, at=AT), "more": ""}
    assert error.value.data["cases"] == 1
    department.refresh_from_db()
    assert department.active


def test_it_cannot_be_deleted_past_the_rules_either(world: World) -> None:
    department = reported(world).department
    assert department is not None
    with pytest.raises(IntegrityError), transaction.atomic():
        delete_at_once(department)


def test_an_empty_one_is_closed_gets_nothing_new_and_may_return(world: World, admin: Scope) -> None:
    department = world.department("sanitation_station", STREET)
    for grant in Grant.objects.filter(department=department):
        end_grant(grant_id=grant.pk, at=AT)
    department_close(by=admin, department_id=department.pk, at=AT)
    case = reported(world)
    assert case.department != department
    assert case.department is not None
    assert case.department.active
    department_reopen(by=admin, department_id=department.pk)
    assert reported(world).department == department


def test_the_owner_of_last_resort_and_parents_stay(world: World, admin: Scope) -> None:
    last = Department.objects.get(scope_code=STREET, last_resort=True)
    with pytest.raises(DomainError) as error:
        department_close(by=admin, department_id=last.pk, at=AT)
    assert error.value.code == "department_last_resort"
    child = Department.objects.filter(scope_code=STREET, parent__scope_code=STREET).first()
    assert child is not None
    assert in_hand(child.parent, at=AT)["departments"] >= 1


def test_nobody_closes_what_they_do_not_administer(world: World, admin: Scope) -> None:
    other = world.department("sanitation_station", OTHER)
    with pytest.raises(DomainError) as error:
        department_close(by=admin, department_id=other.pk, at=AT)
    assert refused(error) == ("organisation_not_permitted", 403)


def test_the_page_says_what_is_in_the_way(world: World) -> None:
    department = reported(world).department
    assert department is not None
    browser = Client()
    assert browser.login(username="administrator", password=PASSWORD)
    address = f"/organisation/departments/{department.pk}/state"
    answer = browser.post(address, {"do": "close"}, follow=True)
    assert "1 件未结案件" in answer.content.decode()
    assert browser.post(address, {"do": "what"}).status_code == 404
    assert browser.get(address).status_code == 405
