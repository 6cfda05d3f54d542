"""Moves: in, back, within the county, away, of a whole household; and every way in which they are refused."""

from __future__ import annotations

from datetime import date
from typing import Any

from geodata.ids import uuid7
from geodata.models import Building, Household, Membership, Person, Residence
from gridmgmt.registers import history, household_actions, move_actions, person_actions
from tests.registers import people
from tests.registers.conftest import Scene
from tests.registers.test_person_actions import refused
from tests.world import AT, STREET

ON = date(2026, 11, 10)
NEW = {"name": "赵来", "sex": "1", "birth_date": "1995-05-05"}


def lives(one: Person) -> tuple[Any, ...]:
    """Doors by kind now."""
    rows = Residence.objects.filter(person=one, valid_to=None).order_by("kind")
    return tuple((row.kind, row.dwelling_id, row.elsewhere) for row in rows)


def test_somebody_moves_in_as_head_of_their_own(scene: Scene) -> None:
    one = move_actions.move_in(
        values=NEW, dwelling_id=scene.door("one-102"), on=ON, registered_elsewhere="外省某县", **scene.by()
    )
    assert lives(one) == (("actual", scene.door("one-102"), ""), ("registered", None, "外省某县"))
    membership = one.memberships.get()
    assert (membership.relation, membership.household.dwelling_id) == ("02", scene.door("one-102"))
    one.refresh_from_db()
    assert one.lives_alone
    assert one.cell_code == scene.register.buildings["one"].cell_code


def test_somebody_moves_into_a_household(scene: Scene) -> None:
    one = move_actions.move_in(
        values=NEW, dwelling_id=scene.door("one-101"), on=ON, household_id=scene.home.pk, relation="28",
        registered=True, household_version=history.household_version(scene.home.pk), **scene.by(),
    )  # fmt: skip
    assert one.memberships.get().household == scene.home
    assert [kind for kind, _door, _text in lives(one)] == ["actual", "registered"]


def test_moving_in_is_refused(scene: Scene) -> None:
    said = {"values": NEW, "dwelling_id": scene.door("one-102"), "on": ON, **scene.by()}
    refused("dwelling_unknown", move_actions.move_in, **said | {"dwelling_id": uuid7()})
    refused("day_in_future", move_actions.move_in, **said | {"on": date(2026, 12, 1)})
    refused("day_before_birth", move_actions.move_in, **said | {"on": date(1990, 1, 1)})
    refused("household_unknown", move_actions.move_in, **said, household_id=uuid7())
    home = {
        "household_id": scene.home.pk,
        "household_version": history.household_version(scene.home.pk),
    }
    refused("one_head_only", move_actions.move_in, **said, **home, relation="02")
    refused("register_changed", move_actions.move_in, **said, household_id=scene.home.pk, relation="28")
    refused(
        "register_changed", move_actions.move_in, **said, **home | {"household_version": 1}, relation="28"
    )
    refused("register_not_permitted", move_actions.move_in, **said | {"by": scene.world.leader})
    refused("dwelling_unknown", move_actions.move_in, **said | {"by": scene.world.neighbour})
    empty = Household.objects.create(county="009901", building=scene.register.buildings["one"])
    home = {"household_id": empty.pk, "household_version": history.household_version(empty.pk)}
    refused("household_empty", move_actions.move_in, **said, **home, relation="20")
    move_actions.move_in(**said)
    refused("person_already_there", move_actions.move_in, **said)


def test_away_and_back_again(scene: Scene) -> None:
    move_actions.move_out(person_id=scene.son.pk, on=ON, elsewhere="外省某市", **scene.seen(scene.son))
    scene.son.refresh_from_db()
    assert scene.son.life_state == "moved_out"
    assert lives(scene.son) == (("actual", None, "外省某市"),)
    assert not Membership.objects.filter(person=scene.son, valid_to=None).exists()
    back = {
        "person_id": scene.son.pk, "dwelling_id": scene.door("one-101"), "household_id": scene.home.pk,
        "household_version": history.household_version(scene.home.pk),
    }  # fmt: skip
    refused(
        "register_changed", move_actions.move_back, **back | {"household_version": 1}, on=date(2026, 11, 15),
        relation="20", **scene.seen(scene.son),
    )  # fmt: skip
    refused(
        "day_before_start", move_actions.move_back, **back, on=date(2026, 11, 9), relation="20",
        **scene.seen(scene.son),
    )  # fmt: skip
    move_actions.move_back(
        **back, on=date(2026, 11, 15), relation="20", registered=True, **scene.seen(scene.son)
    )
    scene.son.refresh_from_db()
    assert (scene.son.life_state, len(lives(scene.son))) == ("present", 2)
    back["household_version"] = history.household_version(scene.home.pk)
    refused("person_present", move_actions.move_back, **back, on=ON, relation="20", **scene.seen(scene.son))


