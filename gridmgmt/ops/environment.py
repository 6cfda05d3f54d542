"""The environment every process of the platform gets: what settings read, and nothing that bends Python or
pip."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from gridmgmt.ops import machine
from gridmgmt.ops.layout import Layout
from gridmgmt.ops.servers import Servers

DEFAULT_PORT = 8000
LOCAL_NAMES = ("127.0.0.1", "localhost", "[::1]", "testserver")
# Variables of the caller's own Python that would lead ours astray.
DROPPED = ("PYTHONHOME", "PYTHONSTARTUP", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__")


def base(layout: Layout) -> dict[str, str]:
    """The caller's environment with our checkout and environment in front."""
    env = {name: value for name, value in os.environ.items() if name not in DROPPED}
    env["PATH"] = os.pathsep.join(
        [str(layout.venv / "bin"), env.get("PATH", os.defpath), "/usr/sbin", "/sbin"]
    )
    env["PYTHONPATH"] = str(layout.root)
    env["DJANGO_SETTINGS_MODULE"] = "gridmgmt.settings"
    env["GRID_VAR"] = str(layout.var)
    env["GRID_SECRETS"] = str(layout.secrets)
    env.setdefault("LC_ALL", "C.UTF-8")
    return env


def full(
    servers: Servers, *, process: str, port: int = DEFAULT_PORT, host: str = "127.0.0.1"
) -> dict[str, str]:
    """The environment of one process: addresses of the servers, public origin, and which process it is."""
    env = base(servers.layout)
    env["GRID_PROCESS"] = process
    env["DATABASE_URL"] = servers.database_url
    env["REDIS_URL"] = servers.redis_url
    env["GRID_PORT"] = str(port)
    env["GRID_WEB_PORT"] = str(servers.ports["web"])
    env["GRID_FEED_PORT"] = str(servers.ports["feed"])
    names = machine.own_names(host)
    env.setdefault("GRID_PUBLIC_ORIGIN", f"http://{names[0]}:{port}")
    origin_name = urlsplit(env["GRID_PUBLIC_ORIGIN"]).hostname or names[0]
    env.setdefault("GRID_ALLOWED_HOSTS", ",".join(dict.fromkeys([origin_name, *names, *LOCAL_NAMES])))
    return env


def for_service(env: dict[str, str], home: Path) -> dict[str, str]:
    """The same for a process under another account: a home it may write, no credentials of the caller's
    session."""
    kept = (
        "GRID_",
        "DATABASE_URL",
        "REDIS_URL",
        "DJANGO_",
        "PYTHON",
        "LC_",
        "LANG",
        "TZ",
        "GDAL_",
        "GEOS_",
        "PROJ_",
    )
    clean = {name: value for name, value in env.items() if name.startswith(kept) or name == "PATH"}
    return clean | {"HOME": str(home), "PYTHONUNBUFFERED": "1"}
