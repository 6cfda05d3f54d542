"""Doubles: found with reasons, remembered as two people, merged by choice, taken back exactly."""

from __future__ import annotations

import json
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from geodata.ids import uuid7
from geodata.models import CareGroup, CareMembership, Household, Membership, Person, Residence
from geodata.personal import unseal
from gridmgmt.organisation.scope import scope_of
from gridmgmt.registers import (
    double_actions,
    doubles,
    facts,
    history,
    household_actions,
    life_rules,
    person_actions,
)
from gridmgmt.registers.models import Double, LifeRule, LifeTodo, PersonMerge, RegisterChange
from tests.registers import people
from tests.registers.conftest import Scene
from tests.registers.test_person_actions import refused
from tests.world import AT, COUNTY, STREET, World


def reasons() -> dict[frozenset[str], tuple[int, list[str]]]:
    return {
        frozenset({row.first.name, row.second.name}): (row.score, row.reasons)
        for row in Double.objects.select_related("first", "second")
    }


def pair(scene: Scene, **more: Any) -> tuple[Person, Person]:
    """The head's double at the other building: no ID number, another phone."""
    values = {"born": "1970-03-05", "phone": "10000000002"} | more
    return scene.head, people.person("王大河", scene.register.doors["two-102"], **values)


def everything(*ids: UUID) -> str:
    """All rows of these people, as the database writes them."""
    with connection.cursor() as cursor:
        told = []
        for table, key in (
            ("geodata_person", "id"),
            ("geodata_membership", "person_id"),
            ("geodata_residence", "person_id"),
        ):
            cursor.execute(
                f"SELECT (to_jsonb(t) - 'updated_at')::text FROM {table} t WHERE {key} = ANY(%s) ORDER BY t.id",
                [list(ids)],
            )
            told.append([json.loads(text) for (text,) in cursor.fetchall()])
    return json.dumps(told, sort_keys=True)


def double(one: Person, other: Person) -> Double:
    """The pair as it stands in the list, put there when nothing found it."""
    first, second = sorted((one.pk, other.pk))
    values = {"county": COUNTY, "score": 60, "reasons": ["same_name"]}
    return Double.objects.get_or_create(first_id=first, second_id=second, defaults=values)[0]


def merged(scene: Scene, kept: Person, gone: Person, **chosen: str) -> PersonMerge:
    return double_actions.merge(
        double_id=double(kept, gone).pk, kept_id=kept.pk, chosen=chosen, reason="同一人，两次登记", **scene.by(),
        versions={one.pk: history.person_version(one.pk) for one in (kept, gone)},
    )  # fmt: skip


def test_candidates_carry_their_reasons(scene: Scene) -> None:
    pair(scene)
    people.person(
        "王晓河", scene.register.doors["one-102"], born="2001-01-09"
    )  # sounds like the son, same house
    people.person(
        "陈一", scene.register.doors["two-201"], born="1990-02-03", order=19
    )  # another number: two people
    people.person("李小溪", scene.register.doors["two-201"], born="1972-07-01", sex=1)  # another sex
    assert doubles.find(county=COUNTY, at=AT) == 2
    assert reasons() == {
        frozenset({"王大河"}): (70, ["same_name", "same_birth_date", "one_without_id"]),
        frozenset({"王小河", "王晓河"}): (
            70,
            ["sounds_alike", "same_birth_date", "one_without_id", "same_building"],
        ),
    }


def test_a_similar_number_counts_without_being_opened(scene: Scene) -> None:
    other = people.person("陈一", scene.register.doors["two-201"], born="1990-02-03", order=19)
    Person.objects.filter(pk=other.pk).update(id_no_masked=scene.single.id_no_masked)
    doubles.find(county=COUNTY, at=AT)
    assert reasons()[frozenset({"陈一"})][1] == [
        "same_name",
        "same_birth_date",
        "similar_id",
        "same_building",
    ]


def test_looking_again_changes_nothing_and_drops_what_is_settled(scene: Scene) -> None:
    _kept, gone = pair(scene)
    assert doubles.find(county=COUNTY, at=AT) == doubles.find(county=COUNTY, at=AT) == 1
    Person.objects.filter(pk=gone.pk).update(name="完全不同", birth_date="1999-01-01")
    assert doubles.find(county=COUNTY, at=AT) == 0


