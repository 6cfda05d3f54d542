"""Runs benchmarks against a database of the wished scale, made once and kept; prints a table, writes JSON."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from tests.bench.rows import Row, table

NAMES = (
    "route",
    "report",
    "transition",
    "clock",
    "tiles",
    "feed",
    "appraisal",
    "scan",
    "search",
    "import",
    "phone",
    "up",
)
MODULES = {"import": "importing"}  # a word of Python's
ALONE = ("up", "clock", "phone")  # need no database, or make their own
BY_NAME = ("up", "phone")  # start a whole platform of their own, so not among all
SHORTER = ("phone",)  # have a short run for trying
SCALES = ("street", "district", "city")


def bench_database(scale: str) -> str:
    """The address of the database of a scale beside the one in the environment."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(parts._replace(path=f"/grid_bench_{scale}"))


def manage(url: str, *args: str) -> None:
    """Run a management command on a database."""
    env = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "gridmgmt.settings"}
    subprocess.run([sys.executable, "-m", "django", *args, "--skip-checks"], env=env, check=True)


def ready(url: str) -> bool:
    """True when the sample is there completely (the last thing written is a mark)."""
    try:
        with psycopg.connect(url) as connection:
            row = connection.execute("SELECT to_regclass('bench_ready') IS NOT NULL").fetchone()
            return bool(row and row[0])
    except psycopg.OperationalError:
        return False


def make_database(scale: str) -> str:
    """Create and fill the database of a scale if it is not there; a half-made one is made again."""
    url = bench_database(scale)
    if ready(url):
        manage(url, "migrate", "-v0")  # a kept database follows the code
        manage(url, "sqlobjects")
        return url
    name = urlsplit(url).path.strip("/")
    begin = time.monotonic()
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}"')
    with psycopg.connect(url, autocommit=True) as connection:
        for extension in ("postgis", "pg_trgm", "btree_gist"):
            connection.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
    manage(url, "migrate", "-v0")
    manage(url, "sqlobjects")
    manage(url, "catalogue")
    manage(url, "supervisionrules")
    manage(url, "sample", "--scale", scale)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        connection.execute("CREATE TABLE bench_ready (at timestamptz DEFAULT now())")
    print(f"database of scale {scale} made in {time.monotonic() - begin:.0f} s", file=sys.stderr)
    return url


def main() -> int:
    """Entry point of `./grid bench`."""
    parser = argparse.ArgumentParser(prog="grid bench")
    parser.add_argument(
        "name", nargs="?", choices=NAMES, help="one benchmark; all but up and phone when missing"
    )
    parser.add_argument("--scale", choices=SCALES, default="district")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--short", action="store_true", help="phone: a tenth of it, for trying")
    chosen = parser.parse_args()
    if chosen.short and chosen.name not in SHORTER:
        parser.error(f"--short is for {', '.join(SHORTER)}")
    if chosen.name not in ALONE:
        os.environ["DATABASE_URL"] = make_database(chosen.scale)
    rows: list[Row] = []
    for name in [chosen.name] if chosen.name else [n for n in NAMES if n not in BY_NAME]:
        module = importlib.import_module(f"tests.bench.{MODULES.get(name, name)}")
        rows.extend(module.run(chosen.scale, short=True) if chosen.short else module.run(chosen.scale))
    print(table(rows))
    if chosen.json:
        chosen.json.write_text(
            json.dumps([row.as_dict() for row in rows], indent=1, ensure_ascii=False) + "\n"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
