"""The plan of a dry run is carried out as it is while nothing it looked at was written, and made again otherwise."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from geodata.models import Area, Building, Person
from importers import actions, datum_check, revisions
from importers.models import ImportBatch
from importers.people import kept_plan
from tests.importers.conftest import AT, Run, fates
from tests.importers.people_world import COMMUNITY, COUNTY, STREET, make_street, phone, write_csv
from tests.importers.test_people import FATHER, HEADINGS, MOTHER, SON, registers


def applied(batch: ImportBatch) -> tuple[ImportBatch, bool]:
    """The batch carried out, and whether it was judged once more."""
    steps: list[str] = []
    done = actions.apply(batch_id=batch.pk, by=None, at=AT, progress=lambda step, _rows: steps.append(step))
    return done, "planned" in steps


@pytest.fixture
def checked(run: Run, tmp_path: Path) -> ImportBatch:
    return run("people", write_csv(tmp_path / "p.csv", HEADINGS, [FATHER, MOTHER, SON]), prefixes=(STREET,))


@pytest.fixture
def street(db: None) -> dict[str, Building]:
    return make_street()


def test_a_plan_that_stands_is_not_made_again_and_writes_the_same(
    street: Any, checked: ImportBatch, run: Run, tmp_path: Path
) -> None:
    empty = registers()
    done, again = applied(checked)
    assert not again
    assert fates(done) == {"new": 3}
    kept = [row for rows in registers() for row in rows]
    assert len(kept) > 8
    actions.undo(batch_id=done.pk, by=None, at=AT)
    assert registers() == empty
    path = write_csv(tmp_path / "q.csv", HEADINGS, [FATHER, MOTHER, SON])
    direct = run("people", path, prefixes=(STREET,), to="applied")
    assert fates(direct) == {"new": 3}
    assert len([row for rows in registers() for row in rows]) == len(kept)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE geodata_building SET name = name || '甲' WHERE name = '嘉和苑1栋'",
        (
            "INSERT INTO importers_addressalias (id, county, alias, building_id) "
            "SELECT gen_random_uuid(), county, 'x', id FROM geodata_building LIMIT 1"
        ),
        "DELETE FROM geodata_residence",
        "UPDATE geodata_cell SET name = '二格'",
    ],
    ids=["building", "alias", "nothing deleted", "cell"],
)
def test_whatever_was_written_since_makes_it_judge_again(
    street: Any, checked: ImportBatch, statement: str
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
    done, again = applied(checked)
    assert again
    assert fates(done) == {"new": 3}


def test_somebody_who_came_in_meanwhile_is_found(street: Any, checked: ImportBatch) -> None:
    Person.objects.create(
        county=COUNTY,
        cell_code=street["嘉1"].cell_code,
        building=street["嘉1"],
        name="王小明",
        birth_date="2001-01-09",
    )
    done, again = applied(checked)
    assert again
    assert fates(done) == {"new": 2, "changed": 1}


def test_another_program_makes_its_own_plan(
    street: Any, checked: ImportBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revisions, "_program", lambda: "other")
    assert applied(checked)[1]


def test_a_plan_whose_tables_are_gone_is_made_again(street: Any, checked: ImportBatch) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE import_staging.plan_{checked.pk.hex}")
    assert applied(checked)[1]


def test_every_table_that_is_looked_at_tells_of_writing(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'importers_note_writing' AND tgenabled = 'O'"
        )
        assert {row[0] for row in cursor.fetchall()} == set(revisions.TABLES)


def test_the_first_number_ever_drawn_is_another_revision(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER SEQUENCE importers_register_revision RESTART")
    before = revisions.revision()
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('importers_register_revision')")
    assert revisions.revision() != before


def test_a_division_that_ends_overnight_makes_it_judge_again(
    street: Any, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    Area.objects.filter(code=COMMUNITY).update(valid_to=tomorrow)
    path = write_csv(tmp_path / "p.csv", ("姓名", "电话", "网格"), [("周甲", phone(1), COMMUNITY)])
    batch = run("people", path, prefixes=(STREET,))
    assert fates(batch) == {"new": 1}
    monkeypatch.setattr(timezone, "localdate", lambda *_said: tomorrow)
    done, again = applied(batch)
    assert again
    assert fates(done) == {"rejected": 1}


def test_a_plan_made_to_be_carried_out_at_once_is_not_kept(
    street: Any, checked: ImportBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What only a dry run is for: the revision, the kept tables, the look at the datum."""
    Building.objects.update(floors=3)
    told: list[str] = []
    monkeypatch.setattr(kept_plan, "keep", lambda *_said: told.append("kept"))
    monkeypatch.setattr(datum_check, "check", lambda *_said: told.append("datum"))
    done, again = applied(checked)
    assert again
    assert told == []
    assert done.summary["revision"] == ""
    assert done.summary["datum_check"] == checked.summary["datum_check"]


@pytest.mark.django_db(transaction=True)
def test_while_somebody_writes_there_is_no_revision_and_nobody_waits() -> None:
    make_street()
    under_way, done = threading.Event(), threading.Event()

    def writer() -> None:
        try:
            with transaction.atomic():
                Building.objects.update(floors=3)
                under_way.set()
                done.wait(30)
        finally:
            connection.close()

    thread = threading.Thread(target=writer)
    thread.start()
    try:
        assert under_way.wait(30)
        with transaction.atomic():
            assert revisions.revision() == ""
    finally:
        done.set()
        thread.join(30)
    with transaction.atomic():
        before = revisions.revision()
        assert before
        with connection.cursor() as cursor:  # the locks are let go
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND mode = 'ShareLock'"
            )
            assert cursor.fetchone()[0] == 0
    Building.objects.update(floors=4)
    with transaction.atomic():
        assert revisions.revision() != before
