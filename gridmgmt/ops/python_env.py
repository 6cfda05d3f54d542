"""The Python environment `.venv`, filled from the locks with hashes: by uv when it can be had, else by
pip."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from gridmgmt.ops import stamps
from gridmgmt.ops.layout import Layout
from gridmgmt.ops.shell import capture, run

# Each lock holds everything of those before it.
LEVELS = ("runtime", "test", "bench")
# pip options of the machine that would put packages elsewhere than into the environment.
MISLEADING = (
    "PIP_USER",
    "PIP_TARGET",
    "PIP_PREFIX",
    "PIP_ROOT",
    "PIP_REQUIRE_HASHES",
    "PIP_NO_DEPS",
    "PYTHONPATH",
)
FIX = (
    "Check that this machine's pip reaches a package index: `.venv/bin/python -m pip download --no-deps pip`."
)


def lock_of(layout: Layout, level: str) -> Path:
    """The lock of a level."""
    return layout.root / "requirements" / f"{level}.lock"


def stamp_of(layout: Layout, level: str) -> Path:
    """The stamp of a level, inside the environment so that it goes with it."""
    return layout.venv / f".grid-{level}"


def is_current(layout: Layout, level: str) -> bool:
    """Whether this level or a larger one is installed from today's lock."""
    if capture([layout.python, "-c", "pass"]).returncode:
        return False
    larger = LEVELS[LEVELS.index(level) :]
    return any(stamps.read(stamp_of(layout, one)) == wanted(layout, one) for one in larger)


def wanted(layout: Layout, level: str) -> str:
    """The digest a stamp must hold."""
    return stamps.digest([lock_of(layout, one) for one in LEVELS[: LEVELS.index(level) + 1]])


def ensure(layout: Layout, level: str) -> str:
    """Makes the environment hold a level's lock. Returns a note for the operator."""
    if is_current(layout, level):
        return f"{level} lock already installed"
    with stamps.alone(layout.root / "requirements"):
        if is_current(layout, level):
            return f"{level} lock installed meanwhile"
        make_venv(layout)
        with_what = install(layout, lock_of(layout, level))
        stamps.write(stamp_of(layout, level), wanted(layout, level))
    return f"{level} lock installed by {with_what}"


def make_venv(layout: Layout) -> None:
    """Makes the environment unless it works. A broken one (its Python is gone) is made again."""
    if capture([layout.python, "-m", "pip", "--version"]).returncode == 0:
        return
    run(
        [sys.executable, "-m", "venv", "--clear", layout.venv],
        doing="making the Python environment",
        fix="An administrator runs: apt-get install python3-venv",
        env=clean_env(),
    )


def clean_env() -> dict[str, str]:
    """The caller's environment without options that would lead pip astray; indexes and certificates stay."""
    return {name: value for name, value in os.environ.items() if name not in MISLEADING}


def install(layout: Layout, lock: Path) -> str:
    """Installs a lock; returns "uv" or "pip"."""
    uv = find_uv(layout)
    if uv:
        command = [uv, "pip", "install", "--quiet", "--require-hashes", "--python", layout.python, "-r", lock]
        if capture(command, env=uv_env(layout)).returncode == 0:
            return "uv"
    command = [layout.python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", lock]
    run(command, doing=f"installing {lock.name}", fix=FIX, env=clean_env())
    return "pip"


def find_uv(layout: Layout) -> Path | None:
    """uv inside the environment, installed from its own lock when it is not there; None when it cannot be
    had."""
    uv = layout.venv / "bin" / "uv"
    if not uv.exists():
        lock = layout.root / "requirements" / "uv.lock"
        capture(
            [layout.python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", lock],
            env=clean_env(),
        )
    return uv if uv.exists() else None


def uv_env(layout: Layout) -> dict[str, str]:
    """uv does not read pip's configuration: what the machine says there is handed on, and nothing is
    written down."""
    env = clean_env() | {"UV_LINK_MODE": "copy"}
    listing = capture([layout.python, "-m", "pip", "config", "list"], env=clean_env()).stdout
    found = parse_pip_config(listing)
    for option, variable in UV_VARIABLES.items():
        if option in found:
            env.setdefault(variable, " ".join(found[option]))
    if "cert" in found:
        env.setdefault("SSL_CERT_FILE", found["cert"][0])
    if "UV_INDEX" in env:
        env.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")  # as pip does; the hashes decide anyway
    return env


UV_VARIABLES = {"index-url": "UV_DEFAULT_INDEX", "extra-index-url": "UV_INDEX", "find-links": "UV_FIND_LINKS"}


def parse_pip_config(listing: str) -> dict[str, list[str]]:
    """Options of `pip config list` by bare name; the environment's win over files, sections of commands
    last."""
    found: dict[str, list[str]] = {}
    for line in listing.splitlines():
        key, separator, value = line.partition("=")
        section, _, option = key.strip().rpartition(".")
        if not separator or section.strip(":") not in {"global", "install", "env"}:
            continue
        words = value.strip().strip("'\"").replace("\\n", " ").split()
        if words and (option not in found or section == ":env:"):
            found[option] = words
    return found
