"""`./grid check`: what CI runs besides the tests. Every check runs; the failed ones are named at the end."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from gridmgmt.ops import environment
from gridmgmt.ops.console import say, step
from gridmgmt.ops.layout import Layout
from gridmgmt.ops.servers import Servers
from gridmgmt.ops.shell import capture

# Coordinate systems this platform deals in; their numbers stand in geodata/crs.py alone.
SRIDS = {4326, 3857, 4490, 4547, 4526, 900913}
EXTENDED_WKT = re.compile(r"^SRID=\d")
SRID_HOME = "geodata/crs.py"
COPIED_FOR_MESSAGES = ("gridmgmt", "geodata", "importers", "mobile_api", "map_ui", "locale")
PACKAGES = COPIED_FOR_MESSAGES[:-1]


def run_all(servers: Servers) -> list[str]:
    """Runs every check and returns the names of those that failed."""
    layout = servers.layout
    env = environment.full(servers, process="manage")
    failed = []
    for name, check in checks(layout, env):
        with step(name) as current:
            trouble = check()
            current.note = "FAILED" if trouble else "ok"
        if trouble:
            say(trouble.rstrip())
            failed.append(name)
    return failed


def checks(layout: Layout, env: dict[str, str]) -> list[tuple[str, Callable[[], str]]]:
    """Name and check; a check returns what is wrong, empty when nothing is."""

    def program(*words: str) -> Callable[[], str]:
        return lambda: output_of_failure(layout, env, [str(layout.venv / "bin" / words[0]), *words[1:]])

    return [
        ("ruff check", program("ruff", "check", "--quiet", ".")),
        ("ruff format", program("ruff", "format", "--check", "--quiet", ".")),
        ("mypy", program("mypy")),
        ("import contracts", program("lint-imports")),
        ("Django's own checks", program("python", "-m", "django", "check", "--fail-level", "WARNING")),
        (
            "migrations match models",
            program("python", "-m", "django", "makemigrations", "--check", "--dry-run"),
        ),
        ("literal SRIDs", lambda: literal_srids(layout)),
        (
            "templates",
            program("djlint", "--lint", "--quiet", *template_folders(layout))
            if any(template_folders(layout))
            else str,
        ),
        ("translations", lambda: untranslated(layout, env)),
    ]


def output_of_failure(layout: Layout, env: dict[str, str], command: list[str]) -> str:
    """What a failing program said; empty when it is content."""
    done = capture(command, env=env, cwd=layout.root)
    if done.returncode == 0:
        return ""
    return done.stdout.strip() or f"exit code {done.returncode}"


def template_folders(layout: Layout) -> list[str]:
    """Every templates folder of the packages."""
    return sorted(
        str(path.relative_to(layout.root))
        for one in PACKAGES
        for path in (layout.root / one).rglob("templates")
    )


def literal_srids(layout: Layout) -> str:
    """Places in Python outside geodata/crs.py that write a coordinate system's number. SQL has no such constants."""
    found = []
    for path in python_files(layout):
        name = path.relative_to(layout.root).as_posix()
        if name != SRID_HOME:
            lines = path.read_text(encoding="utf-8").splitlines()
            found += [f"{name}:{number}: {lines[number - 1].strip()}" for number in lines_with_srid(lines)]
    return "\n".join(found)


def lines_with_srid(lines: list[str]) -> list[int]:
    """Numbers of lines with such a number, or with a text "SRID=…" of one; `# srid: why` excuses a line."""
    found = set()
    for node in ast.walk(ast.parse("\n".join(lines))):
        if (
            isinstance(node, ast.Constant)
            and is_srid(node.value)
            and "# srid: " not in lines[node.lineno - 1]
        ):
            found.add(node.lineno)
    return sorted(found)


def is_srid(value: object) -> bool:
    """Whether a literal is the number of a coordinate system, or extended WKT of one."""
    if isinstance(value, str):
        return bool(EXTENDED_WKT.search(value))
    return type(value) is int and value in SRIDS


def python_files(layout: Layout) -> Iterator[Path]:
    """Our own Python without migrations (frozen facts) and without this checker."""
    for package in PACKAGES:
        for path in sorted((layout.root / package).rglob("*.py")):
            if "migrations" not in path.parts and "ops" not in path.parts:
                yield path


def untranslated(layout: Layout, env: dict[str, str]) -> str:
    """Message ids without Chinese. Collected in a copy, so that the check writes nothing into the
    checkout."""
    with tempfile.TemporaryDirectory(prefix="grid-messages-") as folder:
        copy = Path(folder)
        for name in COPIED_FOR_MESSAGES:
            if (layout.root / name).is_dir():
                ignored = shutil.ignore_patterns("vendor", "__pycache__", "*.mo")
                shutil.copytree(layout.root / name, copy / name, ignore=ignored)
        (copy / "locale").mkdir(exist_ok=True)
        trouble = ""
        for domain in ("django", "djangojs"):
            trouble += collect_messages(copy, env, domain)
        return trouble + "".join(gaps(path) for path in sorted(copy.rglob("zh_Hans/LC_MESSAGES/*.po")))


def collect_messages(copy: Path, env: dict[str, str], domain: str) -> str:
    """Brings the copy's message files up to the code; returns what went wrong."""
    command = [
        "python",
        "-m",
        "django",
        "makemessages",
        "-l",
        "zh_Hans",
        "-d",
        domain,
        "--no-obsolete",
        "--no-location",
    ]
    done = subprocess.run(
        command,
        cwd=copy,
        env=env | {"PYTHONPATH": str(copy)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.stdout if done.returncode else ""


def gaps(messages: Path) -> str:
    """Untranslated and fuzzy entries of one message file, a line each."""
    found = ""
    for kind in ("untranslated", "fuzzy"):
        option = "--untranslated" if kind == "untranslated" else "--only-fuzzy"
        listing = capture(["msgattrib", option, "--no-obsolete", "--no-wrap", messages]).stdout
        found += "".join(f"{messages.name} {kind}: {text}\n" for text in message_ids(listing))
    return found


def message_ids(listing: str) -> list[str]:
    """The message ids of a .po text without its header, each on one line."""
    blocks = re.findall(r'(?m)^msgid ((?:"(?:[^"\\]|\\.)*"\n?)+)', listing)
    texts = ["".join(re.findall(r'"((?:[^"\\]|\\.)*)"', block)) for block in blocks]
    return [text for text in texts if text]