def test_two_people_after_all_is_remembered(scene: Scene) -> None:
    pair(scene)
    doubles.find(county=COUNTY, at=AT)
    found = Double.objects.get()
    refused("reason_missing", double_actions.say_different, double_id=found.pk, note=" ", **scene.by())
    double_actions.say_different(double_id=found.pk, note="同名同日生", **scene.by())
    assert doubles.find(county=COUNTY, at=AT) == 0
    found.refresh_from_db()
    assert (found.state, found.decided_by, found.note) == ("different", scene.keeper, "同名同日生")
    double_actions.ask_again(double_id=found.pk, by=scene.keeper)
    assert doubles.find(county=COUNTY, at=AT) == 1


def test_what_is_decided_is_not_merged_until_it_is_asked_again(scene: Scene) -> None:
    kept, gone = pair(scene)
    found = double(kept, gone)
    double_actions.say_different(double_id=found.pk, note="同名同日生", **scene.by())
    said = {
        "double_id": found.pk, "kept_id": kept.pk, "chosen": {}, "reason": "同一人登记两次", **scene.by(),
        "versions": {one.pk: history.person_version(one.pk) for one in (kept, gone)},
    }  # fmt: skip
    told = refused("double_decided", double_actions.merge, **said)
    assert (told.status, told.data["state"]) == (409, "different")
    assert Person.objects.filter(pk=gone.pk).exists()
    double_actions.ask_again(double_id=found.pk, by=scene.keeper)
    assert double_actions.merge(**said).gone == gone.pk


def test_pairs_are_for_keepers_of_both_places(scene: Scene) -> None:
    pair(scene)
    doubles.find(county=COUNTY, at=AT)
    of_one = people.keeper(scene.world, STREET + "001", "of_one")
    assert doubles.visible(scope_of(scene.keeper)).count() == 1
    for other in (of_one, scene.world.leader, scene.world.worker):
        assert doubles.visible(scope_of(other)).count() == 0
    refused(
        "double_unknown",
        double_actions.say_different,
        double_id=Double.objects.get().pk,
        note="x",
        by=of_one,
        at=AT,
    )


def test_one_record_of_two_with_the_chosen_fields(scene: Scene) -> None:
    kept, gone = pair(scene, marital="20")
    done = merged(scene, kept, gone, phone="gone", marital="gone")
    kept.refresh_from_db()
    assert not Person.objects.filter(pk=gone.pk).exists()
    assert (kept.marital, kept.phone_masked, kept.building) == (
        "20",
        "100****0002",
        scene.register.buildings["one"],
    )
    assert unseal(kept.phone_sealed or b"", column="person.phone", row=kept.pk) == "10000000002"
    assert kept.memberships.get(valid_to=None).household == scene.home
    assert Residence.objects.filter(person=kept, valid_to=None).count() == 2
    assert done.chosen["phone"] == "gone"
    assert done.chosen["name"] == "kept"
    causes = RegisterChange.objects.filter(person_key=kept.pk, cause="merge").values_list("ref", "by")
    assert set(causes) == {(done.pk, scene.keeper.pk)}


def test_the_facts_of_the_other_side_may_hold(scene: Scene) -> None:
    kept, gone = pair(scene)
    other = people.household(scene.register.doors["two-102"], (gone, "02"))
    household_actions.change_head(
        household_id=scene.home.pk, new_head=scene.wife.pk, said={kept.pk: "11", scene.son.pk: "20"},
        on=date(2026, 11, 1), **scene.home_seen(),
    )  # fmt: skip
    merged(scene, kept, gone, facts="gone")
    kept.refresh_from_db()
    assert kept.building == scene.register.buildings["two"]
    assert kept.memberships.get(valid_to=None).household == other
    assert set(Residence.objects.filter(person=kept).values_list("building", flat=True)) == {kept.building_id}


