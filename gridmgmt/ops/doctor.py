"""`./grid doctor`: looks at the machine, the data folder and the running parts; one line each, with the way
out."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gridmgmt.ops import (
    accounts,
    cluster,
    cluster_config,
    frontend,
    machine,
    packages,
    pids,
    ports,
    python_env,
    secrets,
    stamps,
    supervisor,
    up,
)
from gridmgmt.ops.console import OpsError
from gridmgmt.ops.layout import Layout


@dataclass(frozen=True)
class Finding:
    """One thing looked at: what was seen, and, when it is wrong, what to do."""

    what: str
    wrong: bool = False
    fix: str = ""


def examine(layout: Layout) -> list[Finding]:
    """All findings, from the machine up to the running platform."""
    looks: list[Callable[[Layout], Iterator[Finding]]] = [
        look_at_machine,
        look_at_packages,
        look_at_installation,
        look_at_settings,
        look_at_secrets,
        look_at_cluster,
        look_at_ports,
        look_at_processes,
    ]
    findings: list[Finding] = []
    for look in looks:
        try:
            findings += look(layout)
        except OpsError as error:
            findings.append(Finding(error.what, wrong=True, fix=error.fix))
        except PermissionError as error:
            findings.append(
                Finding(f"not allowed: {error.filename}", wrong=True, fix="Run as the folder's owner.")
            )
    return findings


def report(layout: Layout) -> int:
    """Prints the findings; exit code 1 when anything is wrong."""
    findings = examine(layout)
    for finding in findings:
        print(f"{'WRONG' if finding.wrong else 'ok   '}  {finding.what}")
        if finding.wrong and finding.fix:
            print(f"       → {finding.fix}")
    wrong = sum(finding.wrong for finding in findings)
    print(f"{wrong} wrong" if wrong else "nothing wrong")
    return 1 if wrong else 0


def look_at_machine(layout: Layout) -> Iterator[Finding]:
    """Python, memory, space."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding(f"Python {version}", sys.version_info < (3, 11), "Install Python 3.11 or newer.")
    memory = cluster_config.memory_mb()
    yield Finding(
        f"{memory} MB memory, {os.cpu_count()} processors", memory < 1500, "2 GB are the least that works."
    )
    free = machine.free_mb(layout.var)
    low = free < machine.LEAST_SPACE_MB
    yield Finding(f"{free} MB free for {layout.var}", low, "Free space or point GRID_VAR to a larger disk.")


def look_at_packages(_layout: Layout) -> Iterator[Finding]:
    """What the operating system must bring."""
    for part in packages.SERVERS + packages.FRONT + packages.BROWSER:
        there = part.found() or packages.given_from_outside(part)
        fix = f"apt-get install --no-install-recommends {part.package}"
        only_tests = "" if part.needed else " (only tests use it)"
        yield Finding(f"{part.what}{'' if there else ' missing'}{only_tests}", part.needed and not there, fix)


def look_at_installation(layout: Layout) -> Iterator[Finding]:
    """Python environment and browser libraries against their locks."""
    levels = [one for one in python_env.LEVELS if python_env.is_current(layout, one)]
    what = f".venv holds the {levels[-1]} lock" if levels else ".venv is missing or older than its lock"
    yield Finding(what, not levels, "`./grid up` installs it.")
    from_today = stamps.read(frontend.stamp_of(layout)) == frontend.wanted(layout)
    what = (
        "browser libraries laid out"
        if from_today
        else "browser libraries missing or older than package-lock.json"
    )
    yield Finding(what, not from_today, "`./grid up` lays them out.")


def look_at_settings(layout: Layout) -> Iterator[Finding]:
    """Variables that contradict one another."""
    for name in ("DATABASE_URL", "REDIS_URL"):
        yield Finding(
            f"{name} {'given: that server is used' if os.environ.get(name) else 'not set: own server'}"
        )
    origin = os.environ.get("GRID_PUBLIC_ORIGIN", "")
    bad = bool(origin) and not origin.startswith(("http://", "https://"))
    yield Finding(
        f"public origin {origin or 'http://127.0.0.1 (phones need https)'}", bad, "Set https://name."
    )
    barrier = accounts.is_root() and accounts.blocked_at(layout.python.resolve(), accounts.named("www-data"))
    what = (
        f"{barrier} is closed to www-data, the application runs as root"
        if barrier
        else "accounts reach the checkout"
    )
    yield Finding(what, bool(barrier), "Put the checkout outside of a home folder, for example under /opt.")


def look_at_secrets(layout: Layout) -> Iterator[Finding]:
    """Keys: there, and closed to others."""
    if not layout.secrets.exists():
        yield Finding("no secrets yet; the first `./grid up` makes them")
        return
    missing = [name for name in secrets.FILES if not (layout.secrets / name).exists()]
    fix = "Put them back from your backup; new ones cannot read what the old ones encrypted."
    yield Finding(
        f"secrets missing: {', '.join(missing)}" if missing else "secrets there", bool(missing), fix
    )
    for path in secrets.too_open(layout.secrets):
        yield Finding(f"{path} may be read by others", wrong=True, fix=f"chmod 600 {path}")


def look_at_cluster(layout: Layout) -> Iterator[Finding]:
    """The data directory: version, half-made ones, stale pid files."""
    if os.environ.get("DATABASE_URL"):
        return
    data = layout.cluster
    major = cluster.version_of(data)
    if not major:
        half = data.with_name("data.new").exists()
        yield Finding(
            "database not made yet"
            + (", a killed run left a half-made one; it is made again" if half else "")
        )
        return
    own = cluster.Cluster(layout, ports.remembered(layout).get("postgres", 0))
    own.bin()
    running = own.pid()
    stale = running is None and (data / "postmaster.pid").exists()
    yield Finding(f"database of PostgreSQL {major}, {'running' if running else 'not running'}")
    if stale:
        yield Finding("PostgreSQL was killed and left a pid file; the next start clears it and recovers")


def look_at_ports(layout: Layout) -> Iterator[Finding]:
    """Remembered ports that somebody else holds."""
    supervised = supervisor.running(layout)
    for name, port in ports.remembered(layout).items():
        ours = supervised or (layout.run / f"{name}.pid").exists() or name == "postgres"
        if not ours and not ports.is_free(port):
            yield Finding(
                f"port {port} of {name} is taken{machine.who_listens(port)}; the next start takes another"
            )


def look_at_processes(layout: Layout) -> Iterator[Finding]:
    """Supervisor, its parts, and the health page."""
    running = supervisor.running(layout)
    if not running:
        left = [name for name in supervisor.APP_NAMES if pids.alive(layout.run / f"{name}.pid")]
        what = f"the supervisor was killed, still running: {', '.join(left)}" if left else "not running"
        yield Finding(
            what, bool(left), "`./grid up` clears this and starts again; `./grid down` ends the rest."
        )
        return
    for name in supervisor.APP_NAMES:
        alive = pids.alive(layout.run / f"{name}.pid")
        yield Finding(
            f"{name} {'running' if alive else 'not running'}", not alive, f"See {layout.log / name}.log."
        )
    note = json.loads(up.address_file(layout).read_text(encoding="utf-8"))
    code, text = up.ask_health(up.local_address(note["host"], note["port"]))
    yield Finding(f"/healthz answers {code}", code != 200, text[:300] or f"See {layout.log}/.")
    yield from (Finding(f"warning: {said}") for said in _warnings(text))


def _warnings(text: str) -> list[str]:
    """What the health page warns of without being unwell."""
    try:
        return [str(said) for said in json.loads(text).get("warnings", [])]
    except (ValueError, AttributeError):
        return []
