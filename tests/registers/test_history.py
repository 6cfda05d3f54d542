"""Every change leaves a row: by model, by plain SQL, by the thousand; nothing personal stands in it in clear."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from geodata.acting import acting
from geodata.ids import uuid7
from geodata.models import Membership, Person
from gridmgmt.registers import history
from gridmgmt.registers.models import RegisterChange
from tests.registers import people
from tests.world import AT, World

pytestmark = pytest.mark.django_db
DERIVED = {"id", "updated_at", "name_initials"}


def changes(**where: Any) -> list[RegisterChange]:
    return list(RegisterChange.objects.filter(**where).order_by("id"))


def test_a_change_names_who_through_what_and_when(world: World) -> None:
    someone = people.person("王大河", None)
    ref = uuid7()
    with transaction.atomic(), acting(by=world.administrator.pk, cause="correction", ref=ref, at=AT):
        Person.objects.filter(pk=someone.pk).update(name="王大海", marital="20")
    made, changed = changes(person_key=someone.pk)
    assert (made.kind, made.changes, made.cause) == ("made", None, "sql")
    assert changed.changes == {"name": ["王大河", "王大海"], "marital": ["", "20"]}
    assert (changed.by, changed.cause, changed.ref, changed.at) == (
        world.administrator.pk,
        "correction",
        ref,
        AT,
    )


def test_plain_sql_is_caught_and_says_which_program(world: World) -> None:
    someone = people.person("王大河", None)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE geodata_person SET sex = 2 WHERE id = %s", [someone.pk])
        cursor.execute("DELETE FROM geodata_person WHERE id = %s", [someone.pk])
    _made, changed, removed = changes(person_key=someone.pk)
    assert (changed.cause, changed.by, changed.changes) == ("sql", None, {"sex": [1, 2]})
    assert "gridmgmt" in changed.tool
    assert removed.kind == "removed"
    assert removed.changes is not None
    assert removed.changes["name"] == ["王大河", None]


def test_what_did_not_change_leaves_nothing(world: World) -> None:
    someone = people.person("王大河", None)
    someone.save()
    assert [row.kind for row in changes(person_key=someone.pk)] == ["made"]


def test_sealed_numbers_stay_out(world: World) -> None:
    """Masked forms alone; not even the ciphertext or the search key is written down a second time."""
    someone = people.person("王大河", None, order=11, phone="10000000001")
    other = people.person("李小溪", None, order=13, phone="10000000002", born="1970-01-01")
    Person.objects.filter(pk=other.pk).delete()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE geodata_person SET phone_sealed = NULL, phone_key = NULL, phone_masked = '' WHERE id = %s",
            [someone.pk],
        )
    changed = changes(person_key=someone.pk)[-1]
    assert changed.changes == {"phone": [someone.phone_masked, ""]}
    kept = changes(person_key=other.pk)[-1].changes or {}
    assert {"id_no", "phone"} <= set(kept)
    for row in changes():
        text = str(row.changes)
        assert "sealed" not in text
        assert bytes(other.id_no_sealed or b"").hex() not in text
        assert bytes(other.id_no_key or b"").hex() not in text


def test_memberships_belong_to_person_and_household(world: World) -> None:
    register = people.build(world)
    family, head, wife, _son = people.family(register)
    Membership.objects.filter(person=wife).update(valid_to="2026-01-01")
    (changed,) = changes(register="membership", kind="changed")
    assert (changed.person_key, changed.household_key) == (wife.pk, family.pk)
    assert history.household_version(family.pk) == changed.pk == history.person_version(wife.pk)
    assert history.person_version(head.pk) < changed.pk


def test_a_thousand_rows_are_one_statement(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO geodata_person (id, county, cell_code, name, name_initials, id_type, id_no_masked, phone_masked, sex,"
            " education, marital, employment, life_state, lives_alone)"
            " SELECT gen_random_uuid(), '009901', '009901001', '甲' || i,"
            " '', '111', '', '', 1, '', '', '', 'present', false FROM generate_series(1, 1000) i"
        )
        cursor.execute("UPDATE geodata_person SET lives_alone = true")
        cursor.execute(
            "SELECT kind, count(*), count(DISTINCT row_key) FROM registers_registerchange GROUP BY kind"
        )
        assert sorted(cursor.fetchall()) == [("changed", 1000, 1000), ("made", 1000, 1000)]


@pytest.mark.parametrize(
    "statement", ["UPDATE registers_registerchange SET by = NULL", "DELETE FROM registers_registerchange"]
)
def test_history_is_append_only(world: World, statement: str) -> None:
    people.person("王大河", None)
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_nobody_acts_after_the_block_nor_after_a_failure(world: World) -> None:
    with pytest.raises(ZeroDivisionError), acting(by=world.administrator.pk, cause="birth"):
        raise ZeroDivisionError
    with acting(by=world.leader.pk, cause="outer"):
        with acting(by=world.administrator.pk, cause="inner"):
            first = people.person("甲甲", None)
        second = people.person("乙乙", None)
    third = people.person("丙丙", None)
    causes = [changes(person_key=one.pk)[0].cause for one in (first, second, third)]
    assert causes == ["inner", "outer", "sql"]


def test_pages_get_masked_values_grouped_by_cause(world: World) -> None:
    register = people.build(world)
    _family, head, _wife, _son = people.family(register)
    with acting(by=world.administrator.pk, cause="correction", at=AT):
        Person.objects.filter(pk=head.pk).update(
            name="王大海", birth_date="1971-03-05", building=register.buildings["two"]
        )
    entry = history.of_person(head.pk)[0]
    assert (entry.by, entry.cause, entry.at) == ("administrator", "correction", AT)
    told = {line.field: (line.before, line.after) for line in entry.lines}
    assert told["name"] == ("王*河", "王*海")
    assert told["birth_date"] == ("1970-**-**", "1971-**-**")
    assert told["building_id"] == ("榕树苑one栋", "榕树苑two栋")
    assert "王大" not in str(history.of_person(head.pk))


@pytest.mark.parametrize("register", ["person", "household", "membership", "residence", "dwelling"])
def test_every_column_is_watched_or_known_to_be_derived(world: World, register: str) -> None:
    """A new column must be added to sql/10_history.sql, or to the list of what follows from others."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT encode(tgargs, 'escape') FROM pg_trigger WHERE tgname = 'history_update' AND tgrelid = %s::regclass",
            [f"geodata_{register}"],
        )
        watched = cursor.fetchone()[0].split("\\000")[3]
    names = {name for entry in watched.split() for name in entry.split("=")[-1].split("+")}
    columns = {field.column for field in apps.get_model("geodata", register)._meta.concrete_fields}
    assert columns - names - DERIVED == set()
    assert names - columns == set()


def test_an_unknown_user_is_not_invented(world: World) -> None:
    with acting(by=UUID(int=7), cause="correction"):
        someone = people.person("王大河", None)
    assert history.of_person(someone.pk)[0].by == ""
