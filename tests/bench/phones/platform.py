"""A whole platform for phones, as `./grid up` starts it, and the process that plays them."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gridmgmt.ops.frontend import find_node
from gridmgmt.ops.layout import ROOT, Layout
from tests.bench.phones.held import held
from tests.bench.phones.judging import Kept, Row
from tests.stack import Stack

PLAYER = "tests/bench/phones/phones.mjs"
TAIL_S = 180  # a request in flight when the time is up is waited for


@dataclass(frozen=True)
class Platform:
    """``made`` is what people.make wrote: devices with tokens, points inside cells, who may sign in, the database."""

    stack: Stack
    folder: Path
    made: dict[str, Any]

    @property
    def origin(self) -> str:
        """Where its proxy listens."""
        return f"http://127.0.0.1:{self.stack.port}"

    def play(self, plan: dict[str, Any]) -> dict[str, Any]:
        """What phones of a plan did (phones.mjs)."""
        asked, told = self.folder / "plan.json", self.folder / "told.json"
        asked.write_text(json.dumps({"origin": self.origin, "points": self.made["points"], **plan}))
        node = [*find_node(self.stack.place), "--import", "./tests/phone/resolve.mjs", PLAYER]
        subprocess.run([*node, str(asked), str(told)], cwd=ROOT, check=True, timeout=plan["most_s"] + TAIL_S)
        found: dict[str, Any] = json.loads(told.read_text())
        return found

    def holds(self, devices: list[dict[str, str]]) -> tuple[list[Row], list[Kept]]:
        """Reports and photos of phones."""
        media = self.stack.place.var / "media"
        return held(self.made["database"], media, [one["device"] for one in devices])


@contextmanager
def platform(phones: int) -> Iterator[Platform]:
    """Up with the small street of the tests and so many phones; its data folder is gone afterwards."""
    var = Path(tempfile.mkdtemp(prefix="grid-bench-phone-", dir="/var/tmp"))
    var.chmod(0o755)
    stack = Stack(Layout(ROOT, var))
    with tempfile.TemporaryDirectory(prefix="grid-bench-phone-") as folder:
        try:
            must(stack.up("--detach"))
            file = Path(folder) / "people.json"
            words = f"from tests.bench.phones.people import make; make({phones}, {str(file)!r})"
            must(stack.grid("manage", "shell", "-v0", "-c", words))
            yield Platform(stack, Path(folder), json.loads(file.read_text()))
        finally:
            stack.grid("down")
            shutil.rmtree(var, ignore_errors=True)


def must(done: subprocess.CompletedProcess[str]) -> None:
    """Stops with what the program said when it failed."""
    if done.returncode:
        raise RuntimeError(done.stdout[-4000:])
