"""Door-step changes: kept for ever, looked at beside the register, written, rejected; nothing sent is lost."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from geodata.ids import uuid7
from geodata.models import Building, Person
from geodata.personal import unseal
from gridmgmt.organisation.scope import scope_of
from gridmgmt.registers import (
    amendment_actions,
    amendment_fields,
    amendment_records,
    amendments,
    double_actions,
    history,
)
from gridmgmt.registers.amendment_actions import AmendmentDraft
from gridmgmt.registers.models import Amendment, AmendmentRule, RegisterChange
from tests.registers import people
from tests.registers.conftest import Scene
from tests.registers.test_doubles import double
from tests.registers.test_person_actions import refused
from tests.world import AT, STREET

PHONE = "10000000009"


def draft(row: Any, key: str = "person.phone", new: str = PHONE, **more: Any) -> AmendmentDraft:
    """As a phone sends it: ``old`` is what the register shows."""
    known = not isinstance(row, UUID) and key in amendment_fields.FIELDS and "old" not in more
    values: dict[str, Any] = {
        "id": uuid7(), "key": key, "row": row if isinstance(row, UUID) else row.pk, "new": new, "captured_at": AT,
        "old": amendment_fields.value_of(row, key) if known else "",
    }  # fmt: skip
    values |= more
    text = "|".join(str(values[name]) for name in ("key", "row", "old", "new"))
    return AmendmentDraft(**{"body_sha256": hashlib.sha256(text.encode()).digest(), **values})


def sent(scene: Scene, row: Any, key: str = "person.phone", new: str = PHONE, **more: Any) -> Amendment:
    by = more.pop("by", scene.world.worker)
    found, _new = amendment_actions.submit(draft=draft(row, key, new, **more), by=by, at=AT)
    return found


def approve(scene: Scene, one: Amendment, **more: Any) -> Amendment:
    said = {"amendment_id": one.pk, "version": amendment_records.version_of(one), **scene.by()}
    return amendment_actions.approve(**said | more)


def automatic(scene: Scene, key: str) -> None:
    amendment_actions.set_rule(key=key, automatic=True, by=scene.world.administrator, at=AT)


def test_a_number_is_kept_sealed_until_a_keeper_writes_it(scene: Scene) -> None:
    one = sent(scene, scene.head)
    assert (one.state, one.new, one.new_masked, one.old) == ("waiting", "", "100****0009", "100****0001")
    assert PHONE.encode() not in bytes(one.new_sealed or b"")
    scene.head.refresh_from_db()
    assert scene.head.phone_masked == "100****0001"
    approve(scene, one)
    scene.head.refresh_from_db()
    assert unseal(scene.head.phone_sealed or b"", column="person.phone", row=scene.head.pk) == PHONE
    change = RegisterChange.objects.filter(person_key=scene.head.pk).first()
    assert change is not None
    assert (change.cause, change.ref, change.by) == ("amendment", one.pk, scene.keeper.pk)


def test_the_same_is_the_same_for_ever_and_other_content_is_told(scene: Scene) -> None:
    first = draft(scene.head)
    one, made = amendment_actions.submit(draft=first, by=scene.world.worker, at=AT)
    approve(scene, one)
    again, made_again = amendment_actions.submit(
        draft=first, by=scene.world.worker, at=AT + timedelta(days=9)
    )
    assert (made, made_again, again.pk, again.received_at) == (True, False, one.pk, AT)
    other = draft(scene.head, new="10000000008", id=first.id)
    told = refused("amendment_conflict", amendment_actions.submit, draft=other, by=scene.world.worker, at=AT)
    assert told.data["stored_sha256"] == first.body_sha256.hex()
    refused("amendment_conflict", amendment_actions.submit, draft=first, by=scene.keeper, at=AT)


def test_what_the_register_says_meanwhile_is_shown_as_a_conflict(scene: Scene) -> None:
    one = sent(scene, scene.head, "person.marital", "20")
    Person.objects.filter(pk=scene.head.pk).update(marital="30")
    (side,) = amendments.sides(amendments.tray(scope_of(scene.keeper)))
    assert (side.old, side.new, side.now, side.conflict) == ("", "20", "30", True)
    seen = side.version
    Person.objects.filter(pk=scene.head.pk).update(marital="40")
    refused("register_changed", approve, scene=scene, one=one, version=seen)
    approve(scene, one)
    scene.head.refresh_from_db()
    assert scene.head.marital == "20"


@pytest.mark.parametrize(
    ("key", "new", "seen"),
    [
        ("person.name", "王大海", "王*河"),
        ("person.birth_date", "1970-03-06", "1970"),
        ("person.birth_date", "1970-03-06", "1970-**-**"),
    ],
)
def test_what_was_seen_masked_is_no_conflict(scene: Scene, key: str, new: str, seen: str) -> None:
    one = sent(scene, scene.head, key, new, old=seen)
    scene.head.refresh_from_db()
    one.refresh_from_db()
    assert not amendment_fields.conflicts(one)
    one.old = "别的"
    assert amendment_fields.conflicts(one)


def test_what_is_so_already_is_approved_without_writing(scene: Scene) -> None:
    one = sent(scene, scene.head)
    Person.objects.filter(pk=scene.single.pk).update(marital="20")
    two = sent(scene, scene.head)
    approve(scene, one)
    before = history.person_version(scene.head.pk)
    (side,) = amendments.sides(amendments.tray(scope_of(scene.keeper)))
    assert side.agrees
    assert not side.conflict
    assert approve(scene, two).state == "approved"
    assert history.person_version(scene.head.pk) == before


def test_a_rule_writes_at_once_when_nothing_speaks_against_it(scene: Scene) -> None:
    automatic(scene, "person.marital")
    one = sent(scene, scene.head, "person.marital", "20")
    scene.head.refresh_from_db()
    assert (one.state, one.automatic, one.decided_by, scene.head.marital) == (
        "approved", True, scene.world.worker, "20",
    )  # fmt: skip
    late = sent(scene, scene.head, "person.marital", "30", old="")
    assert (late.state, late.automatic) == ("waiting", False)
    wrong = sent(scene, scene.head, "person.marital", "neither")
    assert (wrong.state, wrong.problem) == ("waiting", "value_unknown")


def test_a_value_nobody_can_write_is_kept_with_its_problem(scene: Scene) -> None:
    one = sent(scene, scene.head, new="12ab")
    assert (one.state, one.problem) == ("waiting", "phone_form")
    refused("phone_form", approve, scene=scene, one=one)
    assert approve(scene, one, by_hand=True, reason="已电话核实，另行登记").state == "approved"


def test_rejected_with_a_reason_the_worker_can_read(scene: Scene) -> None:
    one = sent(scene, scene.head)
    refused("reason_missing", amendment_actions.reject, amendment_id=one.pk, reason=" ", **scene.by())
    amendment_actions.reject(amendment_id=one.pk, reason="号码属于其子", **scene.by())
    (mine,) = amendments.own(scene.world.worker.pk)
    assert (mine.state, mine.reason) == ("rejected", "号码属于其子")
    refused("amendment_decided", approve, scene=scene, one=one)
    refused("amendment_decided", amendment_actions.reject, amendment_id=one.pk, reason="x", **scene.by())


def test_somebody_gone_is_moved_out_or_needs_a_hand(scene: Scene) -> None:
    one = sent(scene, scene.son, "person.gone", "moved_out", note="搬去外省")
    approve(scene, one)
    scene.son.refresh_from_db()
    assert scene.son.life_state == "moved_out"
    assert scene.son.residences.get(valid_to=None).elsewhere == "搬去外省"
    head = sent(scene, scene.head, "person.gone", "dead")
    refused("head_needed", approve, scene=scene, one=head)
    assert approve(scene, head, by_hand=True).state == "approved"


def test_doors_and_households_are_amended_as_well(scene: Scene) -> None:
    door = scene.register.doors["one-102"]
    approve(scene, sent(scene, door, "dwelling.area_m2", "72.5"))
    approve(scene, sent(scene, scene.home, "household.number", "H-9"))
    door.refresh_from_db()
    scene.home.refresh_from_db()
    assert (door.area_m2, scene.home.number) == (72.5, "H-9")
    newcomer = sent(scene, door, "dwelling.newcomer", "赵来，租客")
    assert (newcomer.new, newcomer.new_masked) == ("", "赵******")
    refused("amendment_by_hand", approve, scene=scene, one=newcomer)


def test_of_a_merged_record_the_one_that_stayed_is_amended(scene: Scene) -> None:
    gone = people.person("王大河", scene.register.doors["one-102"], born="1970-03-05")
    waiting = sent(scene, gone, "person.marital", "20")
    versions = {one.pk: history.person_version(one.pk) for one in (scene.head, gone)}
    done = double_actions.merge(
        double_id=double(scene.head, gone).pk, kept_id=scene.head.pk, chosen={}, reason="同一人登记两次",
        versions=versions, **scene.by(),
    )  # fmt: skip
    late = sent(scene, gone.pk, "person.education", "20")
    waiting.refresh_from_db()
    assert waiting.person_id == late.person_id == scene.head.pk
    approve(scene, waiting, by_hand=True)
    double_actions.unmerge(merge_id=done.pk, **scene.by())
    waiting.refresh_from_db()
    assert waiting.person_id == gone.pk


@pytest.mark.parametrize(
    ("code", "who", "said"),
    [
        ("amendment_field_unknown", "worker", {"key": "person.religion"}),
        ("amendment_field_unknown", "worker", {"key": "person.cell_code"}),
        ("person_unknown", "worker", {"row": UUID(int=9)}),
        ("household_unknown", "worker", {"key": "household.number", "row": UUID(int=9)}),
        ("dwelling_unknown", "worker", {"key": "dwelling.use", "row": UUID(int=9)}),
        ("person_unknown", "neighbour", {}),
        ("person_unknown", "other_worker", {}),
        ("amendment_not_permitted", "leader", {}),
    ],
)
def test_what_is_not_taken_in(scene: Scene, code: str, who: str, said: dict[str, Any]) -> None:
    usual = {"row": scene.head, "key": "person.marital", "new": "20", "old": ""}
    one = draft(**usual | said)
    refused(code, amendment_actions.submit, draft=one, by=scene.world.people[who], at=AT)
    assert not Amendment.objects.exists()


def test_deciding_is_for_keepers_of_the_place(scene: Scene) -> None:
    one = sent(scene, scene.head)
    of_two = people.keeper(scene.world, STREET + "002", "of_two")
    for who, code in ((of_two, "amendment_unknown"), (scene.world.leader, "register_not_permitted")):
        refused(code, approve, scene=scene, one=one, by=who)
        refused(code, amendment_actions.reject, amendment_id=one.pk, reason="x", by=who, at=AT)
    assert not amendments.tray(scope_of(of_two)).exists()
    assert not amendments.tray(scope_of(scene.world.worker)).exists()


def test_an_amendment_is_where_its_record_is(scene: Scene) -> None:
    """A move, or cells drawn anew, and another keeper decides."""
    two = scene.register.buildings["two"]
    rows = (
        (scene.head, "person.marital", "20"), (scene.home, "household.number", "H-9"),
        (scene.register.doors["one-102"], "dwelling.area_m2", "70"),
    )  # fmt: skip
    sent_ones = [sent(scene, row, key, new) for row, key, new in rows]
    loose = people.household(scene.register.doors["one-201"], (people.person("无楼", None), "02"))
    loose.building = loose.dwelling = None
    loose.save()
    sent_ones.append(sent(scene, loose, "household.number", "H-8"))
    of_one, of_two = (people.keeper(scene.world, STREET + code, f"of_{code}") for code in ("001", "002"))
    assert set(amendments.tray(scope_of(of_one))) == set(sent_ones)
    assert not amendments.tray(scope_of(of_two)).exists()
    Person.objects.filter(cell_code__startswith=STREET + "001").update(cell_code=two.cell_code)
    Building.objects.filter(cell_code__startswith=STREET + "001").update(cell_code=two.cell_code)
    assert not amendments.tray(scope_of(of_one)).exists()
    assert set(amendments.tray(scope_of(of_two))) == set(sent_ones)
    refused("amendment_unknown", approve, scene=scene, one=sent_ones[0], by=of_one)
    assert approve(scene, sent_ones[0], by=of_two).state == "approved"


def test_what_is_longer_than_is_kept_is_refused_and_not_cut(scene: Scene) -> None:
    said = {"row": scene.home, "key": "household.number"}
    told = refused(
        "amendment_too_long", amendment_actions.submit, draft=draft(**said, new="H" * 201), by=scene.world.worker, at=AT
    )  # fmt: skip
    assert told.data == {"field": "new", "most": 200}
    for key in ("person.phone", "person.id_no"):  # masked forms of what is no number are as long as it
        one = sent(scene, scene.head, key, "9" * 200)
        assert (one.state, len(one.new_masked)) == ("waiting", 40)


def test_rules_are_for_administrators_and_never_for_id_numbers(scene: Scene) -> None:
    set_rule = amendment_actions.set_rule
    refused("register_not_permitted", set_rule, key="person.phone", automatic=True, by=scene.keeper, at=AT)
    for key in ("person.id_no", "person.gone", "dwelling.newcomer"):
        refused("rule_not_permitted", set_rule, key=key, automatic=True, by=scene.world.administrator, at=AT)
    refused("amendment_field_unknown", set_rule, key="x", automatic=True, by=scene.world.administrator, at=AT)
    automatic(scene, "person.phone")
    assert AmendmentRule.objects.get().changed_by == scene.world.administrator
    said = {key: bool(rule and rule.automatic) for key, _field, rule in amendments.rules()}
    assert [key for key, is_automatic in said.items() if is_automatic] == ["person.phone"]
