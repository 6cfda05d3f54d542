"""Where things lie: the checkout, its environment, and the data folder (`GRID_VAR`, default `./var`)."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from gridmgmt.ops import accounts
from gridmgmt.ops.console import OpsError, say

ROOT = Path(__file__).resolve().parent.parent.parent
FALLBACK = Path("/var/lib/gridmgmt")
# A unix socket's path may have 107 bytes; PostgreSQL adds its own file name.
LONGEST_SOCKET_FOLDER = 80


@dataclass(frozen=True)
class Layout:
    """The folders of one installation."""

    root: Path
    var: Path

    @property
    def venv(self) -> Path:
        """The Python environment."""
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.venv / "bin" / "python"

    @property
    def secrets(self) -> Path:
        """Keys and passwords; kept out of the database and out of the checkout's history."""
        return Path(os.environ.get("GRID_SECRETS") or self.var / "secrets").absolute()

    @property
    def log(self) -> Path:
        """Log files, one a process."""
        return self.var / "log"

    @property
    def run(self) -> Path:
        """Pid files and generated server configuration."""
        return self.var / "run"

    @property
    def stamps(self) -> Path:
        """Digests of finished steps that concern this data folder."""
        return self.var / "stamps"

    @property
    def cluster(self) -> Path:
        """PostgreSQL's data directory."""
        return self.var / "postgres" / "data"

    @property
    def socket(self) -> Path:
        """PostgreSQL's socket folder; short, because the operating system limits such paths."""
        inside = self.var / "postgres" / "socket"
        if len(os.fsencode(inside)) <= LONGEST_SOCKET_FOLDER:
            return inside
        return Path(tempfile.gettempdir()) / f"grid-{short_name(self.var)}"


def short_name(path: Path) -> str:
    """Eight characters that stand for a path."""
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:8]


def resolve(root: Path = ROOT) -> Layout:
    """The layout of this checkout. As root, a data folder the servers cannot reach moves to
    /var/lib/gridmgmt."""
    wished = os.environ.get("GRID_VAR")
    var = Path(wished or root / "var").expanduser().absolute()
    if not accounts.is_root():
        return Layout(root, var)
    barrier = accounts.blocked_at(var / "x", accounts.Account("nobody", 65534, 65534))
    if barrier is None:
        return Layout(root, var)
    if wished:
        raise OpsError(
            f"GRID_VAR={var} cannot be used: {barrier} is closed to the accounts the servers run as",
            f"Choose another folder, for example GRID_VAR={FALLBACK}, or run as an ordinary user.",
        )
    moved = FALLBACK / short_name(root)
    if not moved.exists():
        say(f"grid: {barrier} is closed to the servers' accounts, so data is kept in {moved}")
    return Layout(root, moved)
