"""Heads, splits, merges, numbers: exactly one head afterwards, and every way in which they are refused."""

from __future__ import annotations

from datetime import date

from geodata.models import Household, Membership
from gridmgmt.registers import history, household_actions, move_actions
from tests.registers.conftest import Scene
from tests.registers.test_person_actions import refused

ON = date(2026, 11, 10)


def relations(home: Household) -> dict[str, str]:
    rows = Membership.objects.filter(household=home, valid_to=None).select_related("person")
    return {row.person.name: row.relation for row in rows}


def test_another_head_renames_everybody_from_a_day(scene: Scene) -> None:
    household_actions.change_head(
        household_id=scene.home.pk, new_head=scene.wife.pk, said={scene.head.pk: "11", scene.son.pk: "20"}, on=ON,
        **scene.home_seen(),
    )  # fmt: skip
    assert relations(scene.home) == {"王大河": "11", "李小溪": "02", "王小河": "20"}
    closed = Membership.objects.get(person=scene.head, relation="02")
    assert closed.valid_to == ON
    assert Membership.objects.filter(person=scene.son).count() == 1


def test_changing_head_is_refused(scene: Scene) -> None:
    said = {"household_id": scene.home.pk, "on": ON, "new_head": scene.wife.pk}
    both = {scene.head.pk: "11", scene.son.pk: "20"}
    refused(
        "head_already",
        household_actions.change_head,
        **said | {"new_head": scene.head.pk},
        said=both,
        **scene.home_seen(),
    )
    refused(
        "head_not_a_member",
        household_actions.change_head,
        **said | {"new_head": scene.single.pk},
        said=both,
        **scene.home_seen(),
    )
    refused(
        "relations_incomplete",
        household_actions.change_head,
        **said,
        said={scene.head.pk: "11"},
        **scene.home_seen(),
    )
    refused(
        "one_head_only",
        household_actions.change_head,
        **said,
        said=both | {scene.son.pk: "02"},
        **scene.home_seen(),
    )
    refused(
        "relation_unknown",
        household_actions.change_head,
        **said,
        said=both | {scene.son.pk: ""},
        **scene.home_seen(),
    )
    refused(
        "day_before_start",
        household_actions.change_head,
        **said | {"on": date(2019, 1, 1)},
        said=both,
        **scene.home_seen(),
    )
    refused(
        "register_not_permitted",
        household_actions.change_head,
        **said,
        said=both,
        **scene.home_seen() | {"by": scene.world.leader},
    )


def test_twice_on_one_day_leaves_one_head(scene: Scene) -> None:
    for new, said in (
        (scene.wife, {scene.head.pk: "11", scene.son.pk: "20"}),
        (scene.head, {scene.wife.pk: "12", scene.son.pk: "20"}),
        (scene.son, {scene.head.pk: "51", scene.wife.pk: "52"}),
    ):
        household_actions.change_head(
            household_id=scene.home.pk, new_head=new.pk, said=said, on=ON, **scene.home_seen()
        )
    assert relations(scene.home) == {"王大河": "51", "李小溪": "52", "王小河": "02"}


def test_a_household_is_split(scene: Scene) -> None:
    founded = household_actions.split(
        household_id=scene.home.pk, moving={scene.wife.pk: "02", scene.son.pk: "20"}, on=ON,
        dwelling_id=scene.door("two-102"), number="H-2", **scene.home_seen(),
    )  # fmt: skip
    assert relations(founded) == {"李小溪": "02", "王小河": "20"}
    assert relations(scene.home) == {"王大河": "02"}
    assert founded.dwelling_id == scene.door("two-102")
    scene.head.refresh_from_db()
    scene.son.refresh_from_db()
    assert scene.head.lives_alone
    assert scene.son.building == scene.register.buildings["two"]


def test_the_head_may_be_among_those_who_go(scene: Scene) -> None:
    said = {"household_id": scene.home.pk, "moving": {scene.head.pk: "02"}, "on": ON}
    refused("head_needed", household_actions.split, **said, **scene.home_seen())
    household_actions.split(**said, new_head=scene.wife.pk, said={scene.son.pk: "20"}, **scene.home_seen())
    assert relations(scene.home) == {"李小溪": "02", "王小河": "20"}


def test_splitting_is_refused(scene: Scene) -> None:
    household_actions.renumber(
        household_id=scene.other_home.pk, number="H-1", **scene.home_seen(scene.other_home)
    )
    said = {"household_id": scene.home.pk, "on": ON}
    split = household_actions.split
    refused("nobody_moves", split, **said, moving={}, **scene.home_seen())
    refused("not_a_member", split, **said, moving={scene.single.pk: "02"}, **scene.home_seen())
    everybody = {scene.head.pk: "02", scene.wife.pk: "12", scene.son.pk: "20"}
    refused("everybody_moves", split, **said, moving=everybody, **scene.home_seen())
    refused("one_head_only", split, **said, moving={scene.wife.pk: "12"}, **scene.home_seen())
    refused(
        "one_head_only", split, **said, moving={scene.wife.pk: "02", scene.son.pk: "02"}, **scene.home_seen()
    )
    refused(
        "household_number_taken",
        split,
        **said,
        moving={scene.son.pk: "02"},
        number="H-1",
        **scene.home_seen(),
    )
    refused(
        "day_in_future",
        split,
        **said | {"on": date(2026, 12, 1)},
        moving={scene.son.pk: "02"},
        **scene.home_seen(),
    )


def test_households_are_merged(scene: Scene) -> None:
    household_actions.merge(
        household_id=scene.other_home.pk, into_id=scene.home.pk, said={scene.single.pk: "28"}, on=ON,
        into_version=history.household_version(scene.home.pk), **scene.home_seen(scene.other_home),
    )  # fmt: skip
    assert relations(scene.home)["陈一"] == "28"
    assert relations(scene.other_home) == {}
    scene.single.refresh_from_db()
    assert not scene.single.lives_alone


def test_merging_is_refused(scene: Scene) -> None:
    merge = household_actions.merge
    said = {
        "household_id": scene.other_home.pk, "into_id": scene.home.pk, "said": {scene.single.pk: "28"}, "on": ON,
        "into_version": history.household_version(scene.home.pk), **scene.home_seen(scene.other_home),
    }  # fmt: skip
    refused("same_household", merge, **said | {"into_id": scene.other_home.pk})
    refused("relations_incomplete", merge, **said | {"said": {}})
    refused("one_head_only", merge, **said | {"said": {scene.single.pk: "02"}})
    refused("register_changed", merge, **said | {"into_version": 1})
    refused("day_before_start", merge, **said | {"on": date(2019, 1, 1)})
    move_actions.move_out(person_id=scene.single.pk, on=ON, elsewhere="外省", **scene.seen(scene.single))
    refused("household_empty", merge, **said | scene.home_seen(scene.other_home))


def test_a_number_is_put_right_once(scene: Scene) -> None:
    household_actions.renumber(household_id=scene.home.pk, number="H-7", **scene.home_seen())
    refused(
        "nothing_changes",
        household_actions.renumber,
        household_id=scene.home.pk,
        number="H-7",
        **scene.home_seen(),
    )
    refused(
        "household_number_taken", household_actions.renumber, household_id=scene.other_home.pk, number="H-7",
        **scene.home_seen(scene.other_home),
    )  # fmt: skip
