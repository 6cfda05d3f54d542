"""The supervisor: keeps every part alive, ends them all in order, and clears up after one that was killed."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from types import FrameType

from gridmgmt.ops import pids
from gridmgmt.ops.console import OpsError, complain, say
from gridmgmt.ops.layout import Layout
from gridmgmt.ops.processes import Process, Watched, keep_alive

LOOK_EVERY_S = 0.3
LOG_LIMIT = 50 * 1024**2
APP_NAMES = ("proxy", "web", "feed", "worker", "bulk", "scheduler")


def pid_file(layout: Layout) -> Path:
    """Where the supervisor's pid is kept."""
    return layout.run / "supervisor.pid"


def running(layout: Layout) -> int | None:
    """The supervisor's pid while it lives."""
    return pids.alive(pid_file(layout))


def clear_leftovers(layout: Layout) -> list[str]:
    """Ends processes whose supervisor was killed, so that a new one begins clean. Returns their names."""
    if running(layout):
        return []
    left = []
    for name in APP_NAMES:
        file = layout.run / f"{name}.pid"
        pid = pids.alive(file)
        if pid:
            pids.end_group(pid)
            left.append(name)
        file.unlink(missing_ok=True)
    pid_file(layout).unlink(missing_ok=True)
    return left


class Supervisor:
    """Watches the parts until it is told to stop."""

    def __init__(self, layout: Layout, parts: list[Process | Watched]) -> None:
        self.layout = layout
        self.parts = parts
        self.told = threading.Event()

    def listen(self) -> None:
        """Takes Ctrl-C, SIGTERM and a closed terminal as the wish to stop."""
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sign, self.tell)
        pids.write(pid_file(self.layout), os.getpid())

    def tell(self, _signal: int, _frame: FrameType | None) -> None:
        """Signal handler."""
        self.told.set()

    def look(self) -> None:
        """One round over all parts. A part that cannot start is complained of and tried again later."""
        for part in self.parts:
            if self.told.is_set():
                return
            try:
                keep_alive(part, time.monotonic())
            except OpsError as error:
                complain(error)
            except OSError as error:
                complain(OpsError(f"{part.name} could not be started: {error}"))

    def watch(self) -> None:
        """Until told: keeps everything alive and the logs short."""
        last_trim = 0.0
        while not self.told.wait(LOOK_EVERY_S):
            self.look()
            if time.monotonic() - last_trim > 60:
                last_trim = time.monotonic()
                trim_logs(self.layout.log)

    def stop(self) -> None:
        """Ends the application's processes, the proxy first; servers are ended by whoever holds the last
        lease."""
        for part in reversed(self.parts):
            if isinstance(part, Process):
                part.stop()
        pid_file(self.layout).unlink(missing_ok=True)


def trim_logs(folder: Path) -> None:
    """Keeps a log under its limit: the full one is copied to `.1`, then cut in place, since its writer has
    it open."""
    for log in folder.glob("*.log"):
        if log.stat().st_size > LOG_LIMIT:
            log.with_suffix(".log.1").write_bytes(log.read_bytes())
            os.truncate(log, 0)


def ask_to_stop(layout: Layout, patience_s: float = 60) -> bool:
    """Ends a running platform and waits; False when none ran."""
    pid = running(layout)
    if pid is None:
        return False
    begin = pids.began(pid)
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + patience_s
    while begin and pids.began(pid) == begin:  # its pid file goes first, the servers after it
        if time.monotonic() > deadline:
            say("grid: the supervisor does not answer; ending it by force")
            os.kill(pid, signal.SIGKILL)
            clear_leftovers(layout)
            break
        time.sleep(0.1)
    return True
