"""The platform as a newcomer starts it: one command, everything healed after kill -9, a clean end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator

import pytest

from gridmgmt.ops import up
from gridmgmt.ops.layout import ROOT, Layout
from tests.stack import HEALED_WITHIN_S, PARTS, Stack, wait_for

pytestmark = [pytest.mark.faults, pytest.mark.timeout(400)]


@pytest.fixture
def stack(place: Layout) -> Iterator[Stack]:
    found = Stack(place)
    yield found
    found.grid("down")


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
