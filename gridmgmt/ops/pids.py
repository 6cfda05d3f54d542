"""Pid files that survive reuse of a number: the pid together with the moment its process began."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path


def began(pid: int) -> str:
    """When a process began, in the kernel's ticks; "0" where /proc does not tell, empty when there is no
    such."""
    try:
        fields = (
            Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        )
    except (FileNotFoundError, ProcessLookupError):
        return "" if Path("/proc/self").exists() or not exists(pid) else "0"
    return "" if fields[0] in "ZX" else fields[19]


def exists(pid: int) -> bool:
    """Whether the number belongs to any process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def works_in(pid: int, folder: Path) -> bool:
    """Whether the process has that working folder; true where the system does not tell."""
    try:
        return Path(f"/proc/{pid}/cwd").readlink() == folder.resolve()
    except OSError:
        return True


def kill_all_in(folder: Path) -> None:
    """Kills every process whose working folder this is; for a server's children that outlived it."""
    wanted = folder.resolve()
    for link in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if link.readlink() == wanted:
                os.kill(int(link.parent.name), signal.SIGKILL)
        except OSError:
            continue  # ended meanwhile, or not ours to look at


def write(file: Path, pid: int) -> None:
    """Remembers a process."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"pid": pid, "began": began(pid)}), encoding="utf-8")


def alive(file: Path) -> int | None:
    """The pid of the process the file speaks of while it lives; None when it ended or the file is stale or
    broken."""
    try:
        note = json.loads(file.read_text(encoding="utf-8"))
        pid, start = int(note["pid"]), str(note["began"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return pid if start and began(pid) == start else None


def end_group(pid: int, *, first: signal.Signals = signal.SIGTERM, patience_s: float = 10) -> None:
    """Ends a process and the group it leads: first politely, after patience by force."""
    send_group(pid, first)
    deadline = time.monotonic() + patience_s
    while began(pid) and time.monotonic() < deadline:
        reap(pid)
        time.sleep(0.05)
    send_group(pid, signal.SIGKILL)
    reap(pid)


def reap(pid: int) -> None:
    """Takes the exit code of a finished child, so that it leaves no zombie; others' children are not
    touched."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return


def send_group(pid: int, sign: signal.Signals) -> None:
    """A signal to the group a process leads, whether or not its leader is still there."""
    try:
        os.killpg(pid, sign)
    except ProcessLookupError:
        return