def test_registration_may_stay_when_somebody_leaves(scene: Scene) -> None:
    move_actions.move_out(
        person_id=scene.son.pk, on=ON, elsewhere="外省某市", keep_registered=True, **scene.seen(scene.son)
    )
    assert lives(scene.son) == (("actual", None, "外省某市"), ("registered", scene.door("one-101"), ""))


def test_leaving_is_refused(scene: Scene) -> None:
    said = {"person_id": scene.head.pk, "on": ON, "elsewhere": "外省"}
    refused("head_needed", move_actions.move_out, **said, **scene.seen(scene.head))
    refused("address_missing", move_actions.move_out, **said | {"elsewhere": " "}, **scene.seen(scene.head))
    refused(
        "head_stays", move_actions.move_out, person_id=scene.son.pk, on=ON, elsewhere="外省",
        new_head=scene.wife.pk, **scene.seen(scene.son),
    )  # fmt: skip
    refused("register_changed", move_actions.move_out, **said, by=scene.keeper, at=AT, version=1)
    move_actions.move_out(**said, new_head=scene.wife.pk, said={scene.son.pk: "20"}, **scene.seen(scene.head))
    refused("person_moved_out", move_actions.move_out, **said, **scene.seen(scene.head))
    person_actions.death(person_id=scene.son.pk, on=ON, **scene.seen(scene.son))
    refused(
        "person_dead", move_actions.move_back, person_id=scene.son.pk, dwelling_id=scene.door("one-102"), on=ON,
        **scene.seen(scene.son),
    )  # fmt: skip


def test_somebody_lives_elsewhere_and_stays_registered(scene: Scene) -> None:
    """人户分离: still of the household, found at both doors."""
    move_actions.move(
        person_id=scene.son.pk,
        dwelling_id=scene.door("two-102"),
        on=ON,
        keep_household=True,
        **scene.seen(scene.son),
    )
    scene.son.refresh_from_db()
    assert lives(scene.son) == (
        ("actual", scene.door("two-102"), ""),
        ("registered", scene.door("one-101"), ""),
    )
    assert scene.son.memberships.get(valid_to=None).household == scene.home
    assert scene.son.cell_code == scene.register.buildings["two"].cell_code


def test_somebody_founds_a_household_by_moving_or_joins_one(scene: Scene) -> None:
    move_actions.move(
        person_id=scene.son.pk,
        dwelling_id=scene.door("two-102"),
        on=ON,
        registered=True,
        **scene.seen(scene.son),
    )
    own = scene.son.memberships.get(valid_to=None)
    assert (own.relation, own.household.dwelling_id) == ("02", scene.door("two-102"))
    assert [door for _kind, door, _text in lives(scene.son)] == [scene.door("two-102")] * 2
    move_actions.move(
        person_id=scene.son.pk, dwelling_id=scene.door("two-101"), on=date(2026, 11, 12),
        household_id=scene.other_home.pk, household_version=history.household_version(scene.other_home.pk),
        relation="99", **scene.seen(scene.son),
    )  # fmt: skip
    assert scene.son.memberships.get(valid_to=None).household == scene.other_home
    scene.single.refresh_from_db()
    assert not scene.single.lives_alone


def test_moving_is_refused(scene: Scene) -> None:
    said = {"person_id": scene.son.pk, "dwelling_id": scene.door("two-102"), "on": ON}
    refused(
        "same_door",
        move_actions.move,
        **said | {"dwelling_id": scene.door("one-101")},
        **scene.seen(scene.son),
    )
    refused(
        "same_household", move_actions.move, **said, household_id=scene.home.pk, relation="20",
        household_version=history.household_version(scene.home.pk), **scene.seen(scene.son),
    )  # fmt: skip
    refused(
        "register_changed", move_actions.move, **said, household_id=scene.other_home.pk, relation="20",
        **scene.seen(scene.son),
    )  # fmt: skip
    refused("head_needed", move_actions.move, **said | {"person_id": scene.head.pk}, **scene.seen(scene.head))
    refused("day_before_start", move_actions.move, **said | {"on": date(2019, 1, 1)}, **scene.seen(scene.son))
    of_one = people.keeper(scene.world, STREET + "001", "of_one")
    refused("dwelling_unknown", move_actions.move, **said, **scene.seen(scene.son) | {"by": of_one})


