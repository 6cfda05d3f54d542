"""`import`: people from a file – first load, page (dry run, then apply), again, refresh, workbook, undo – against plain COPY.

The limit is a `COPY` of the very rows an import made, out of the database and back into the same indexed tables with
their foreign keys. Works on a copy of the scale's database, with its places and without its people.
"""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import django
import psycopg

from tests.bench.import_peers import bulk_created, by_library
from tests.bench.paced import Paced, reporting
from tests.bench.register_file import Person, refreshed, register, write_csv, write_workbook
from tests.bench.report import points_file, tokens
from tests.bench.rows import Row
from tests.bench.servers import free_port, granian, running

PEOPLE = {"street": 100_000, "district": 1_200_000, "city": 1_200_000}
WORKBOOK_ROWS = 100_000
SLOW_ROWS = 3_000  # of the peers that write row by row
TABLES = (
    "geodata_entrance",
    "geodata_dwelling",
    "geodata_person",
    "geodata_household",
    "geodata_membership",
    "geodata_residence",
)


def run(scale: str) -> list[Row]:
    """Rows of the bench."""
    url = copied(scale)
    os.environ["DATABASE_URL"] = url
    django.setup()
    folder = Path(tempfile.mkdtemp(prefix="grid-bench-import-"))
    try:
        return measured(PEOPLE[scale], folder)
    finally:
        shutil.rmtree(folder)
        with psycopg.connect(beside(url, "postgres"), autocommit=True) as connection:
            connection.execute("DROP DATABASE IF EXISTS grid_bench_import WITH (FORCE)")


