"""Inside a container image: lay out libraries and translations while it is built; run one process when it starts."""

from __future__ import annotations

import os
import sys

from gridmgmt.ops import django_steps, frontend, processes
from gridmgmt.ops.layout import ROOT, Layout

PORTS = {"web": 8000, "feed": 8001}


def build() -> None:
    """What `./grid up` does on a machine, for the files of the image."""
    layout = Layout(ROOT, ROOT / "var")
    frontend.lay_out(layout)
    django_steps.compile_messages(layout)


def serve(name: str) -> None:
    """Becomes one of the platform's processes, reachable from the other containers."""
    command = processes.app_commands(PORTS, lambda _program: sys.executable, host="0.0.0.0")[name]  # noqa: S104
    os.execv(command[0], command)  # noqa: S606 - a shell is what must not be between


if __name__ == "__main__":
    if len(sys.argv) > 1:
        serve(sys.argv[1])
    else:
        build()
