"""Killed anywhere and started again: the same rows as an undisturbed run. Real processes, real kill -9."""

from __future__ import annotations

import os
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections, transaction

from geodata.errors import DomainError
from geodata.models import Building
from gridmgmt.events.deliveries import Undelivered
from importers import actions, batches, conflicts, files, jobs, staging, steps
from importers.models import ImportBatch, ImportImage
from importers.profile import load
from importers.staging import Progress
from tests.importers.conftest import AT, collection, square
from tests.importers.dirty_register import dirty_register
from tests.importers.people_world import STREET, make_street, write_csv

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(400)]
COUNTY = "000101"


@pytest.fixture(autouse=True)
def nothing_staged_afterwards() -> Iterator[None]:
    """The flush after such a test empties the tables of the models; staging tables are none of them."""
    yield
    for batch_id in staging.present():
        staging.drop(batch_id)


STEPS = ("reading", "read", "checking", "planned", "judged", "applying", "rows", "written", "committed")


def file_with(path: Path, name: str, numbers: range) -> Path:
    features = [
        (square(113 + 0.01 * number, 23), {"@id": str(number), "name": f"{name}{number}"})
        for number in numbers
    ]
    return collection(path, *features)


def received(path: Path) -> ImportBatch:
    profile = load("", "buildings", datum="wgs84", county=COUNTY)
    batch_id = actions.new_batch_id()
    stored = files.take_path(path, batch_id)
    return actions.receive(stored=stored, batch_id=batch_id, profile=profile, prefixes=("",), by=None, at=AT)


def dump() -> list[tuple[Any, ...]]:
    """All buildings without their random keys."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT external_id, name, county, cell_code, floors, source_datum, encode(ST_AsBinary(geom), 'hex') "
            "FROM geodata_building ORDER BY external_id"
        )
        return cursor.fetchall()


def killed_at(step: str, work: Callable[[Progress], Any]) -> None:
    """Runs ``work`` in a process of its own that is killed the moment it tells of ``step``."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        try:

            def die(told: str, _rows: int) -> None:
                if told == step:
                    os.kill(os.getpid(), signal.SIGKILL)

            work(die)
        except BaseException:  # noqa: BLE001 - nothing of this process may go on in the test run
            traceback.print_exc()
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), f"{step} was never reached"
    wait_until_free()


