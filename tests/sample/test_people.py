from __future__ import annotations

import re
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from geodata.identity import parse_id_number
from geodata.masking import mask_id, mask_phone
from geodata.personal import search_key, unseal
from geodata.sample.naming import FAMILY
from geodata.sample.people import AS_OF
from tests.sample.plans import HAMLET

Query = Any


def test_numbers_of_people_and_households_are_as_announced(query: Query) -> None:
    assert query("SELECT count(*) FROM geodata_household") == [(HAMLET.households,)]
    [(people,)] = query("SELECT count(*) FROM geodata_person")
    assert people == pytest.approx(HAMLET.persons, rel=0.03)


def test_sealed_id_numbers_open_are_valid_fit_the_person_and_belong_to_nobody_real(query: Query) -> None:
    rows = query(
        "SELECT id, id_no_sealed, id_no_key, id_no_masked, sex, birth_date FROM geodata_person ORDER BY id LIMIT 400"
    )
    for uid, sealed, key, masked, sex, birth in rows:
        number = unseal(bytes(sealed), column="person.id_no", row=UUID(str(uid)))
        parsed = parse_id_number(number)
        assert parsed.area.startswith("0099")
        assert (parsed.birth_date, parsed.sex.value) == (birth, "male" if sex == 1 else "female")
        assert bytes(key) == search_key(number, column="person.id_no")
        assert masked == mask_id(number)


def test_telephones_have_a_mobile_form_and_a_prefix_never_given_out(query: Query) -> None:
    rows = query(
        "SELECT id, phone_sealed, phone_key, phone_masked FROM geodata_person WHERE phone_key IS NOT NULL LIMIT 300"
    )
    numbers = {unseal(bytes(sealed), column="person.phone", row=UUID(str(uid))) for uid, sealed, _, _ in rows}
    assert all(re.fullmatch(r"100\d{8}", number) for number in numbers)
    assert len(numbers) == len(rows)
    uid, sealed, key, masked = rows[0]
    number = unseal(bytes(sealed), column="person.phone", row=UUID(str(uid)))
    assert (bytes(key), masked) == (search_key(number, column="person.phone"), mask_phone(number))


def test_every_household_has_one_head_older_than_the_children(query: Query) -> None:
    assert query("SELECT count(*) FROM geodata_household h WHERE 1 <> (SELECT count(*) FROM geodata_membership m "
                 "WHERE m.household_id = h.id AND m.relation = '02')") == [(0,)]  # fmt: skip
    younger = query(
        "SELECT count(*) FROM geodata_membership c JOIN geodata_person pc ON pc.id = c.person_id "
        "JOIN geodata_membership h ON h.household_id = c.household_id AND h.relation = '02' "
        "JOIN geodata_person ph ON ph.id = h.person_id "
        "WHERE c.relation IN ('20', '30') AND pc.birth_date < ph.birth_date + interval '18 years'"
    )
    assert younger == [(0,)]


def test_everybody_lives_where_the_household_does_in_the_cell_of_the_building(query: Query) -> None:
    assert query(
        "SELECT count(*) FROM geodata_person p JOIN geodata_membership m ON m.person_id = p.id "
        "JOIN geodata_household h ON h.id = m.household_id JOIN geodata_dwelling d ON d.id = h.dwelling_id "
        "JOIN geodata_building b ON b.id = d.building_id JOIN geodata_residence r ON r.person_id = p.id AND r.kind = 'actual' "
        "WHERE p.building_id <> b.id OR r.dwelling_id <> d.id OR p.cell_code <> b.cell_code"
    ) == [(0,)]
    assert query("SELECT count(DISTINCT dwelling_id) FROM geodata_household") == [(HAMLET.households,)]


def test_a_few_are_registered_at_another_door_of_the_street(query: Query) -> None:
    [(share,)] = query(
        "SELECT avg((r.dwelling_id <> a.dwelling_id)::int) FROM geodata_residence r JOIN geodata_residence a"
        " ON a.person_id = r.person_id AND a.kind = 'actual' WHERE r.kind = 'registered' AND r.dwelling_id IS NOT NULL"
    )
    assert 0.005 < share < 0.08


def test_some_are_registered_elsewhere(query: Query) -> None:
    [(share,)] = query("SELECT avg((elsewhere <> '')::int) FROM geodata_residence WHERE kind = 'registered'")
    assert 0.2 < share < 0.32


def test_living_alone_means_a_household_of_one(query: Query) -> None:
    wrong = query(
        "SELECT count(*) FROM (SELECT household_id, count(*) AS n, bool_or(p.lives_alone) AS alone "
        "FROM geodata_membership m JOIN geodata_person p ON p.id = m.person_id GROUP BY 1) x WHERE (n = 1) <> alone"
    )
    assert wrong == [(0,)]


def test_ages_are_human_and_names_are_of_the_convention(query: Query) -> None:
    [(oldest, youngest)] = query("SELECT min(birth_date), max(birth_date) FROM geodata_person")
    assert oldest > date(1925, 1, 1)
    assert youngest <= AS_OF
    families = {row[0] for row in query("SELECT DISTINCT left(name, 1) FROM geodata_person")}
    assert families <= set(FAMILY)


def test_rooms_are_doors_of_an_entrance_of_their_own_building(query: Query) -> None:
    assert query("SELECT count(*) FROM geodata_dwelling d JOIN geodata_entrance e ON e.id = d.entrance_id "
                 "WHERE e.building_id <> d.building_id") == [(0,)]  # fmt: skip
    assert query("SELECT count(*) FROM geodata_dwelling WHERE entrance_id IS NULL") == [(0,)]


def test_points_of_shops_and_entrances_lie_in_their_building(query: Query) -> None:
    assert query("SELECT count(*) FROM geodata_organisation o JOIN geodata_building b ON b.id = o.building_id "
                 "WHERE NOT ST_DWithin(o.geom::geography, b.geom::geography, 0.3)") == [(0,)]  # fmt: skip
    assert query("SELECT count(*) FROM geodata_entrance e JOIN geodata_building b ON b.id = e.building_id "
                 "WHERE NOT ST_DWithin(e.point::geography, b.geom::geography, 0.3)") == [(0,)]  # fmt: skip


def test_indexes_and_keys_are_all_back_after_the_bulk_load(query: Query) -> None:
    names = {row[0] for row in query("SELECT indexname FROM pg_indexes WHERE tablename = 'geodata_person'")}
    assert {"person_cell", "person_building", "person_id_no_unique", "person_phone", "person_name"} <= names
    foreign = query(
        "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated AND conrelid = ANY("
        "ARRAY['geodata_person', 'geodata_membership', 'geodata_residence', 'geodata_household']::regclass[])"
    )
    assert foreign == [(8,)]
    assert query(
        "SELECT condeferred FROM pg_constraint WHERE conrelid = 'geodata_person'::regclass AND contype = 'f'"
    ) == [(True,)]
