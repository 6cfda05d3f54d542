"""Life events: a closed list, each proposal once, owed by a department, ended and forgotten; never a watch list."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from geodata.acting import acting
from geodata.errors import DomainError
from geodata.models import Person
from gridmgmt.cases.department_actions import department_close
from gridmgmt.organisation.models import Grant
from gridmgmt.organisation.scope import scope_of
from gridmgmt.registers import life_actions, life_events, life_rules, move_actions, person_actions
from gridmgmt.registers.models import LifeRule, LifeTodo, LifeTrigger
from tests.registers import people
from tests.registers.conftest import Scene
from tests.registers.test_person_actions import refused
from tests.world import AT, STREET

TODAY = date(2026, 11, 20)


@pytest.fixture(autouse=True)
def rules(scene: Scene) -> None:
    life_rules.load_rules()


def found() -> set[tuple[str, str]]:
    return {(row.rule_id, row.person.name) for row in LifeTodo.objects.select_related("person")}


def born(scene: Scene, name: str, day: str) -> Person:
    return people.person(name, scene.register.doors["one-102"], born=day)


def test_rules_come_from_the_file_once_with_their_basis(scene: Scene) -> None:
    assert life_rules.load_rules() == 0
    assert {rule.trigger for rule in LifeRule.objects.all()} == set(LifeTrigger.values)
    for rule in LifeRule.objects.all():
        assert rule.basis
        assert rule.words
        assert scene.world.department(
            rule.department_key, STREET + ("001" if "committee" in rule.department_key else "")
        )


def test_birthdays_and_births_of_the_last_month(scene: Scene) -> None:
    born(scene, "六十", "1966-11-20")
    born(scene, "八十", "1946-11-01")
    born(scene, "早已六十", "1966-10-01")
    born(scene, "明日六十", "1966-11-21")
    born(scene, "新生", "2026-11-02")
    assert life_events.look(AT) == 4
    assert found() == {
        ("sixty_card", "六十"), ("sixty_pension", "六十"), ("eighty_allowance", "八十"), ("birth_insurance", "新生"),
    }  # fmt: skip
    todo = LifeTodo.objects.get(rule="eighty_allowance")
    assert (todo.occasion, todo.happened_on, todo.department.key) == (
        "80",
        date(2026, 11, 1),
        "public_service_office",
    )
    assert (todo.due_on, todo.expires_on) == (TODAY + timedelta(days=15), date(2027, 4, 30))


def test_each_is_made_once_however_often_one_looks(scene: Scene) -> None:
    born(scene, "六十", "1966-11-20")
    assert [life_events.look(AT), life_events.look(AT), life_events.look(AT + timedelta(days=3))] == [2, 0, 0]


def test_deaths_marriages_and_arrivals_come_from_the_history(scene: Scene) -> None:
    person_actions.death(person_id=scene.son.pk, on=date(2026, 11, 18), **scene.seen(scene.son))
    with acting(by=scene.keeper.pk, cause="import", at=AT):
        Person.objects.filter(pk=scene.single.pk).update(marital="10")
    with acting(by=scene.keeper.pk, cause="import", at=AT):
        Person.objects.filter(pk=scene.single.pk).update(marital="21")
        Person.objects.filter(pk=scene.head.pk).update(marital="20")  # nothing was known before: no marriage
    values = {"name": "赵来", "sex": "1", "birth_date": "1995-05-05"}
    move_actions.move_in(
        values=values, dwelling_id=scene.door("one-102"), on=date(2026, 11, 19), **scene.by()
    )
    life_events.look(AT + timedelta(hours=1))
    assert found() == {
        ("death_funeral", "王小河"), ("marriage_birth_service", "陈一"), ("arrival_registration", "赵来"),
    }  # fmt: skip


def test_the_community_answers_where_it_offers_the_service(scene: Scene) -> None:
    values = {"name": "赵来", "sex": "1", "birth_date": "1995-05-05"}
    move_actions.move_in(
        values=values, dwelling_id=scene.door("two-102"), on=date(2026, 11, 19), **scene.by()
    )
    life_events.look(AT + timedelta(hours=1))
    department = LifeTodo.objects.get().department
    assert (department.key, department.scope_code) == ("community_committee", STREET + "002")


def test_a_to_do_goes_along_when_somebody_moves(scene: Scene) -> None:
    """Seen where the person is now, at once; owed by the department there from the next look on."""
    values = {"name": "赵来", "sex": "1", "birth_date": "1995-05-05"}
    one = move_actions.move_in(
        values=values, dwelling_id=scene.door("two-102"), on=date(2026, 11, 19), **scene.by()
    )
    life_events.look(AT + timedelta(hours=1))
    of_one, of_two = (people.keeper(scene.world, STREET + code, f"of_{code}") for code in ("001", "002"))
    assert [life_actions.todos(scope_of(user)).count() for user in (of_one, of_two)] == [0, 1]
    move_actions.move(
        person_id=one.pk, dwelling_id=scene.door("one-102"), on=date(2026, 11, 20), **scene.seen(one)
    )
    assert [life_actions.todos(scope_of(user)).count() for user in (of_one, of_two)] == [1, 0]
    assert life_events.look(AT + timedelta(hours=2)) == 0
    department = LifeTodo.objects.get().department
    assert (department.key, department.scope_code) == ("community_committee", STREET + "001")


def test_a_rule_switched_off_proposes_nothing(scene: Scene) -> None:
    refused(
        "register_not_permitted", life_rules.switch, key="sixty_card", active=False, by=scene.keeper, at=AT
    )
    refused(
        "life_rule_unknown", life_rules.switch, key="x", active=False, by=scene.world.administrator, at=AT
    )
    life_rules.switch(key="sixty_card", active=False, by=scene.world.administrator, at=AT)
    born(scene, "六十", "1966-11-20")
    assert life_events.look(AT) == 1
    assert life_rules.load_rules() == 0
    assert not LifeRule.objects.get(pk="sixty_card").active


def test_a_to_do_ends_by_itself_and_is_forgotten(scene: Scene) -> None:
    born(scene, "新生", "2026-11-02")
    life_events.look(AT)
    life_events.look(AT + timedelta(days=80))
    todo = LifeTodo.objects.get()
    assert (todo.state, todo.decided_by) == ("expired", None)
    life_events.look(AT + timedelta(days=300))
    assert not LifeTodo.objects.exists()


def test_done_or_not_wanted_with_what_was_said(scene: Scene) -> None:
    born(scene, "六十", "1966-11-20")
    life_events.look(AT)
    card = LifeTodo.objects.get(rule="sixty_card")
    said: dict[str, Any] = {"todo_id": card.pk, **scene.by()}
    refused("value_unknown", life_actions.finish, **said, outcome="open")
    refused("reason_missing", life_actions.finish, **said, outcome="not_wanted")
    life_actions.finish(**said, outcome="not_wanted", reason="本人已有优待证")
    assert life_actions.finish(**said, outcome="not_wanted", reason="x").reason == "本人已有优待证"
    refused("life_todo_ended", life_actions.finish, **said, outcome="done")
    pension = LifeTodo.objects.get(rule="sixty_pension")
    assert life_actions.finish(todo_id=pension.pk, outcome="done", **scene.by()).state == "done"


def test_to_dos_are_seen_by_the_department_and_street_staff_alone(scene: Scene) -> None:
    born(scene, "六十", "1966-11-20")
    life_events.look(AT)
    todo = LifeTodo.objects.first()
    assert todo is not None
    assert life_actions.todos(scope_of(scene.keeper)).count() == 2
    for name in ("handler", "leader", "supervisor", "worker", "administrator", "neighbour_leader"):
        assert life_actions.todos(scope_of(scene.world.people[name])).count() == 0, name
    refused(
        "life_todo_unknown",
        life_actions.finish,
        todo_id=todo.pk,
        outcome="done",
        by=scene.world.handler,
        at=AT,
    )


def test_the_database_knows_no_other_trigger(scene: Scene) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        LifeRule.objects.filter(pk="sixty_card").update(trigger="released")
    with pytest.raises(IntegrityError), transaction.atomic():
        LifeRule.objects.filter(pk="sixty_card").update(expire_days=3000)


def test_a_department_that_owes_proposals_is_not_closed(scene: Scene) -> None:
    born(scene, "八十", "1946-11-01")
    life_events.look(AT)
    todo = LifeTodo.objects.get()
    office, administrator = todo.department, scope_of(scene.world.administrator)
    Grant.objects.filter(department=office).delete()
    with pytest.raises(DomainError) as error:
        department_close(by=administrator, department_id=office.pk, at=AT)
    assert (error.value.code, error.value.data["services"]) == ("department_has_work", 1)
    with translation.override("zh-hans"):
        assert "待提示的服务：1" in error.value.text()
    life_actions.finish(todo_id=todo.pk, outcome="done", **scene.by())
    assert not department_close(by=administrator, department_id=office.pk, at=AT).active
