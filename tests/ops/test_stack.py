"""The platform as a newcomer starts it: one command, everything healed after kill -9, a clean end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator

import pytest

from gridmgmt.ops import pids, ports, up
from gridmgmt.ops.layout import ROOT, Layout

pytestmark = [pytest.mark.faults, pytest.mark.timeout(400)]
PARTS = ("web", "feed", "worker", "scheduler", "proxy", "redis", "postgres")
HEALED_WITHIN_S = 30


class Stack:
    """A platform in a data folder of its own."""

    def __init__(self, place: Layout) -> None:
        self.place = place
        self.port = ports.pick(set())
        foreign = ("GRID_", "DATABASE_URL", "REDIS_URL", "PYTEST")
        self.env = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        self.env["GRID_VAR"] = str(place.var)

    def grid(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [str(ROOT / "grid"), *words]
        return subprocess.run(
            command, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )

    def up(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.grid("up", "--port", str(self.port), "--data", "empty", *words)

    def health(self) -> int:
        return up.ask_health(f"http://127.0.0.1:{self.port}")[0]

    def pid(self, name: str) -> int | None:
        if name == "postgres":
            try:
                return int((self.place.cluster / "postmaster.pid").read_text().split("\n", 1)[0])
            except (FileNotFoundError, ValueError):
                return None
        return pids.alive(self.place.run / f"{name}.pid")


@pytest.fixture
def stack(place: Layout) -> Iterator[Stack]:
    found = Stack(place)
    yield found
    found.grid("down")


def wait_for(condition: object, patience_s: float = HEALED_WITHIN_S) -> float:
    """Seconds until the condition holds; fails after patience."""
    began = time.monotonic()
    while not condition():  # type: ignore[operator]
        assert time.monotonic() - began < patience_s
        time.sleep(0.1)
    return time.monotonic() - began


def test_one_command_starts_it_and_every_killed_part_comes_back(stack: Stack) -> None:
    started = stack.up("--detach")
    assert started.returncode == 0, started.stdout
    assert f"http://127.0.0.1:{stack.port}/" in started.stdout
    for name in PARTS:
        before = stack.pid(name)
        assert before, name
        os.kill(before, signal.SIGKILL)
        healed = wait_for(lambda name=name, before=before: stack.pid(name) not in {None, before})
        healed += wait_for(lambda: stack.health() == 200)
        print(f"{name} healed after {healed:.1f} s")
        assert healed < HEALED_WITHIN_S, name

    assert "already running" in stack.up("--detach").stdout
    supervisor = stack.pid("supervisor")
    assert supervisor
    os.kill(supervisor, signal.SIGKILL)
    wait_for(lambda: stack.pid("supervisor") is None)
    assert "the supervisor was killed" in stack.grid("doctor").stdout

    again = stack.up("--detach")
    assert again.returncode == 0, again.stdout
    assert "ended its leftovers" in again.stdout
    assert stack.grid("down").returncode == 0
    assert stack.health() == 0
    assert [name for name in PARTS if stack.pid(name)] == []


def test_ctrl_c_ends_everything_and_a_second_start_is_quick(stack: Stack) -> None:
    first = stack.up("--detach")
    assert first.returncode == 0, first.stdout
    stack.grid("down")
    began = time.monotonic()
    command = [str(ROOT / "grid"), "up", "--port", str(stack.port), "--data", "empty"]
    with subprocess.Popen(command, env=stack.env, stderr=subprocess.PIPE, text=True) as front:
        wait_for(lambda: stack.health() == 200, 60)
        print(f"second start {time.monotonic() - began:.1f} s")
        assert json.loads(up.address_file(stack.place).read_text())["port"] == stack.port
        os.kill(front.pid, signal.SIGINT)
        said = front.communicate(timeout=60)[1]
        assert front.returncode == 0
    for line in ("runtime lock installed", "files of browser libraries laid out", "migrated"):
        assert line not in said
    assert [name for name in PARTS if stack.pid(name)] == []
