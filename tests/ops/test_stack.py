"""The platform as a newcomer starts it: one command, everything healed after kill -9, a clean end."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gridmgmt.ops.layout import ROOT, Layout
from tests.stack import HEALED_WITHIN_S, PARTS, Stack, wait_for

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """One data folder for all tests here; each starts and ends the platform itself."""
    folder = Path(tempfile.mkdtemp(prefix="grid-test-", dir="/var/tmp"))
    folder.chmod(0o755)
    found = Stack(Layout(ROOT, folder))
    yield found
    found.grid("down")
    shutil.rmtree(folder)


@pytest.fixture
def running(stack: Stack) -> Stack:
    """The platform, healthy."""
    started = stack.up("--detach")
    assert started.returncode == 0, started.stdout
    assert f"http://127.0.0.1:{stack.port}/" in started.stdout
    return stack


@pytest.mark.parametrize("name", PARTS)
def test_a_killed_part_comes_back_by_itself(running: Stack, name: str) -> None:
    before = running.pid(name)
    assert before
    os.kill(before, signal.SIGKILL)
    healed = wait_for(lambda: running.pid(name) not in {None, before})
    healed += wait_for(lambda: running.health() == 200)
    print(f"{name} healed after {healed:.1f} s")
    assert healed < HEALED_WITHIN_S


def test_a_killed_supervisor_is_noticed_and_cleared_up_after(running: Stack) -> None:
    assert "already running" in running.up("--detach").stdout
    supervisor = running.pid("supervisor")
    assert supervisor
    os.kill(supervisor, signal.SIGKILL)
    wait_for(lambda: running.pid("supervisor") is None)
    assert "the supervisor was killed" in running.grid("doctor").stdout
    again = running.up("--detach")
    assert again.returncode == 0, again.stdout
    assert "ended its leftovers" in again.stdout


def test_down_leaves_nothing(running: Stack) -> None:
    assert running.grid("down").returncode == 0
    assert running.health() == 0
    assert [name for name in PARTS if running.pid(name)] == []


def test_ctrl_c_ends_everything_and_a_second_start_installs_nothing(running: Stack) -> None:
    running.grid("down")
    began = time.monotonic()
    command = [str(ROOT / "grid"), "up", "--port", str(running.port), "--data", "empty"]
    with subprocess.Popen(command, env=running.env, stderr=subprocess.PIPE, text=True) as front:
        wait_for(lambda: running.health() == 200, 150)
        print(f"second start {time.monotonic() - began:.1f} s")
        os.kill(front.pid, signal.SIGINT)
        said = front.communicate(timeout=60)[1]
        assert front.returncode == 0
    for line in ("runtime lock installed", "files of browser libraries laid out", "migrated"):
        assert line not in said
    assert [name for name in PARTS if running.pid(name)] == []