def wait_until_free() -> None:
    """PostgreSQL gives up the locks of a killed client when it notices; whoever comes before is told batch_busy."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid() "
                "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
            if cursor.fetchone()[0] == 0:
                return
        time.sleep(0.05)
    pytest.fail("a lock of the killed process never went")


def apply(batch: ImportBatch) -> Callable[[Progress], Any]:
    def work(progress: Progress) -> Any:
        actions.check(batch_id=batch.pk, at=AT, progress=progress)
        return actions.apply(batch_id=batch.pk, by=None, at=AT, progress=progress)

    return work


def test_an_import_killed_at_any_step_ends_as_if_undisturbed(tmp_path: Path, limited_child: None) -> None:
    first = file_with(tmp_path / "1.geojson", "旧", range(1, 6))
    second = file_with(tmp_path / "2.geojson", "新", range(3, 9))
    apply(received(first))(batches.ignore_progress)
    before = dump()
    clean = received(second)
    apply(clean)(batches.ignore_progress)
    after = dump()
    actions.undo(batch_id=clean.pk, by=None, at=AT)
    assert dump() == before
    for step in STEPS:
        batch = received(second)
        killed_at(step, apply(batch))
        assert dump() in (before, after), step
        again = actions.apply(
            batch_id=received(second).pk if step != "committed" else batch.pk, by=None, at=AT
        )
        assert again.pk == batch.pk, "the unfinished import is taken up, not begun anew"
        assert dump() == after, step
        assert (again.counts["new"], again.counts["changed"]) == (3, 3)
        killed_at(
            "restored",
            lambda progress, key=batch.pk: actions.undo(batch_id=key, by=None, at=AT, progress=progress),
        )
        assert dump() == after, "an undo that was killed has changed nothing"
        actions.undo(batch_id=batch.pk, by=None, at=AT)
        assert dump() == before, step
    actions.tidy(AT)
    assert staging.present() == set()
    assert ImportImage.objects.exclude(batch__state="applied").count() == 0
    assert Building.objects.count() == 5


def everything() -> list[list[tuple[Any, ...]]]:
    """All tables of people, without keys and without what is sealed anew each time."""
    statements = (
        """SELECT p.name, p.id_no_key, p.id_no_masked, p.phone_key, p.phone_masked, p.sex, p.birth_date, p.cell_code,
             p.life_state, p.lives_alone, b.name
           FROM geodata_person p LEFT JOIN geodata_building b ON b.id = p.building_id""",
        "SELECT number, county FROM geodata_household",
        """SELECT p.name, h.number, m.relation, m.valid_from, m.valid_to FROM geodata_membership m
           JOIN geodata_person p ON p.id = m.person_id JOIN geodata_household h ON h.id = m.household_id""",
        """SELECT p.name, r.kind, r.elsewhere, d.room, r.valid_from, r.valid_to FROM geodata_residence r
           JOIN geodata_person p ON p.id = r.person_id LEFT JOIN geodata_dwelling d ON d.id = r.dwelling_id""",
        """SELECT b.name, e.number, d.floor, d.room FROM geodata_dwelling d JOIN geodata_building b ON b.id = d.building_id
           LEFT JOIN geodata_entrance e ON e.id = d.entrance_id""",
    )
    found = []
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
            found.append(sorted(cursor.fetchall(), key=repr))
    return found


def people_received(path: Path) -> ImportBatch:
    profile = load("people-plain", "people")
    batch_id = actions.new_batch_id()
    stored = files.take_path(path, batch_id)
    return actions.receive(
        stored=stored, batch_id=batch_id, profile=profile, prefixes=(STREET,), by=None, at=AT
    )


PEOPLE_STEPS = (*STEPS[:6], "persons", "memberships", "written", "committed")


def test_people_killed_at_any_step_end_as_if_undisturbed(tmp_path: Path, limited_child: None) -> None:
    make_street()
    headings, rows = dirty_register(90, "people-plain", each=1).table("people-plain")
    first = write_csv(tmp_path / "1.csv", headings, rows[:150])
    moved = [
        [value.replace("嘉和苑", "福安里") if row[0].startswith("欧阳") else value for value in row]
        for row in rows
    ]
    second = write_csv(tmp_path / "2.csv", headings, moved[60:])
    apply(people_received(first))(batches.ignore_progress)
    before = everything()
    clean = people_received(second)
    apply(clean)(batches.ignore_progress)
    after = everything()
    assert after != before
    actions.undo(batch_id=clean.pk, by=None, at=AT)
    assert everything() == before
    for step in PEOPLE_STEPS:
        batch = people_received(second)
        killed_at(step, apply(batch))
        assert everything() in (before, after), step
        again = actions.apply(
            batch_id=people_received(second).pk if step != "committed" else batch.pk, by=None, at=AT
        )
        assert again.pk == batch.pk
        assert everything() == after, step
        killed_at(
            "restored",
            lambda progress, key=batch.pk: actions.undo(batch_id=key, by=None, at=AT, progress=progress),
        )
        assert everything() == after, "an undo that was killed has changed nothing"
        actions.undo(batch_id=batch.pk, by=None, at=AT)
        assert everything() == before, step
    actions.tidy(AT)
    assert staging.present() == set()


def test_who_waits_too_long_for_another_import_is_refused_and_tried_again(tmp_path: Path) -> None:
    batch = received(file_with(tmp_path / "1.geojson", "甲", range(1, 3)))
    actions.check(batch_id=batch.pk, at=AT)
    actions.want(batch_id=batch.pk, state="applied", by=None, at=AT)
    ready, go = os.pipe(), os.pipe()
    connections.close_all()
    holder = os.fork()
    if holder == 0:
        try:
            with transaction.atomic():
                steps.lock_kind("buildings")
                os.write(ready[1], b"x")
                os.read(go[0], 1)
        finally:
            os._exit(0)
    os.read(ready[0], 1)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '200ms'")
    with pytest.raises(Undelivered, match="registers_busy"):
        jobs.run("x", {"batch": str(batch.pk), "state": "applied"})
    assert Building.objects.count() == 0
    os.write(go[1], b"x")
    os.waitpid(holder, 0)
    jobs.run("x", {"batch": str(batch.pk), "state": "applied"})
    assert Building.objects.count() == 2


def test_a_batch_somebody_works_on_is_busy(tmp_path: Path) -> None:
    batch = received(file_with(tmp_path / "1.geojson", "甲", range(1, 3)))
    ready, go = os.pipe(), os.pipe()
    connections.close_all()
    holder = os.fork()
    if holder == 0:
        try:
            with batches.working_on(batch.pk):
                os.write(ready[1], b"x")
                os.read(go[0], 1)
        finally:
            os._exit(0)
    os.read(ready[0], 1)
    with pytest.raises(DomainError, match="batch_busy"):
        actions.check(batch_id=batch.pk, at=AT)
    with pytest.raises(DomainError, match="batch_busy"):
        conflicts.decide(batch=batch, row_no=1, choice="keep", target="", by=None, at=AT)
    os.write(go[1], b"x")
    os.waitpid(holder, 0)
    assert actions.check(batch_id=batch.pk, at=AT).state == "checked"
