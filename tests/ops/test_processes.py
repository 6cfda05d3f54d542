from __future__ import annotations

import itertools
import os
import signal
import time
from pathlib import Path

import pytest
from django.conf import settings

from gridmgmt.events import heartbeat
from gridmgmt.ops import pids, processes, supervisor
from gridmgmt.ops.console import OpsError
from gridmgmt.ops.layout import Layout
from gridmgmt.ops.processes import BACK_OFF_S, STEADY_S, Process, Watched, keep_alive


def process(place: Layout, name: str, script: str) -> Process:
    place.log.mkdir(exist_ok=True)
    return Process(
        name=name,
        command=["sh", "-c", script],
        env=dict(os.environ),
        log=place.log / f"{name}.log",
        pid_file=place.run / f"{name}.pid",
        cwd=place.var,
    )


def test_a_killed_process_is_started_again(place: Layout) -> None:
    part = process(place, "web", "sleep 60")
    keep_alive(part, 100.0)
    first = part.child
    assert first is not None
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    keep_alive(part, 101.0)
    assert part.child is not first
    assert part.alive()
    part.stop()


def test_what_a_killed_process_left_running_is_ended_before_the_next_start(place: Layout) -> None:
    part = process(place, "web", "sleep 60 & echo $! > child; wait")
    keep_alive(part, 100.0)
    deadline = time.monotonic() + 5
    while not (place.var / "child").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.1)
    orphan = int((place.var / "child").read_text())
    assert part.child is not None
    os.kill(part.child.pid, signal.SIGKILL)
    part.child.wait()
    assert pids.began(orphan)
    keep_alive(part, 101.0)
    time.sleep(0.1)
    assert not pids.began(orphan)
    part.stop()


def test_repeated_failures_wait_longer_but_never_beyond_thirty_seconds() -> None:
    starts: list[float] = []
    part = Watched("redis", running=lambda: None, starter=lambda: starts.append(now))
    now = 0.0
    while now < 120:
        keep_alive(part, now)
        now += 0.1
    gaps = [round(after - before, 3) for before, after in itertools.pairwise(starts)]
    assert gaps == sorted(gaps)
    assert max(BACK_OFF_S) <= max(gaps) < 30


def test_a_steady_run_forgives_earlier_failures() -> None:
    part = Watched("redis", running=lambda: 1, starter=lambda: None, failures=5, started_at=1.0)
    keep_alive(part, 1.0 + STEADY_S + 1)
    assert part.failures == 0


def test_a_part_that_cannot_start_does_not_keep_the_others_down(
    place: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse() -> None:
        raise OpsError("Redis does not start")

    other = process(place, "web", "sleep 60")
    watcher = supervisor.Supervisor(place, [Watched("redis", lambda: None, refuse), other])
    watcher.look()
    assert other.alive()
    assert "Redis does not start" in capsys.readouterr().err
    watcher.stop()
    assert not other.alive()


def test_leftovers_of_a_killed_supervisor_are_ended(place: Layout) -> None:
    part = process(place, "worker", "sleep 60")
    part.start()
    (place.run / "supervisor.pid").write_text('{"pid": 1, "began": "never"}')
    assert supervisor.clear_leftovers(place) == ["worker"]
    assert part.child is not None
    part.child.wait(5)
    assert supervisor.clear_leftovers(place) == []


def test_leftovers_are_not_touched_while_the_supervisor_lives(place: Layout) -> None:
    part = process(place, "worker", "sleep 60")
    part.start()
    pids.write(place.run / "supervisor.pid", os.getpid())
    assert supervisor.clear_leftovers(place) == []
    assert part.alive()
    part.stop()


def test_a_full_log_is_cut_and_its_writer_goes_on(place: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "LOG_LIMIT", 10)
    place.log.mkdir()
    log = place.log / "web.log"
    with log.open("a") as writer:
        writer.write("more than ten bytes\n")
        writer.flush()
        supervisor.trim_logs(place.log)
        writer.write("after\n")
    assert log.read_text() == "after\n"
    assert (place.log / "web.log.1").read_text() == "more than ten bytes\n"


def test_the_commands_name_our_applications() -> None:
    commands = processes.app_commands({"web": 1, "feed": 2}, lambda name: f"/venv/{name}")
    assert commands["web"][-1] == "gridmgmt.wsgi:application"
    assert commands["feed"][-1] == "gridmgmt.asgi:application"
    assert "--respawn-failed-workers" in commands["web"]
    worked = [queue for queues in processes.WORKERS.values() for queue in queues]
    assert sorted(worked) == sorted(settings.RQ_QUEUES)  # no queue without somebody who works it
    for name, queues in processes.WORKERS.items():
        assert commands[name][3:] == ["rqworker", "--worker-class", processes.FAIR, *queues]
        assert heartbeat.OF_QUEUE[name] in queues
    assert all(Path(command[0]).name == "python" for command in commands.values())