def test_earlier_facts_fill_times_that_are_free(scene: Scene) -> None:
    kept, gone = pair(scene, registered=False)
    gone.residences.update(valid_from="2010-01-01", valid_to="2015-01-01")
    merged(scene, kept, gone)
    times = Residence.objects.filter(person=kept, kind="actual").order_by("valid_from")
    assert [row.valid_from for row in times] == [date(2010, 1, 1), date(2020, 1, 1)]


def test_taking_back_restores_both_exactly(scene: Scene) -> None:
    kept, gone = pair(scene, marital="20")
    other = people.household(scene.register.doors["two-102"], (gone, "02"))
    facts.count_alone(homes=[other.pk])
    before = everything(kept.pk, gone.pk)
    done = merged(scene, kept, gone, phone="gone", id_no="kept", name="gone")
    assert Membership.objects.filter(household=other).count() == 0
    double_actions.unmerge(merge_id=done.pk, **scene.by())
    assert everything(kept.pk, gone.pk) == before
    done.refresh_from_db()
    assert (done.undone_by, done.undone_at) == (scene.keeper, AT)
    again = double_actions.unmerge(merge_id=done.pk, **scene.by())
    assert again.undone_at == AT


def test_what_refers_to_the_other_record_goes_along_and_comes_back(scene: Scene) -> None:
    _kept, gone = pair(scene)
    third = people.person("王大何", scene.register.doors["two-102"], born="1970-03-05", phone="10000000002")
    doubles.find(county=COUNTY, at=AT)
    assert Double.objects.filter(second=third).exists() or Double.objects.filter(first=third).exists()
    done = merged(scene, scene.head, gone)
    assert done.moved == {}  # pairs are found again, not carried over
    assert Double.objects.filter(first=gone.pk).count() == 0


def owed(one: Person, occasion: str, world: World) -> LifeTodo:
    return LifeTodo.objects.create(
        rule=LifeRule.objects.filter(trigger="turned_60").first(), person=one, occasion=occasion, county=COUNTY,
        department=world.department("public_service_office"), happened_on=date(2026, 11, 1), made_at=AT,
        due_on=date(2026, 11, 9), expires_on=date(2026, 12, 9),
    )  # fmt: skip


def test_a_merge_is_where_its_people_are(scene: Scene) -> None:
    """The family's building gets another cell, then goes to the other community: log and taking back go along."""
    kept, gone = pair(scene)
    done = merged(scene, kept, gone)
    of_one = people.keeper(scene.world, STREET + "001", "of_one")
    of_two = people.keeper(scene.world, STREET + "002", "of_two")
    two = scene.register.buildings["two"]
    assert list(double_actions.merges(scope_of(of_one))) == [done]
    Person.objects.filter(pk=kept.pk).update(cell_code=two.cell_code)
    assert list(double_actions.merges(scope_of(of_one))) == []
    assert list(double_actions.merges(scope_of(of_two))) == [done]
    refused(
        "merge_unknown", double_actions.unmerge, merge_id=done.pk, by=of_two, at=AT
    )  # one comes back to "one"
    refused("merge_unknown", double_actions.unmerge, merge_id=done.pk, by=of_one, at=AT)
    stamped = two.cell_code[:-1] + "9"
    type(two).objects.filter(pk=two.pk).update(cell_code=stamped)
    double_actions.unmerge(merge_id=done.pk, **scene.by())
    kept.refresh_from_db()
    gone = Person.objects.get(pk=gone.pk)
    assert kept.cell_code == scene.register.buildings["one"].cell_code
    assert gone.cell_code == stamped


def test_what_both_have_once_only_is_kept_once_and_comes_back(scene: Scene) -> None:
    kept, gone = pair(scene)
    life_rules.load_rules()
    todos = [
        owed(kept, "60", scene.world),
        owed(gone, "60", scene.world),
        owed(gone, "2026-11-01", scene.world),
    ]
    groups = [
        CareMembership.objects.create(county=COUNTY, person=one, group=group, valid_to=until)
        for one, group, until in (
            (kept, CareGroup.values[0], None),
            (gone, CareGroup.values[0], None),
            (gone, CareGroup.values[0], date(2020, 1, 1)),  # over: no rival of the open one
            (gone, CareGroup.values[1], None),
        )
    ]
    before = [list(model.objects.order_by("pk").values()) for model in (LifeTodo, CareMembership)]
    done = merged(scene, kept, gone)
    assert set(kept.life_todos.all()) == {todos[0], todos[2]}
    assert set(kept.care.all()) == {groups[0], groups[2], groups[3]}
    double_actions.unmerge(merge_id=done.pk, **scene.by())
    assert [list(model.objects.order_by("pk").values()) for model in (LifeTodo, CareMembership)] == before


