"""The commands of `./grid`."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from gridmgmt.ops import (
    accounts,
    check,
    django_steps,
    doctor,
    environment,
    layout,
    lock,
    machine,
    packages,
    secrets,
    servers,
    up,
)
from gridmgmt.ops.console import OpsError, complain, say
from gridmgmt.ops.layout import Layout

# Commands whose words belong to the program behind them, flags and all.
PASSED_ON = ("test", "manage", "import", "bench", "sample")
INTERRUPTED = 130


def main(words: list[str]) -> int:
    """Runs one command; returns the exit code. Exit code 3: the machine or a setting is not fit for it."""
    try:
        place = layout.resolve()
        if words and words[0] in PASSED_ON:
            return WRAPPED[words[0]](place, words[1:])
        return dispatch(place, parser().parse_args(words))
    except OpsError as error:
        complain(error)
        return 3
    except KeyboardInterrupt:
        return INTERRUPTED


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = argparse.ArgumentParser(
        prog="./grid", description="Grid management platform: set-up, running, tests."
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    start = commands.add_parser("up", help="set up what is missing and run everything")
    start.add_argument(
        "--port", type=port_number, default=environment.DEFAULT_PORT, help="public port (8000)"
    )
    start.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    start.add_argument("--detach", action="store_true", help="return when it answers, leave it running")
    start.add_argument("--data", choices=("demo", "empty"), default="demo", help="sample street or nothing")
    commands.add_parser("down", help="stop everything")
    checking = commands.add_parser("check", help="what CI runs: lint, types, contracts, translations, tests")
    checking.add_argument("--lint", action="store_true", help="everything but the tests")
    commands.add_parser("doctor", help="name what is wrong with machine, settings or running parts")
    commands.add_parser("lock", help="make requirements/*.lock and package-lock.json again")
    making = commands.add_parser("secrets", help="make keys and passwords for docker compose in a folder")
    making.add_argument("folder", type=Path)
    for name, text in HELP_OF_PASSED_ON.items():
        commands.add_parser(name, help=text, add_help=False)
    return top


HELP_OF_PASSED_ON = {
    "test": "all set-up, then pytest with these arguments",
    "manage": "a Django management command",
    "import": "KIND FILE …: load a register or boundaries",
    "bench": "[NAME] [--scale street|district|city] [--short] [--json FILE]: measure",
    "sample": "--scale street|district|city: make a fictitious street",
}


def port_number(text: str) -> int:
    """A TCP port of the command line."""
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"expected 1–65535, found {text!r}")
    return int(text)


def dispatch(place: Layout, chosen: argparse.Namespace) -> int:
    """The commands with options of our own."""
    if chosen.command == "up":
        return up.up(place, up.Wish(chosen.host, chosen.port, chosen.detach, chosen.data))
    if chosen.command == "check":
        return run_checks(place, tests=not chosen.lint)
    if chosen.command == "secrets":
        made = secrets.ensure(
            chosen.folder.absolute(), accounts.current(), secrets.FOR_COMPOSE, secrets.COMPOSE_MODE
        )
        say(f"made {', '.join(made)}" if made else "all there, none replaced")
        return 0
    if chosen.command == "lock":
        lock.remake(place)
        return 0
    return {"down": up.down, "doctor": doctor.report}[chosen.command](place)


def run_checks(place: Layout, *, tests: bool) -> int:
    """Lint first, then the tests unless the lint part alone is wanted."""
    prepare(place, packages.SERVERS, "test")
    with servers.leased(place) as running:
        failed = check.run_all(running)
    if failed:
        say(f"failed: {', '.join(failed)}")
        return 1
    return run_tests(place, []) if tests else 0


def prepare(place: Layout, parts: tuple[packages.Part, ...], level: str, *, pages: bool = True) -> None:
    """The set-up every command shares."""
    machine.require_space(place)
    up.install(place, parts, level, pages=pages)


def run_tests(place: Layout, words: list[str]) -> int:
    """All set-up, then pytest; its exit code."""
    prepare(place, packages.SERVERS + packages.FRONT + packages.BROWSER, "test")
    with servers.leased(place) as running:
        env = environment.full(running, process="manage")
        if running.redis:
            env["REDIS_URL"] = (
                running.redis.url.removesuffix("0") + "1"
            )  # tests may empty it; a platform uses 0
        # All of them: a worker a core, files kept together (some share a server). A choice of tests runs in one process.
        chosen = words or ["-n", "auto", "--dist", "loadfile"]
        return call([str(place.python), "-m", "pytest", *chosen], env, place.root)


def run_manage(place: Layout, words: list[str]) -> int:
    """A management command on the servers of this data folder."""
    prepare(place, packages.SERVERS, "runtime", pages=False)
    with servers.leased(place) as running:
        return django_steps.call(running, words)


def run_import(place: Layout, words: list[str]) -> int:
    """Loads a file; tables are made first when they are missing."""
    if len(words) < 2 and "--help" not in words:
        raise OpsError(
            "import needs a kind and a file", "./grid import KIND FILE …; ./grid import --help lists kinds."
        )
    prepare(place, packages.SERVERS, "runtime", pages=False)
    with servers.leased(place) as running:
        django_steps.prepare_database(running)
        return django_steps.call(running, ["importfile", *words])


def run_sample(place: Layout, words: list[str]) -> int:
    """Makes sample data in the database of this data folder."""
    prepare(place, packages.SERVERS, "runtime", pages=False)
    with servers.leased(place) as running:
        django_steps.prepare_database(running)
        return django_steps.call(running, ["sample", *words])


def run_bench(place: Layout, words: list[str]) -> int:
    """The benchmarks of tests/bench, with every server's address in their environment."""
    prepare(place, packages.SERVERS + packages.FRONT + packages.LOAD + packages.BROWSER, "bench")
    with servers.leased(place) as running:
        env = environment.full(running, process="manage")
        return call([str(place.python), "-m", "tests.bench", *absolute_json(words)], env, place.root)


def absolute_json(words: list[str]) -> list[str]:
    """The file behind --json is meant from the caller's folder."""
    previous = ["", *words]
    return [
        str(Path.cwd() / word) if before == "--json" else word
        for before, word in zip(previous, words, strict=False)
    ]


def call(command: list[str], env: dict[str, str], folder: Path) -> int:
    """Runs a program on the operator's terminal."""
    sys.stdout.flush()
    return subprocess.run(command, env=env, cwd=folder, check=False).returncode


WRAPPED: dict[str, Callable[[Layout, list[str]], int]] = {
    "test": run_tests,
    "manage": run_manage,
    "import": run_import,
    "sample": run_sample,
    "bench": run_bench,
}
