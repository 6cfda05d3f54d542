"""Birth, death, corrections: what they write, and every way in which they are refused."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from geodata.errors import DomainError
from geodata.models import Membership, Person, Residence
from geodata.personal import unseal
from geodata.sample.identity import id_number
from gridmgmt.registers import history, person_actions
from gridmgmt.registers.models import RegisterChange
from tests.registers import people
from tests.registers.conftest import Scene
from tests.world import AT, COUNTY, STREET

CHILD = {"name": "王新苗", "sex": "2", "birth_date": "2026-11-01"}


def refused(code: str, action: Any, **said: Any) -> DomainError:
    with pytest.raises(DomainError) as caught:
        action(**said)
    assert caught.value.code == code
    return caught.value


def test_a_child_is_born_into_the_household_of_its_mother(scene: Scene) -> None:
    child = person_actions.birth(
        parent_id=scene.wife.pk, values=CHILD, relation="30", **scene.seen(scene.wife)
    )
    membership = Membership.objects.get(person=child)
    assert (membership.household, membership.relation, membership.valid_from) == (
        scene.home,
        "30",
        date(2026, 11, 1),
    )
    residences = Residence.objects.filter(
        person=child, valid_to=None, dwelling=scene.register.doors["one-101"]
    )
    assert set(residences.values_list("kind", flat=True)) == {"actual", "registered"}
    assert child.building == scene.register.buildings["one"]
    assert set(RegisterChange.objects.filter(person_key=child.pk).values_list("cause", "by")) == {
        ("birth", scene.keeper.pk)
    }


def test_a_child_may_stay_unregistered(scene: Scene) -> None:
    child = person_actions.birth(
        parent_id=scene.head.pk, values=CHILD, relation="30", registered=False, **scene.seen(scene.head)
    )
    assert [row.kind for row in child.residences.all()] == ["actual"]


@pytest.mark.parametrize(
    ("code", "changes", "relation"),
    [
        ("name_missing", {"name": " "}, "30"),
        ("name_form", {"name": "a1"}, "30"),
        ("value_unknown", {"sex": "7"}, "30"),
        ("birth_date_form", {"birth_date": ""}, "30"),
        ("birth_date_form", {"birth_date": "2026-13-01"}, "30"),
        ("birth_date_form", {"birth_date": "2026-12-01"}, "30"),
        ("parent_too_young", {"birth_date": "1980-01-01"}, "30"),
        ("one_head_only", {}, "02"),
        ("relation_unknown", {}, "x"),
        ("field_unknown", {"religion": "x"}, "30"),
        ("phone_form", {"phone": "12"}, "30"),
        ("id_check_digit", {"id_no": "009901202611010010"}, "30"),
        ("id_no_contradicts", {"id_no": id_number(COUNTY, "20261102", 2)}, "30"),
        ("id_no_contradicts", {"id_no": id_number(COUNTY, "20261101", 1)}, "30"),
    ],
)
def test_a_birth_is_refused(scene: Scene, code: str, changes: dict[str, str], relation: str) -> None:
    before = Person.objects.count()
    refused(
        code, person_actions.birth, parent_id=scene.wife.pk, values=CHILD | changes, relation=relation,
        **scene.seen(scene.wife),
    )  # fmt: skip
    assert Person.objects.count() == before


def test_the_same_birth_sent_twice_makes_one_child(scene: Scene) -> None:
    person_actions.birth(parent_id=scene.wife.pk, values=CHILD, relation="30", **scene.seen(scene.wife))
    refused(
        "person_already_there", person_actions.birth, parent_id=scene.wife.pk, values=CHILD, relation="30",
        **scene.seen(scene.wife),
    )  # fmt: skip


def test_no_birth_to_the_dead_nor_without_a_household(scene: Scene) -> None:
    lonely = people.person("无户", scene.register.doors["one-102"])
    refused(
        "no_household",
        person_actions.birth,
        parent_id=lonely.pk,
        values=CHILD,
        relation="30",
        **scene.seen(lonely),
    )
    person_actions.death(person_id=scene.wife.pk, on=date(2026, 1, 1), **scene.seen(scene.wife))
    refused(
        "person_dead", person_actions.birth, parent_id=scene.wife.pk, values=CHILD, relation="30",
        **scene.seen(scene.wife),
    )  # fmt: skip


def test_death_ends_household_and_house(scene: Scene) -> None:
    person_actions.death(person_id=scene.wife.pk, on=date(2026, 11, 2), **scene.seen(scene.wife))
    scene.wife.refresh_from_db()
    assert scene.wife.life_state == "dead"
    assert set(scene.wife.residences.values_list("valid_to", flat=True)) == {date(2026, 11, 2)}
    assert scene.wife.memberships.get().valid_to == date(2026, 11, 2)


def test_the_death_of_a_head_asks_for_another_and_every_relation(scene: Scene) -> None:
    said = {"person_id": scene.head.pk, "on": date(2026, 11, 2)}
    refused("head_needed", person_actions.death, **said, **scene.seen(scene.head))
    refused(
        "head_not_a_member", person_actions.death, **said, new_head=scene.single.pk, **scene.seen(scene.head)
    )
    missing = refused(
        "relations_incomplete", person_actions.death, **said, new_head=scene.wife.pk, **scene.seen(scene.head)
    )
    assert missing.data["missing"] == [str(scene.son.pk)]
    person_actions.death(**said, new_head=scene.wife.pk, said={scene.son.pk: "20"}, **scene.seen(scene.head))
    rows = Membership.objects.filter(household=scene.home, valid_to=None).order_by("relation")
    assert [(row.person, row.relation) for row in rows] == [(scene.wife, "02"), (scene.son, "20")]


def test_who_remains_alone_is_marked(scene: Scene) -> None:
    person_actions.death(person_id=scene.son.pk, on=date(2026, 11, 2), **scene.seen(scene.son))
    scene.wife.refresh_from_db()
    assert not scene.wife.lives_alone
    person_actions.death(
        person_id=scene.head.pk, on=date(2026, 11, 3), new_head=scene.wife.pk, **scene.seen(scene.head)
    )
    scene.wife.refresh_from_db()
    assert scene.wife.lives_alone


@pytest.mark.parametrize(
    ("code", "on"),
    [
        ("day_in_future", date(2026, 11, 21)),
        ("day_before_birth", date(1970, 3, 4)),
        ("day_before_start", date(2019, 12, 31)),
    ],
)
def test_a_death_on_an_impossible_day(scene: Scene, code: str, on: date) -> None:
    refused(code, person_actions.death, person_id=scene.head.pk, on=on, **scene.seen(scene.head))


def test_nobody_dies_twice(scene: Scene) -> None:
    person_actions.death(person_id=scene.son.pk, on=date(2026, 1, 1), **scene.seen(scene.son))
    refused(
        "person_dead",
        person_actions.death,
        person_id=scene.son.pk,
        on=date(2026, 1, 2),
        **scene.seen(scene.son),
    )


def test_fields_are_put_right_and_numbers_sealed_for_their_row(scene: Scene) -> None:
    person_actions.correct(
        person_id=scene.single.pk, values={"name": "陈意", "phone": "100 0000 0009", "marital": "20"},
        **scene.seen(scene.single),
    )  # fmt: skip
    scene.single.refresh_from_db()
    assert (scene.single.name, scene.single.marital, scene.single.phone_masked) == (
        "陈意",
        "20",
        "100****0009",
    )
    assert (
        unseal(scene.single.phone_sealed or b"", column="person.phone", row=scene.single.pk) == "10000000009"
    )
    told = {line.field: line.after for line in history.of_person(scene.single.pk)[0].lines}
    assert told == {"name": "陈*", "phone": "100****0009", "marital": "20"}


@pytest.mark.parametrize(
    ("code", "values"),
    [
        ("nothing_changes", {"name": "陈一"}),
        ("nothing_changes", {}),
        ("field_unknown", {"building": "x"}),
        ("name_missing", {"name": ""}),
        ("id_no_taken", {"id_no": id_number(COUNTY, "19700305", 11), "birth_date": "1970-03-05"}),
        ("id_no_contradicts", {"id_no": id_number(COUNTY, "19700305", 11)}),
        ("value_unknown", {"marital": "x"}),
    ],
)
def test_a_correction_is_refused(scene: Scene, code: str, values: dict[str, str]) -> None:
    refused(
        code, person_actions.correct, person_id=scene.single.pk, values=values, **scene.seen(scene.single)
    )


def test_a_number_of_one_county_may_be_corrected_to_nothing(scene: Scene) -> None:
    person_actions.correct(person_id=scene.single.pk, values={"id_no": ""}, **scene.seen(scene.single))
    scene.single.refresh_from_db()
    assert (scene.single.id_no_sealed, scene.single.id_no_key, scene.single.id_no_masked) == (None, None, "")


def test_somebody_was_faster(scene: Scene) -> None:
    """Also an import or plain SQL in between is a conflict."""
    seen = scene.seen(scene.single)
    Person.objects.filter(pk=scene.single.pk).update(marital="10")
    refused(
        "register_changed", person_actions.correct, person_id=scene.single.pk, values={"name": "陈意"}, **seen
    )


def test_scope_and_role_are_asked(scene: Scene) -> None:
    values = {"name": "陈意"}
    seen = scene.seen(scene.single)
    for name, code in (
        ("leader", "register_not_permitted"),
        ("worker", "person_unknown"),
        ("neighbour", "person_unknown"),
        ("neighbour_leader", "person_unknown"),
    ):
        refused(
            code, person_actions.correct, person_id=scene.single.pk, values=values,
            **{**seen, "by": scene.world.people[name]},
        )  # fmt: skip
    of_one = people.keeper(scene.world, STREET + "001", "of_one")
    refused(
        "person_unknown",
        person_actions.correct,
        person_id=scene.single.pk,
        values=values,
        **{**seen, "by": of_one},
    )
    person_actions.correct(
        person_id=scene.head.pk, values={"name": "王大海"}, by=of_one, at=AT,
        version=history.person_version(scene.head.pk),
    )  # fmt: skip
