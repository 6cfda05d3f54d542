"""Packages of the operating system: found by what they bring, installed by apt when that is allowed."""

from __future__ import annotations

import ctypes
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gridmgmt.ops import accounts, cluster
from gridmgmt.ops.console import OpsError, say
from gridmgmt.ops.shell import capture, run

POLICY = Path("/usr/sbin/policy-rc.d")
CREATE_CLUSTER = Path("/etc/postgresql-common/createcluster.conf")
APT_LISTS = Path("/var/lib/apt/lists")
LISTS_MAX_AGE_S = 24 * 3600
DISTRO_SERVICES = ("postgresql", "redis-server", "nginx")


@dataclass(frozen=True)
class Part:
    """Something of the operating system: what it is for, its Debian package, how to see that it is there."""

    what: str
    package: str
    found: Callable[[], bool]
    needed: bool = True


def has_program(*names: str) -> bool:
    """Whether one of the programs is there; sbin counts, which ordinary users have not in PATH."""
    path = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin"
    return any(shutil.which(name, path=path) for name in names)


def has_postgis() -> bool:
    """Whether the server's programs and its PostGIS are there."""
    programs = cluster.programs()
    if programs is None:
        return False
    shared = capture([programs / "pg_config", "--sharedir"]).stdout.strip()
    debian = Path("/usr/share/postgresql") / programs.parent.name
    return any(
        (folder / "extension" / "postgis.control").exists() for folder in (Path(shared or "/"), debian)
    )


def has_chinese_font() -> bool:
    """Whether any CJK font of Noto is installed."""
    return any(Path("/usr/share/fonts").rglob("NotoSansCJK*")) or has_mac_fonts()


def has_rare_font() -> bool:
    """Whether the font of the rarest characters (names of people and places) is installed."""
    return any(Path("/usr/share/fonts").rglob("HanaMin*")) or has_mac_fonts()


def has_mac_fonts() -> bool:
    """macOS brings Chinese fonts."""
    return Path("/System/Library/Fonts").exists()


def has_library(name: str) -> Callable[[], bool]:
    """Whether a shared library of this file name can be loaded; macOS is left to its own package manager."""

    def found() -> bool:
        try:
            ctypes.CDLL(name)
        except OSError:
            return has_mac_fonts()
        return True

    return found


# What notices and reports are printed with (gridmgmt.printing): layout, font subsets, Chinese and rare characters.
PRINTING = (
    Part("Pango", "libpangoft2-1.0-0", has_library("libpangoft2-1.0.so.0")),
    Part("HarfBuzz", "libharfbuzz-subset0", has_library("libharfbuzz-subset.so.0")),
    Part("Chinese fonts", "fonts-noto-cjk", has_chinese_font),
    Part("fonts of rare characters", "fonts-hanazono", has_rare_font, needed=False),
)
SERVERS = (
    Part("PostgreSQL with PostGIS", "postgresql-postgis", has_postgis),
    Part("Redis", "redis-server", lambda: has_program("redis-server", "valkey-server")),
    Part("gettext", "gettext", lambda: has_program("msgfmt")),
    *PRINTING,
)
FRONT = (Part("nginx", "nginx-light", lambda: has_program("nginx")),)
BROWSER = (
    Part(
        "Chromium",
        "chromium",
        lambda: has_program("chromium", "chromium-browser", "google-chrome"),
        needed=False,
    ),
)
LOAD = (Part("wrk", "wrk", lambda: has_program("wrk"), needed=False),)


def ensure(parts: tuple[Part, ...]) -> str:
    """Installs what is missing, or says exactly what is and who can help. Returns a note for the operator."""
    missing = [part for part in parts if not part.found() and not given_from_outside(part)]
    if not missing:
        return "all there"
    names = " ".join(part.package for part in missing)
    if not (accounts.is_root() and shutil.which("apt-get")):
        return report_missing(missing, names)
    install([part.package for part in missing])
    still = [part for part in missing if not part.found()]
    if any(part.needed for part in still):
        raise OpsError(f"still missing after the installation: {', '.join(part.what for part in still)}")
    return f"installed {names}"


def given_from_outside(part: Part) -> bool:
    """A server whose address was given needs no package here."""
    by_variable = {"postgresql-postgis": "DATABASE_URL", "redis-server": "REDIS_URL"}
    return bool(os.environ.get(by_variable.get(part.package, ""), ""))


def report_missing(missing: list[Part], names: str) -> str:
    """Stops when something needed is missing; goes on without what only some tests use."""
    hint = f"An administrator runs: apt-get install --no-install-recommends {names}"
    what = ", ".join(part.what for part in missing)
    if any(part.needed for part in missing):
        reason = "apt-get is not here" if accounts.is_root() else "you may not install packages"
        raise OpsError(f"missing on this machine: {what} ({reason})", hint)
    say(f"grid: {what} missing, tests that need it skip. {hint}")
    return f"without {what}"


def install(packages: list[str]) -> None:
    """Installs by apt without starting or enabling any service of the distribution."""
    env = dict(os.environ) | {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    apt = ["apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Use-Pty=0"]
    apt += ["-o", "Dpkg::Options::=--force-confold"]
    fix = "Look at /etc/apt/sources.list* and the network; `apt-get update` must work."
    before = {name for name in DISTRO_SERVICES if service_file(name).exists()}
    with no_services(), own_clusters_only():
        if lists_are_old():
            run([*apt, "update"], doing="fetching the package lists", fix=fix, env=env)
        command = [*apt, "install", "--no-install-recommends", *packages]
        run(command, doing=f"installing {' '.join(packages)}", fix=fix, env=env)
    for name in DISTRO_SERVICES:
        if name not in before and service_file(name).exists() and shutil.which("systemctl"):
            capture(["systemctl", "disable", "--quiet", name])


def service_file(name: str) -> Path:
    """The distribution's unit of a service."""
    return Path(f"/lib/systemd/system/{name}.service")


def lists_are_old() -> bool:
    """Whether apt knows no packages, or has not asked for a day."""
    lists = [path for path in APT_LISTS.glob("*Packages*") if path.is_file()]
    newest = max((path.stat().st_mtime for path in lists), default=0)
    return time.time() - newest > LISTS_MAX_AGE_S


@contextmanager
def no_services() -> Iterator[None]:
    """While packages are installed, nothing of theirs is started. A policy that exists is left as it is."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n", encoding="ascii")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink(missing_ok=True)


@contextmanager
def own_clusters_only() -> Iterator[None]:
    """Debian makes a cluster of its own when PostgreSQL is installed; here it must not."""
    if CREATE_CLUSTER.exists():
        yield
        return
    CREATE_CLUSTER.parent.mkdir(parents=True, exist_ok=True)
    CREATE_CLUSTER.write_text("create_main_cluster = false\n", encoding="ascii")
    try:
        yield
    finally:
        shipped = CREATE_CLUSTER.with_name(CREATE_CLUSTER.name + ".dpkg-dist")
        if shipped.exists():
            shipped.replace(CREATE_CLUSTER)
