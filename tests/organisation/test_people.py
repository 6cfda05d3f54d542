"""Accounts are made and changed by administrators of their place, and by nobody above or beside it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from geodata.errors import DomainError
from geodata.models import Area
from gridmgmt.organisation import people, queries
from gridmgmt.organisation.actions import DepartmentSeed, found_departments, grant_role
from gridmgmt.organisation.models import Department, Device, Duty, Grant, Role, User
from gridmgmt.organisation.queries import PeopleFilters
from gridmgmt.organisation.scope import Scope, load_scope
from tests.world import AT, COUNTY, OTHER, STREET, World


@pytest.fixture
def admin(world: World) -> Scope:
    """The administrator of the street."""
    return load_scope(world.people["administrator"].pk)


def made(admin: Scope, **changes: Any) -> tuple[User, str]:
    values: dict[str, Any] = {
        "username": "wang.min", "name": "网格员甲", "role": "worker", "scope_code": STREET + "001",
        "department_id": None, "at": AT,
    }  # fmt: skip
    return people.person_create(by=admin, **(values | changes))


def test_a_new_person_has_a_role_and_a_password_of_their_own(admin: Scope) -> None:
    user, password = made(admin)
    assert user.check_password(password)
    assert len(password) == people.PASSWORD_LENGTH
    assert [(g.role, g.scope_code) for g in user.grants.all()] == [("worker", STREET + "001")]
    assert made(admin, username="wang.two")[1] != password


def test_a_shut_account_opens_to_nobody_until_it_is_given_a_password(admin: Scope) -> None:
    user, password = made(admin, shut=True)
    assert (password, user.is_active, user.has_usable_password()) == ("", False, False)
    people.person_activate(by=admin, user_id=user.pk, active=True, at=AT)
    user.refresh_from_db()
    assert not any(user.check_password(guess) for guess in ("", user.username, "!", user.password))
    given = people.password_reset(by=admin, user_id=user.pk, at=AT)
    user.refresh_from_db()
    assert user.check_password(given)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"username": "A"}, "username_invalid"),
        ({"username": "worker"}, "username_taken"),
        ({"name": "  "}, "name_missing"),
        ({"role": "emperor"}, "role_unknown"),
        ({"scope_code": ""}, "code_invalid"),
        ({"scope_code": "0099010010０1"}, "code_invalid"),
        ({"scope_code": OTHER}, "organisation_not_permitted"),
        ({"scope_code": COUNTY}, "organisation_not_permitted"),
        ({"role": "handler"}, "grant_needs_department"),
    ],
)
def test_a_wrong_wish_leaves_nothing_behind(admin: Scope, changes: dict[str, Any], code: str) -> None:
    before = User.objects.count()
    with pytest.raises(DomainError) as refused:
        made(admin, **changes)
    assert refused.value.code == code
    assert User.objects.count() == before


def test_a_department_of_another_street_is_refused(world: World, admin: Scope) -> None:
    foreign = world.department("sanitation_station", OTHER)
    with pytest.raises(DomainError, match="department_unknown"):
        made(admin, role="handler", department_id=foreign.pk)


def test_accounts_of_the_neighbour_and_above_are_out_of_reach(world: World, admin: Scope) -> None:
    for name in ("neighbour", "importer"):
        for change in (
            lambda pk: people.password_reset(by=admin, user_id=pk, at=AT),
            lambda pk: people.person_activate(by=admin, user_id=pk, active=False, at=AT),
            lambda pk: people.role_give(
                by=admin, user_id=pk, role="worker", scope_code=STREET, department_id=None, at=AT
            ),
        ):
            with pytest.raises(DomainError, match="organisation_not_permitted"):
                change(world.people[name].pk)


def test_who_also_works_elsewhere_is_not_the_streets_alone(world: World, admin: Scope) -> None:
    worker = world.people["worker"]
    grant_role(user=worker, role=Role.WORKER, scope_code=OTHER, at=AT)
    with pytest.raises(DomainError, match="organisation_not_permitted"):
        people.password_reset(by=admin, user_id=worker.pk, at=AT)


def test_a_superuser_is_never_touched_by_a_street(world: World, admin: Scope) -> None:
    root = User.objects.create(username="root", name="系统", is_superuser=True)
    grant_role(user=root, role=Role.STAFF, scope_code=STREET, at=AT)
    with pytest.raises(DomainError, match="organisation_not_permitted"):
        people.password_reset(by=admin, user_id=root.pk, at=AT)


def test_shutting_ends_phones_and_keeps_history(world: World, admin: Scope) -> None:
    worker = world.people["worker"]
    device = Device.objects.create(user=worker, name="PDA")
    people.person_activate(by=admin, user_id=worker.pk, active=False, at=AT)
    device.refresh_from_db()
    worker.refresh_from_db()
    assert device.revoked_at == AT
    assert not worker.is_active
    assert worker.grants.exists()
    people.person_activate(by=admin, user_id=worker.pk, active=True, at=AT)
    worker.refresh_from_db()
    assert worker.is_active


def test_nobody_locks_themselves_out(admin: Scope) -> None:
    assert admin.user_id is not None
    with pytest.raises(DomainError, match="person_self"):
        people.person_activate(by=admin, user_id=admin.user_id, active=False, at=AT)
    own = Grant.objects.get(user_id=admin.user_id)
    with pytest.raises(DomainError, match="grant_last_administrator"):
        people.role_end(by=admin, grant_id=own.pk, at=AT)


def test_an_ended_role_gives_nothing_any_more(world: World, admin: Scope) -> None:
    grant = world.people["worker"].grants.get()
    people.role_end(by=admin, grant_id=grant.pk, at=AT)
    assert not load_scope(world.people["worker"].pk).held
    with pytest.raises(DomainError, match="grant_unknown"):
        people.role_end(by=admin, grant_id=grant.pk, at=AT)


def test_whose_last_role_ended_can_be_given_one_again(world: World, admin: Scope) -> None:
    worker = world.people["worker"]
    people.role_end(by=admin, grant_id=worker.grants.get().pk, at=AT)
    assert worker in queries.people(admin, PeopleFilters(), at=AT)
    people.role_give(by=admin, user_id=worker.pk, role="staff", scope_code=STREET, department_id=None, at=AT)
    assert [held.role for held in load_scope(worker.pk).held] == ["staff"]


def test_duties_begin_and_end_inside_the_street(world: World, admin: Scope) -> None:
    worker = world.people["worker"]
    duty = people.duty_give(by=admin, user_id=worker.pk, scope_code=STREET + "002", rank=2, at=AT)
    assert duty.rank == 2
    people.duty_end(by=admin, duty_id=duty.pk, at=AT)
    assert Duty.objects.get(pk=duty.pk).valid_to == AT
    with pytest.raises(DomainError, match="organisation_not_permitted"):
        people.duty_give(by=admin, user_id=worker.pk, scope_code=OTHER, rank=1, at=AT)


def test_the_list_shows_the_streets_people_only(world: World, admin: Scope) -> None:
    names = {user.username for user in queries.people(admin, PeopleFilters(), at=AT)}
    assert {"worker", "leader", "handler"} <= names
    assert not names & {"neighbour", "neighbour_leader", "importer"}
    handlers = queries.people(admin, PeopleFilters(role="handler"), at=AT)
    assert {user.username for user in handlers} == {"handler", "other_handler"}


def test_nothing_is_founded_for_a_division_that_was_abolished(world: World, admin: Scope) -> None:
    desk = DepartmentSeed(
        key="desk", name="服务站", name_en="", level="community", kind="", parent_key="", last_resort=False, handles=""
    )  # fmt: skip
    here = Area.objects.filter(level=12, code__startswith=STREET)
    first, *others = here.order_by("code").values_list("code", flat=True)
    here.filter(code=first).update(valid_to=date(2020, 1, 1))
    made = found_departments(street_code=STREET, seeds=[desk])
    assert {department.scope_code for department in made} == set(others)
    Department.objects.filter(scope_code=STREET).update(active=False)
    assert [area.code for area in queries.readiness(admin, at=AT).streets_without_departments] == [STREET], (
        "a street that stands is missed"
    )
    Area.objects.filter(code=STREET).update(valid_to=date(2020, 1, 1))
    assert queries.readiness(admin, at=AT).streets_without_departments == ()


def test_what_is_missing_is_named(world: World, admin: Scope) -> None:
    assert queries.readiness(admin, at=AT).ready
    Grant.objects.filter(role="registrar", scope_code__startswith=STREET).update(valid_to=AT)
    found = queries.readiness(admin, at=AT)
    assert not found.ready
    assert found.missing_roles == ["registrar"]
