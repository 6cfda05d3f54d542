"""What Django itself does at set-up: tables, SQL objects, reference data, static files, sample street."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from gridmgmt.ops import environment, stamps
from gridmgmt.ops.cluster import Cluster
from gridmgmt.ops.console import OpsError, step
from gridmgmt.ops.layout import Layout
from gridmgmt.ops.servers import Servers
from gridmgmt.ops.shell import run

PACKAGES = ("gridmgmt", "geodata", "importers", "mobile_api", "map_ui")
DATA_SUFFIXES = {".py", ".sql", ".csv", ".json", ".toml"}
# Files and folders that commands of root and the web process both write: group-writable.
SHARED_UMASK = 0o002
DATABASE_COMMANDS = (
    ("migrate", "--no-input", "--verbosity", "0"),
    ("sqlobjects",),
    ("catalogue",),
    ("supervisionrules",),
    ("liferules",),
    ("messagetemplates",),
)
# Asked of the database before a sample is made: is any area there but a sample's own? A sample that was interrupted
# is taken up again; `manage sample` does only what is missing.
EMPTY_PROBE = """
import django
django.setup()
from geodata.models import Area
print("filled" if Area.objects.exclude(source="sample").exists() else "empty")
"""


def manage(servers: Servers, *words: str, port: int = environment.DEFAULT_PORT) -> str:
    """Runs a management command that must work; returns what it printed."""
    env = environment.full(servers, process="manage", port=port)
    command = [servers.layout.python, "-m", "django", *words]
    before = os.umask(SHARED_UMASK)
    try:
        return run(command, doing=f"manage {words[0]}", env=env, cwd=servers.layout.root)
    finally:
        os.umask(before)


def call(servers: Servers, words: list[str], *, port: int = environment.DEFAULT_PORT) -> int:
    """Runs a management command for the operator, on his terminal and in his folder; returns its exit
    code."""
    env = environment.full(servers, process="manage", port=port)
    before = os.umask(SHARED_UMASK)
    try:
        done = subprocess.run([str(servers.layout.python), "-m", "django", *words], env=env, check=False)
    finally:
        os.umask(before)
    return done.returncode


def source_files(layout: Layout) -> Iterator[Path]:
    """Everything tables and reference data are made from."""
    for package in PACKAGES:
        for path in (layout.root / package).rglob("*"):
            inside = path.relative_to(layout.root).parts
            if path.suffix in DATA_SUFFIXES and "static" not in inside and "ops" not in inside:
                yield path


def identity_of(cluster: Cluster) -> str:
    """Tells one data directory from another made later at the same place."""
    info = (cluster.data / "PG_VERSION").stat()
    return f"{info.st_dev}:{info.st_ino}:{info.st_mtime_ns}"


def prepare_database(servers: Servers) -> None:
    """Tables, SQL objects and reference data; skipped when nothing they are made from changed."""
    layout = servers.layout
    stamp = layout.stamps / "database"
    with step("tables and reference data") as current:
        # A database given from outside may have been put back by somebody: always looked at.
        known = identity_of(servers.cluster) if servers.cluster else ""
        value = stamps.digest(source_files(layout), extra=known)
        if known and stamps.read(stamp) == value:
            current.note = "unchanged"
            return
        for words in DATABASE_COMMANDS:
            manage(servers, *words)
        stamps.write(stamp, value)
        current.note = "migrated, SQL objects, catalogue and rules applied"


def collect_static(servers: Servers, port: int) -> None:
    """Static files under names that carry their digest; skipped when none changed."""
    layout = servers.layout
    stamp = layout.stamps / "static"
    with step("static files") as current:
        files = [path for package in PACKAGES for path in (layout.root / package).rglob("static/**/*")]
        files += [layout.root / "requirements" / "runtime.lock", layout.root / "gridmgmt" / "settings.py"]
        value = stamps.digest(files, extra=str(layout.var))
        if stamps.read(stamp) == value and any((layout.var / "static").iterdir()):
            current.note = "unchanged"
            return
        manage(servers, "collectstatic", "--no-input", "--clear", "--verbosity", "0", port=port)
        stamps.write(stamp, value)
        current.note = "collected"


def compile_messages(layout: Layout) -> None:
    """Translations in the form the programs read; only those whose source is newer."""
    sources = [path for path in layout.root.glob("**/locale/*/LC_MESSAGES/*.po") if ".venv" not in path.parts]
    stale = [path for path in sources if is_older(path.with_suffix(".mo"), path)]
    if not stale:
        return
    with step("translations") as current:
        for source in stale:
            target = source.with_suffix(".mo")
            run(["msgfmt", "--check-format", "-o", target, source], doing=f"compiling {source.name}")
        current.note = f"{len(stale)} compiled"


def is_older(made: Path, source: Path) -> bool:
    """Whether a made file is missing or older than its source, or the source is gone."""
    return not made.exists() or not source.exists() or made.stat().st_mtime < source.stat().st_mtime


def is_empty(servers: Servers) -> bool:
    """Whether the database holds no area, or only those of a sample."""
    env = environment.full(servers, process="manage")
    answer = run(
        [servers.layout.python, "-c", EMPTY_PROBE],
        doing="looking into the database",
        env=env,
        cwd=servers.layout.root,
    )
    return answer.strip().splitlines()[-1:] == ["empty"]


def make_sample(servers: Servers, scale: str) -> None:
    """The sample street, into an empty database only."""
    stamp = servers.layout.stamps / "sample"
    known = identity_of(servers.cluster) if servers.cluster else ""
    if known and stamps.read(stamp) == stamps.digest([], extra=known):
        return
    with step("sample data") as current:
        if is_empty(servers):
            manage(servers, "sample", "--scale", scale)
            current.note = f"a {scale} with people, departments and a month of cases"
        else:
            current.note = "the database holds data already, none added"
    if known:
        stamps.write(stamp, stamps.digest([], extra=known))


def demo_accounts(servers: Servers) -> str:
    """The accounts a newcomer signs in with; asked of the database once, then kept beside the sample's stamp."""
    kept = servers.layout.stamps / "demo-accounts"
    if is_older(kept, servers.layout.stamps / "sample"):
        try:
            kept.write_text(manage(servers, "demoaccounts"), encoding="utf-8")
        except OpsError as error:
            return f"(no demo accounts: {error.what})"
    return kept.read_text(encoding="utf-8").rstrip()
