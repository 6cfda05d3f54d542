"""The same people written the ways Django offers, for the bench of imports."""

from __future__ import annotations

import time

from tests.bench.register_file import Person


def bulk_created(rows: list[Person]) -> float:
    """People a second by Django's bulk_create, without any check."""
    from django.db import transaction

    from geodata.ids import uuid7
    from geodata.models import Building, Household, Membership, Residence
    from geodata.models import Person as PersonRow
    from geodata.personal import seal, search_key

    building = Building.objects.filter(use="residential").first()
    assert building is not None
    begin = time.perf_counter()
    people, households, memberships, residences = [], {}, [], []
    for name, number, sex, born, phone, household_no, relation, *_ in rows:
        key = uuid7()
        household = households.setdefault(
            household_no,
            Household(id=uuid7(), county=building.county, number=household_no, building=building),
        )
        person = PersonRow(
            id=key,
            county=building.county,
            cell_code=building.cell_code,
            building=building,
            name=name,
            sex=1 if sex == "男" else 2,
            birth_date=born,
            id_no_sealed=seal(number, column="person.id_no", row=key),
            id_no_key=search_key(number, column="person.id_no"),
            id_no_masked="*",
            phone_sealed=seal(phone, column="person.phone", row=key),
            phone_key=search_key(phone, column="person.phone"),
            phone_masked="*",
        )
        people.append(person)
        memberships.append(
            Membership(
                id=uuid7(),
                county=building.county,
                person=person,
                household=household,
                relation="02" if relation == "户主" else "10",
            )
        )
        residences.append(
            Residence(id=uuid7(), county=building.county, person=person, kind="actual", building=building)
        )
    with transaction.atomic():
        PersonRow.objects.bulk_create(people, batch_size=2000)
        Household.objects.bulk_create(households.values(), batch_size=2000)
        Membership.objects.bulk_create(memberships, batch_size=2000)
        Residence.objects.bulk_create(residences, batch_size=2000)
    return len(rows) / (time.perf_counter() - begin)


def by_library(rows: list[Person]) -> float:
    """People a second by django-import-export in bulk, persons alone, its rows ready made."""
    import tablib
    from import_export.resources import ModelResource

    from geodata.ids import uuid7
    from geodata.models import Building
    from geodata.models import Person as PersonRow

    class People(ModelResource):
        """Persons by their id, as its documentation shows it for many rows."""

        class Meta:
            model = PersonRow
            use_bulk, skip_diff, batch_size = True, True, 1000
            import_id_fields = ("id",)
            fields = ("id", "county", "cell_code", "building", "name", "sex", "birth_date")

    building = Building.objects.filter(use="residential").first()
    assert building is not None
    data = tablib.Dataset(headers=People.Meta.fields)
    for name, _number, sex, born, *_ in rows:
        data.append(
            (
                str(uuid7()),
                building.county,
                building.cell_code,
                str(building.pk),
                name,
                1 if sex == "男" else 2,
                born,
            )
        )
    begin = time.perf_counter()
    result = People().import_data(data, raise_errors=True, use_transactions=True)
    assert result.total_rows == len(rows)
    return len(rows) / (time.perf_counter() - begin)
