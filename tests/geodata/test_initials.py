"""Pinyin initials: filled by the database for whoever writes, surnames with their own readings."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import connection

from geodata.models import Person
from geodata.sample.naming import FAMILY, GIVEN

pytestmark = pytest.mark.django_db


def initials(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT geodata_name_initials(%s)", [name])
        return str(cursor.fetchone()[0])


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("汐安禾", "XAH"),
        ("单田芳", "STF"),  # a surname read otherwise than the sign alone
        ("简单", "JD"),
        ("曾国藩", "ZGF"),
        ("李长春", "LCC"),
        ("欧阳娜娜", "OYNN"),
        ("阿依古丽·买买提", "AYGLMMT"),
        ("John Smith", "JS"),
        ("㐀山", "QS"),  # extension A
        ("𠮷野", "Y"),  # extension B has no reading here
        ("", ""),
        ("阿" * 40, "A" * 16),
    ],
)
def test_initials_of_a_name(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_the_database_fills_them_whoever_writes() -> None:
    person = Person.objects.create(name="汐小满", county="009901", cell_code="009901001001001")
    person.refresh_from_db()
    assert person.name_initials == "XXM"
    with connection.cursor() as cursor:
        cursor.execute("UPDATE geodata_person SET name = '霁小满', name_initials = 'ZZZ'")
    person.refresh_from_db()
    assert person.name_initials == "JXM"


def test_every_name_of_the_sample_has_them() -> None:
    assert len(initials(FAMILY[:16])) == 16
    assert all(len(initials(sign)) == 1 for sign in FAMILY + GIVEN)


def test_the_table_is_what_the_readings_give() -> None:
    call_command("initials", "--check")
