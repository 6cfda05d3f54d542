"""A whole platform of a test's own, started by `./grid up` in a data folder of its own."""

from __future__ import annotations

import os
import subprocess
import time
from unittest import mock

from gridmgmt.ops import pids, ports, servers, up
from gridmgmt.ops.layout import ROOT, Layout

PARTS = ("web", "feed", "worker", "bulk", "scheduler", "proxy", "redis", "postgres")
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

    def database_url(self) -> str:
        """Address of its database, not of the one this process has."""
        with mock.patch.dict(os.environ, self.env, clear=True):
            return servers.describe(self.place).database_url

    def pid(self, name: str) -> int | None:
        if name == "postgres":
            try:
                return int((self.place.cluster / "postmaster.pid").read_text().split("\n", 1)[0])
            except (FileNotFoundError, ValueError):
                return None
        return pids.alive(self.place.run / f"{name}.pid")


def wait_for(condition: object, patience_s: float = HEALED_WITHIN_S) -> float:
    """Seconds until the condition holds; fails after patience."""
    began = time.monotonic()
    while not condition():  # type: ignore[operator]
        assert time.monotonic() - began < patience_s
        time.sleep(0.1)
    return time.monotonic() - began