def test_a_household_moves_as_a_whole_but_who_lives_elsewhere_stays(scene: Scene) -> None:
    move_actions.move(
        person_id=scene.son.pk,
        dwelling_id=scene.door("two-102"),
        on=ON,
        keep_household=True,
        **scene.seen(scene.son),
    )
    move_actions.change_address(
        household_id=scene.home.pk, dwelling_id=scene.door("two-201"), on=date(2026, 11, 12), registered=True,
        **scene.home_seen(),
    )  # fmt: skip
    scene.home.refresh_from_db()
    assert scene.home.dwelling_id == scene.door("two-201")
    assert [door for _kind, door, _text in lives(scene.head)] == [scene.door("two-201")] * 2
    assert lives(scene.son)[0][1] == scene.door("two-102")
    assert Membership.objects.filter(household=scene.home, valid_to=None).count() == 3


def test_the_move_of_a_household_is_refused(scene: Scene) -> None:
    said = {"household_id": scene.home.pk, "dwelling_id": scene.door("two-201"), "on": ON}
    refused(
        "same_door",
        move_actions.change_address,
        **said | {"dwelling_id": scene.door("one-101")},
        **scene.home_seen(),
    )
    refused(
        "day_in_future", move_actions.change_address, **said | {"on": date(2027, 1, 1)}, **scene.home_seen()
    )
    refused(
        "day_before_start",
        move_actions.change_address,
        **said | {"on": date(2019, 1, 1)},
        **scene.home_seen(),
    )
    seen = {**scene.by(), "version": history.household_version(scene.home.pk) - 1}
    refused("register_changed", move_actions.change_address, **said, **seen)
    empty = Household.objects.create(county="009901", building=scene.register.buildings["one"])
    refused(
        "household_empty",
        move_actions.change_address,
        **said | {"household_id": empty.pk},
        **scene.home_seen(empty),
    )


def test_nobody_leaves_the_county_by_an_update(scene: Scene) -> None:
    """DESIGN §11: a move between counties is moving away here and moving in there."""
    door = scene.register.doors["two-102"]
    Building.objects.filter(pk=door.building_id).update(county="009902", cell_code="009902001001001")
    scene.keeper.is_superuser = True  # of both counties
    said = {"dwelling_id": door.pk, "on": ON}
    refused("other_county", move_actions.move, person_id=scene.son.pk, **said, **scene.seen(scene.son))
    refused(
        "other_county", move_actions.change_address, household_id=scene.home.pk, **said, **scene.home_seen()
    )
    refused(
        "other_county", household_actions.split, household_id=scene.home.pk, moving={scene.son.pk: "02"}, **said,
        **scene.home_seen(),
    )  # fmt: skip
    refused(
        "other_county", move_actions.move_in, values=NEW, household_id=scene.home.pk, relation="28", **said,
        household_version=history.household_version(scene.home.pk), **scene.by(),
    )  # fmt: skip
    move_actions.move_out(person_id=scene.son.pk, on=ON, elsewhere="邻区", **scene.seen(scene.son))
    refused("other_county", move_actions.move_back, person_id=scene.son.pk, **said, **scene.seen(scene.son))
    Household.objects.filter(pk=scene.other_home.pk).update(county="009902")
    refused(
        "other_county", household_actions.merge, household_id=scene.home.pk, into_id=scene.other_home.pk, on=ON,
        said={scene.head.pk: "99", scene.wife.pk: "99"}, into_version=history.household_version(scene.other_home.pk),
        **scene.home_seen(),
    )  # fmt: skip
    joining = {"household_id": scene.other_home.pk, "relation": "99"}
    refused(
        "other_county", move_actions.move, person_id=scene.wife.pk, dwelling_id=scene.door("one-102"), on=ON, **joining,
        household_version=history.household_version(scene.other_home.pk), **scene.seen(scene.wife),
    )  # fmt: skip
