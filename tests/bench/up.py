"""Bench `up`: from an empty data folder to a healthy page with the sample street, and the second start."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from tests.bench.rows import Row
from tests.bench.servers import free_port

ROOT = Path(__file__).resolve().parents[2]
FIRST_LIMIT_S = 240
SECOND_LIMIT_S = 15
FOREIGN = ("GRID_", "DATABASE_URL", "REDIS_URL")


def start(var: Path, port: int) -> tuple[float, str]:
    """Seconds until `./grid up --detach` returned, and what it said."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    command = [str(ROOT / "grid"), "up", "--detach", "--port", str(port)]
    began = time.monotonic()
    done = subprocess.run(
        command,
        env=env | {"GRID_VAR": str(var)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"./grid up failed:\n{done.stdout}")
    return time.monotonic() - began, done.stdout


def stop(var: Path) -> None:
    """`./grid down`."""
    subprocess.run([str(ROOT / "grid"), "down"], env=os.environ | {"GRID_VAR": str(var)}, check=True)


def longest_steps(said: str) -> str:
    """The three longest steps of a start."""
    steps = re.findall(r"^ +([\d.]+) s  ([^:\n]+)", said, re.MULTILINE)
    longest = sorted(steps, key=lambda step: -float(step[0]))[:3]
    return ", ".join(f"{name} {seconds} s" for seconds, name in longest)


def row(case: str, seconds: float, limit: float, note: str) -> Row:
    """One row; the ratio is above 1 when the promise is kept."""
    return Row("up", case, round(seconds, 1), "s", limit, round(limit / seconds, 2), note)


def run(_scale: str) -> list[Row]:
    """First start in an empty data folder (packages and libraries are there already), then the second."""
    var = Path(tempfile.mkdtemp(prefix="grid-bench-up-", dir="/var/tmp"))
    var.chmod(0o755)
    port = free_port()
    try:
        first, said = start(var, port)
        stop(var)
        second, said_again = start(var, port)
        stop(var)
    finally:
        shutil.rmtree(var, ignore_errors=True)
    return [
        row("first start, software installed", first, FIRST_LIMIT_S, longest_steps(said)),
        row("second start", second, SECOND_LIMIT_S, longest_steps(said_again)),
    ]