def beside(url: str, name: str) -> str:
    """Another database of the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def copied(scale: str) -> str:
    """A copy of the scale's database without people."""
    url = os.environ["DATABASE_URL"]
    target = beside(url, "grid_bench_import")
    with psycopg.connect(beside(url, "postgres"), autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS grid_bench_import WITH (FORCE)")
        connection.execute(f"CREATE DATABASE grid_bench_import TEMPLATE grid_bench_{scale}")
    with psycopg.connect(target, autocommit=True) as connection:
        empty(connection)
    return target


def empty(connection: psycopg.Connection[Any]) -> None:
    """The registers of people and doors, empty."""
    connection.execute("TRUNCATE " + ", ".join(TABLES) + " CASCADE")
    connection.execute("VACUUM ANALYZE")


def measured(people: int, folder: Path) -> list[Row]:
    """All figures, one after the other on one database."""
    rows = list(register(people))
    people = len(rows)
    first, changed = folder / "first.csv", folder / "changed.csv"
    write_csv(first, rows)
    write_csv(changed, refreshed(rows))
    found: list[Row] = []
    batch, ours = load(first)
    limit = copied_back(folder)
    note = f"{ours.told()}; goal: ratio >= 0.8 first load, >= 0.5 into filled tables"
    found.append(
        Row(
            "import",
            f"{people:,} people, file to committed",
            people / ours.all,
            "/s",
            people / limit,
            limit / ours.all,
            note,
        )
    )
    found.append(
        Row(
            "import",
            "memory of parent / reading process",
            ours.memory,
            "MB",
            500,
            None,
            f"reading process {ours.child_memory:.0f} MB; goal: <= 500 MB",
        )
    )
    _, again = load(first, expect_same=people)
    found.append(
        Row(
            "import",
            "the same file again",
            people / again.all,
            "/s",
            people / ours.all,
            ours.all / again.all,
            f"{again.told()}; nothing changes",
        )
    )
    _, refresh = load(changed)
    found.append(
        Row(
            "import",
            "refresh, 2 % changed",
            people / refresh.all,
            "/s",
            people / ours.all,
            ours.all / refresh.all,
            f"{refresh.told()}; goal: ratio >= 2 of the first load",
        )
    )
    del batch
    found += smaller(rows[:WORKBOOK_ROWS], folder)
    return found


def smaller(rows: list[Person], folder: Path) -> list[Row]:
    """Workbook, page and undo, with a hundred thousand people."""
    plain, book = folder / "part.csv", folder / "part.xlsx"
    write_csv(plain, rows)
    write_workbook(book, rows)
    wiped()
    batch, by_csv = load(plain)
    undone = undo(batch)
    wiped()
    idle, busy = answers_meanwhile(plain)
    wiped()
    _, by_page = load(plain, dry_run=True)
    wiped()
    _, by_book = load(book)
    wiped()
    bulk = bulk_created(rows[:SLOW_ROWS])
    wiped()
    library = by_library(rows[:SLOW_ROWS])
    count = len(rows)
    return [
        Row(
            "import",
            f"xlsx of {count:,}",
            count / by_book.all,
            "/s",
            count / by_csv.all,
            by_csv.all / by_book.all,
            f"{by_book.told()}; limit: the CSV; goal: ratio >= 0.4",
        ),
        Row(
            "import",
            f"{count:,}: dry run, then apply",
            count / by_page.all,
            "/s",
            count / by_csv.all,
            by_csv.all / by_page.all,
            f"{by_page.told()}; limit: applied at once",
        ),
        Row("import", f"undo of {count:,}", undone, "s", 30, None, "goal: <= 30 s"),
        Row(
            "import",
            "report p95 during an import",
            busy.p95,
            "ms",
            idle.p95,
            idle.p95 / busy.p95,
            f"{len(busy.times)} reports, {busy.failed} failed; limit: idle; goal: ratio >= 0.5",
        ),
        Row(
            "import",
            f"against bulk_create of {SLOW_ROWS:,}",
            count / by_csv.all,
            "/s",
            bulk,
            count / by_csv.all / bulk,
            "four models, batches of 2,000, no checks; goal: ratio >= 10",
        ),
        Row(
            "import",
            f"against django-import-export of {SLOW_ROWS:,}",
            count / by_csv.all,
            "/s",
            library,
            count / by_csv.all / library,
            "persons alone, in bulk, no checks; goal: ratio >= 40",
        ),
    ]


def answers_meanwhile(path: Path) -> tuple[Paced, Paced]:
    """Reports over HTTP at an even pace: with nothing else going on, and during an import."""
    from gridmgmt.events.jobs import NICENESS

    token, _ = tokens()
    points = points_file()
    port = free_port()
    env = {"GRID_PROCESS": "web", "GRID_LOG_LEVEL": "WARNING"}
    with running(granian("gridmgmt.wsgi:application", port), port, **env):
        with reporting(port, token, points):
            time.sleep(3)  # every worker has read its reference data
        with reporting(port, token, points) as idle:
            time.sleep(15)
        with reporting(port, token, points) as busy:
            os.setpriority(os.PRIO_PROCESS, 0, NICENESS)  # as the worker that imports
            load(path)
            os.setpriority(os.PRIO_PROCESS, 0, 0)
    points.unlink()
    return idle, busy


class Timing:
    """Seconds a step took, and memory."""

    def __init__(self) -> None:
        self.steps: dict[str, float] = {}
        self._at = time.perf_counter()
        self.memory = self.child_memory = 0.0

    def note(self, step: str) -> None:
        """The step ended now."""
        now = time.perf_counter()
        self.steps[step] = self.steps.get(step, 0) + now - self._at
        self._at = now
        self.memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        self.child_memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024

    @property
    def all(self) -> float:
        """Seconds of all steps."""
        return sum(self.steps.values())

    def told(self) -> str:
        """The steps in words."""
        return ", ".join(f"{step} {seconds:.1f} s" for step, seconds in self.steps.items())


def load(path: Path, *, expect_same: int | None = None, dry_run: bool = False) -> tuple[Any, Timing]:
    """An import from the file to the commit."""
    from importers import actions, files
    from importers.profile import load as load_profile

    timing = Timing()
    at = datetime.now(UTC)
    batch_id = actions.new_batch_id()
    stored = files.take_path(path, batch_id, "")
    profile = load_profile("people-plain", "people", own_file=True, county="")
    batch = actions.receive(stored=stored, batch_id=batch_id, profile=profile, prefixes=("",), by=None, at=at)

    def progress(step: str, _rows: int) -> None:
        timing.note({"reading": "read", "checking": "read", "applying": "read"}.get(step, step))

    if dry_run:
        actions.check(batch_id=batch.pk, at=at, progress=progress)
    batch = actions.apply(batch_id=batch.pk, by=None, at=at, progress=progress)
    timing.note("rest")
    counts = batch.counts
    assert counts["rejected"] == counts["conflict"] == 0, batch.summary["reasons"]
    assert expect_same is None or counts["same"] == expect_same, counts
    return batch, timing


def undo(batch: Any) -> float:
    """Seconds for taking a batch back."""
    from importers import actions

    begin = time.perf_counter()
    actions.undo(batch_id=batch.pk, by=None, at=datetime.now(UTC))
    return time.perf_counter() - begin


def wiped() -> None:
    """The tables empty again."""
    from django.db import connection

    connection.close()
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as direct:
        empty(direct)


def copied_back(folder: Path) -> float:
    """Seconds of the plain COPY of what an import made; the rows are there again afterwards."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        for table in TABLES:
            with (
                (folder / table).open("wb") as file,
                connection.cursor().copy(f"COPY {table} TO STDOUT") as copy,
            ):
                for block in copy:
                    file.write(block)
        times = []
        for _ in range(1 if sum((folder / t).stat().st_size for t in TABLES) > 2e8 else 3):
            empty(connection)
            begin = time.perf_counter()
            with connection.transaction():
                for table in TABLES:
                    with (
                        (folder / table).open("rb") as file,
                        connection.cursor().copy(f"COPY {table} FROM STDIN") as copy,
                    ):
                        while block := file.read(1 << 20):
                            copy.write(block)
            times.append(time.perf_counter() - begin)
        connection.execute("ANALYZE")
    return statistics.median(times)
