"""Facts about the machine: free space, memory, and who holds a port."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

from gridmgmt.ops.console import OpsError
from gridmgmt.ops.layout import Layout

# A street with its photos and write-ahead log begins at about this.
LEAST_SPACE_MB = 1500


def existing(path: Path) -> Path:
    """The path or its nearest parent that exists."""
    return next(folder for folder in (path, *path.parents) if folder.exists())


def free_mb(path: Path) -> int:
    """Free space where a path lies or will lie."""
    return shutil.disk_usage(existing(path)).free // 1024**2


def require_space(layout: Layout) -> None:
    """Stops before anything is half-written."""
    for folder in {existing(layout.var), layout.root}:
        if free_mb(folder) < LEAST_SPACE_MB:
            raise OpsError(
                f"only {free_mb(folder)} MB free in {folder}, {LEAST_SPACE_MB} MB are needed",
                "Free some space, or point GRID_VAR to a larger disk.",
            )


def own_names(host: str) -> list[str]:
    """Names and addresses under which a server that listens on host is called; the likeliest first."""
    if host not in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
        return [f"[{host}]" if ":" in host else host]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing; tells which address leads out
            address = str(probe.getsockname()[0])
        except OSError:
            address = "127.0.0.1"
    return [address, socket.gethostname(), socket.getfqdn()]


def who_listens(port: int) -> str:
    """ " by NAME (pid N)" of the program on a TCP port, as far as this user may see; else empty."""
    inodes = listening_inodes(port)
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            target = str(link.readlink())
        except OSError:
            continue
        if target.removeprefix("socket:[").removesuffix("]") in inodes:
            name = (link.parent.parent / "comm").read_text(encoding="utf-8", errors="replace").strip()
            return f" by {name} (pid {link.parent.parent.name})"
    return ""


def listening_inodes(port: int) -> set[str]:
    """Socket inodes that listen on a TCP port."""
    found = set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        if not table.exists():
            continue
        for line in table.read_text(encoding="ascii").splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                found.add(fields[9])
    return found
