from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

from gridmgmt.ops import pids


def sleeper() -> subprocess.Popen[bytes]:
    return subprocess.Popen(["sleep", "60"], start_new_session=True)


def test_a_living_process_is_found_by_its_file(tmp_path: Path) -> None:
    child = sleeper()
    pids.write(tmp_path / "a.pid", child.pid)
    assert pids.alive(tmp_path / "a.pid") == child.pid
    pids.end_group(child.pid)
    assert pids.alive(tmp_path / "a.pid") is None


def test_a_number_given_to_another_process_is_stale(tmp_path: Path) -> None:
    (tmp_path / "a.pid").write_text(json.dumps({"pid": os.getpid(), "began": "1"}))
    assert pids.alive(tmp_path / "a.pid") is None


def test_a_zombie_is_not_alive(tmp_path: Path) -> None:
    child = sleeper()
    pids.write(tmp_path / "a.pid", child.pid)
    os.kill(child.pid, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while pids.alive(tmp_path / "a.pid") and time.monotonic() < deadline:
        time.sleep(0.01)
    assert pids.alive(tmp_path / "a.pid") is None
    assert pids.exists(child.pid)
    child.wait()


def test_a_broken_file_names_nobody(tmp_path: Path) -> None:
    (tmp_path / "a.pid").write_text('{"pid": 1')
    assert pids.alive(tmp_path / "a.pid") is None
    assert pids.alive(tmp_path / "none.pid") is None


def test_a_process_that_ignores_the_polite_signal_is_ended_with_its_children() -> None:
    script = "trap '' TERM; sleep 61 & sleep 61; sleep 61"
    child = subprocess.Popen(["sh", "-c", script], start_new_session=True)
    time.sleep(0.3)
    pids.end_group(child.pid, patience_s=0.3)
    child.wait(5)
    group = subprocess.run(
        ["ps", "-o", "stat=", "-g", str(child.pid)], stdout=subprocess.PIPE, text=True, check=False
    )
    assert [state for state in group.stdout.split() if not state.startswith("Z")] == []
