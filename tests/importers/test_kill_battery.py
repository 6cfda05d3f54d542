"""F16, F17: an import of people killed at many points, and two imports of overlapping registers at once.

Short here; `GRID_BATTERY=1 ./grid test -n0 -s tests/importers/test_kill_battery.py` runs the full numbers and prints the
figures. Points: every step the import tells of, SQL statements evenly over the whole of it, and moments evenly over its time.
"""

from __future__ import annotations

import os
import signal
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections

from geodata.errors import DomainError
from importers import actions, batches, staging
from importers.models import ImportBatch
from tests.importers.conftest import AT
from tests.importers.dirty_register import dirty_register
from tests.importers.people_world import make_street, write_csv
from tests.importers.test_kill_points import PEOPLE_STEPS, apply, everything, killed_at, people_received

LONG = os.environ.get("GRID_BATTERY") == "1"
FAMILIES = 4000 if LONG else 90
STEPS = PEOPLE_STEPS if LONG else ()
STATEMENTS, MOMENTS = (30, 20) if LONG else (3, 3)
ROUNDS = 10 if LONG else 2
_SETTLED_S = 60.0
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(3600 if LONG else 400)]
Work = Callable[[], Any]


@pytest.fixture(autouse=True)
def nothing_staged_afterwards() -> Iterator[None]:
    """Staging tables are none of the models'."""
    yield
    for batch_id in staging.present():
        staging.drop(batch_id)


def in_a_child(work: Work) -> int:
    """Starts ``work`` in a process of its own; 0 is its exit when it came to its end."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        except DomainError as error:
            code = 2 if error.code in {"batch_busy", "registers_busy"} else 1
        except BaseException:  # noqa: BLE001 - nothing of this process may go on in the test run
            traceback.print_exc()
        finally:
            os._exit(code)
    return child


def killed_after(seconds: float, work: Work) -> bool:
    """Kills the process of ``work`` at a moment; False when it was done before."""
    child = in_a_child(work)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def killed_before_statement(number: int, work: Work) -> bool:
    """Kills the process of ``work`` before its n-th statement."""
    seen = 0

    def count(execute: Any, *said: Any) -> Any:
        nonlocal seen
        seen += 1
        if seen == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(*said)

    def counted() -> None:
        with connection.execute_wrapper(count):
            work()

    _, status = os.waitpid(in_a_child(counted), 0)
    return os.WIFSIGNALED(status)


def settled() -> None:
    """Waits until the server has noticed that the killed process is gone: it ends its statement first."""
    until = time.monotonic() + _SETTLED_S
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )
            if not cursor.fetchone()[0]:
                return
        time.sleep(0.05)
    raise AssertionError("the killed process still has a connection")


def measured(work: Work) -> tuple[float, int]:
    """Seconds and statements of ``work`` undisturbed."""
    seen = 0

    def count(execute: Any, *said: Any) -> Any:
        nonlocal seen
        seen += 1
        return execute(*said)

    began = time.monotonic()
    with connection.execute_wrapper(count):
        work()
    return time.monotonic() - began, seen


def points(seconds: float, statements: int) -> Iterator[tuple[str, Callable[[ImportBatch], bool]]]:
    """Names of points and what kills an import there."""
    for step in STEPS:
        yield f"step {step}", lambda batch, at=step: killed_at(at, apply(batch)) is None
    for number in range(STATEMENTS):
        at = 1 + round((statements - 1) * (number + 0.5) / STATEMENTS)
        yield f"statement {at}", lambda batch, at=at: killed_before_statement(at, undisturbed(batch))
    for number in range(MOMENTS):
        moment = seconds * (number + 0.5) / MOMENTS
        yield f"moment {moment:.2f}", lambda batch, at=moment: killed_after(at, undisturbed(batch))


def undisturbed(batch: ImportBatch) -> Work:
    return lambda: apply(batch)(batches.ignore_progress)


def two_files(tmp_path: Path) -> tuple[Path, Path]:
    """A register and a later one: some people are new, some moved, some the same."""
    headings, rows = dirty_register(FAMILIES, "people-plain", each=1).table("people-plain")
    moved = [
        [value.replace("嘉和苑", "福安里") if row[0].startswith("欧阳") else value for value in row]
        for row in rows
    ]
    first = write_csv(tmp_path / "1.csv", headings, rows[: 2 * len(rows) // 3])
    return first, write_csv(tmp_path / "2.csv", headings, moved[len(rows) // 3 :])


def test_f16_an_import_killed_anywhere_is_before_or_after_and_comes_to_its_end(
    tmp_path: Path, limited_child: None
) -> None:
    make_street()
    first, second = two_files(tmp_path)
    undisturbed(people_received(first))()
    before = everything()
    clean = people_received(second)
    seconds, statements = measured(undisturbed(clean))
    after = everything()
    assert after != before
    rows = ImportBatch.objects.get(pk=clean.pk).counts["in"]
    actions.undo(batch_id=clean.pk, by=None, at=AT)
    left: Counter[str] = Counter()
    slowest = 0.0
    for name, kill in points(seconds, statements):
        batch = people_received(second)
        killed = kill(batch)
        settled()
        found = everything()
        assert found in (before, after), name
        left["killed" if killed else "done before it was killed"] += 1
        left["as before" if found == before else "as after"] += 1
        began = time.monotonic()
        assert actions.apply(batch_id=batch.pk, by=None, at=AT).state == "applied", name
        slowest = max(slowest, time.monotonic() - began)
        assert everything() == after, name
        assert actions.apply(batch_id=batch.pk, by=None, at=AT).pk == batch.pk
        assert everything() == after, f"{name}, applied twice"
        actions.undo(batch_id=batch.pk, by=None, at=AT)
        assert everything() == before, name
    actions.tidy(AT)
    assert staging.present() == set()
    assert left["killed"] > len(STEPS) + STATEMENTS // 2
    print(
        f"\nF16: {rows} rows, undisturbed {seconds:.1f} s and {statements} statements; {dict(left)}; "
        f"every second run ended as if undisturbed, the slowest after {slowest:.1f} s"
    )


def test_f17_two_imports_of_overlapping_registers_at_once(tmp_path: Path, limited_child: None) -> None:
    make_street()
    files = two_files(tmp_path)
    orders = []
    for order in (files, files[::-1]):
        done = [people_received(path) for path in order]
        for batch in done:
            undisturbed(batch)()
        orders.append(everything())
        for batch in reversed(done):
            actions.undo(batch_id=batch.pk, by=None, at=AT)
    empty = everything()
    refused = 0
    for _turn in range(ROUNDS):
        both = [people_received(path) for path in files]
        children = [in_a_child(undisturbed(batch)) for batch in both]
        exits = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        assert set(exits) <= {0, 2}, "done, or refused by name"
        refused += exits.count(2)
        settled()
        for batch in both:
            assert actions.apply(batch_id=batch.pk, by=None, at=AT).state == "applied"
        assert everything() in orders, "as if one had come after the other"
        taken_back(both)
        assert everything() == empty
    print(f"\nF17: {ROUNDS} times two imports at once, {refused} refused, every time as one after the other")


def taken_back(both: list[ImportBatch]) -> None:
    """Whichever was written later is taken back first; the other way is refused."""
    left, refused = list(both), set()
    for _turn in range(2 * len(both)):
        for batch in list(left):
            try:
                actions.undo(batch_id=batch.pk, by=None, at=AT)
            except DomainError as error:
                refused.add(error.code)
            else:
                left.remove(batch)
    assert not left
    assert refused <= {"undo_rows_changed", "undo_rows_in_use"}