def test_a_merge_that_was_built_upon_is_not_taken_back(scene: Scene) -> None:
    kept, gone = pair(scene)
    done = merged(scene, kept, gone)
    person_actions.correct(person_id=kept.pk, values={"marital": "30"}, **scene.seen(kept))
    refused("unmerge_changed", double_actions.unmerge, merge_id=done.pk, **scene.by())
    person_actions.correct(person_id=kept.pk, values={"marital": ""}, **scene.seen(kept))
    double_actions.unmerge(merge_id=done.pk, **scene.by())


def test_a_place_taken_meanwhile_is_told(scene: Scene) -> None:
    kept, gone = pair(scene)
    other = people.household(scene.register.doors["two-102"], (gone, "02"))
    done = merged(scene, kept, gone)
    Membership.objects.create(
        county=COUNTY, person=people.person("新户主", None), household=other, relation="02"
    )
    before = everything(kept.pk)
    refused("unmerge_in_use", double_actions.unmerge, merge_id=done.pk, **scene.by())
    assert everything(kept.pk) == before


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("double_unknown", {"double_id": uuid7()}),
        ("person_unknown", {"kept_id": uuid7()}),
        ("field_unknown", {"chosen": {"religion": "gone"}}),
        ("field_unknown", {"chosen": {"name": "both"}}),
        ("reason_missing", {"reason": " "}),
        ("register_changed", {"versions": {}}),
        ("double_unknown", {"by": "neighbour"}),
        ("double_unknown", {"by": "leader"}),
        ("double_is_head", {"chosen": {"facts": "gone"}}),
    ],
)
def test_merging_is_refused(scene: Scene, code: str, said: dict[str, Any]) -> None:
    kept, gone = pair(scene)
    people.household(scene.register.doors["two-102"], (gone, "02"))
    usual = {
        "double_id": double(kept, gone).pk, "kept_id": kept.pk, "chosen": {}, "reason": "同一人登记两次", **scene.by(),
        "versions": {one.pk: history.person_version(one.pk) for one in (kept, gone)},
    }  # fmt: skip
    if "by" in said:
        said = {"by": scene.world.people[said["by"]]}
    refused(code, double_actions.merge, **usual | said)
    assert Person.objects.filter(pk=gone.pk).exists()
    assert not PersonMerge.objects.exists()


def test_numbers_that_contradict_each_other_are_not_mixed(scene: Scene) -> None:
    kept, gone = pair(scene, born="1971-03-05", order=11)
    refused(
        "id_no_contradicts", double_actions.merge, double_id=double(kept, gone).pk, kept_id=kept.pk,
        chosen={"id_no": "gone"}, reason="同一人登记两次", **scene.by(),
        versions={one.pk: history.person_version(one.pk) for one in (kept, gone)},
    )  # fmt: skip
    merged(scene, kept, gone, id_no="gone", birth_date="gone")
    kept.refresh_from_db()
    assert str(kept.birth_date) == "1971-03-05"
    assert Household.objects.filter(memberships__person=kept, memberships__valid_to=None).get() == scene.home


def test_the_decision_log_is_for_keepers(scene: Scene) -> None:
    kept, gone = pair(scene)
    done = merged(scene, kept, gone)
    assert list(double_actions.merges(scope_of(scene.keeper))) == [done]
    assert list(double_actions.merges(scope_of(scene.world.leader))) == []
    refused("register_not_permitted", double_actions.unmerge, merge_id=done.pk, by=scene.world.leader, at=AT)
    refused("merge_unknown", double_actions.unmerge, merge_id=done.pk, by=scene.world.neighbour, at=AT)
    assert "10000000002" not in json.dumps(done.images)
