"""The servers commands need (PostgreSQL, Redis): started when missing, stopped by the last one who used
them."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from gridmgmt.ops import accounts, ports, secrets, stamps
from gridmgmt.ops.cluster import Cluster, version_of
from gridmgmt.ops.console import OpsError, step
from gridmgmt.ops.layout import Layout
from gridmgmt.ops.redis import Redis

APP_ACCOUNT = "www-data"


@dataclass
class Servers:
    """What runs for this data folder. A part is None when its address was given from outside."""

    layout: Layout
    ports: dict[str, int]
    cluster: Cluster | None
    redis: Redis | None
    lease: int = -1
    handed_over: bool = False

    @property
    def own(self) -> list[Cluster | Redis]:
        """The servers that are ours to keep alive, in the order of starting."""
        return [server for server in (self.cluster, self.redis) if server]

    @property
    def database_url(self) -> str:
        """Address of the database."""
        return self.cluster.url if self.cluster else os.environ["DATABASE_URL"]

    @property
    def redis_url(self) -> str:
        """Address of Redis."""
        return self.redis.url if self.redis else os.environ["REDIS_URL"]

    def stop(self) -> None:
        """Stops what is ours."""
        for server in reversed(self.own):
            server.stop()


def describe(layout: Layout) -> Servers:
    """The servers of this data folder, running or not, with settled ports."""
    remembered = ports.remembered(layout)
    external_database, external_redis = os.environ.get("DATABASE_URL"), os.environ.get("REDIS_URL")
    cluster = None if external_database else Cluster(layout, remembered.get("postgres", 0))
    redis = None if external_redis else Redis(layout, remembered.get("redis", 0))
    return Servers(layout, remembered, cluster, redis)


def make_folders(layout: Layout) -> None:
    """The data folder's own folders, with the owners the servers need."""
    layout.var.mkdir(parents=True, exist_ok=True)
    for folder in (layout.log, layout.run, layout.stamps):
        accounts.own_folder(folder, accounts.current(), 0o755)
    make_secrets(layout)
    # Group-writable with the group inherited: commands run by root and the web process share these files.
    app = accounts.named(APP_ACCOUNT)
    for shared in ("media", "static", "imports"):
        accounts.own_folder(layout.var / shared, app, 0o2770)
    accounts.own_folder(layout.var / "home", app, 0o770)


def make_secrets(layout: Layout) -> None:
    """Keys and passwords that are missing. Lost keys of a database with data are never replaced in silence."""
    has_data = bool(version_of(layout.cluster))
    lost = [name for name in secrets.IRREPLACEABLE if not (layout.secrets / name).exists()]
    if has_data and lost:
        raise OpsError(
            f"{' and '.join(lost)} missing in {layout.secrets}, but the database holds data encrypted with them",
            "Put them back from your backup. To begin with nothing, move the whole data folder away.",
        )
    made = secrets.ensure(layout.secrets, accounts.named(APP_ACCOUNT))
    if "database_password" in made:
        (layout.cluster / "grid-prepared").unlink(missing_ok=True)


def start_missing(servers: Servers) -> list[str]:
    """Starts what does not run yet and returns the names. Only one `./grid` does this at a time."""
    layout = servers.layout
    with stamps.alone(layout.run):
        running = {server.name for server in servers.own if server.pid()}
        supervised = {"web", "feed"} if (layout.run / "supervisor.pid").exists() else set()
        servers.ports = ports.settle(layout, running | supervised)
        started = []
        for server in servers.own:
            server.port = servers.ports[server.name]
            if isinstance(server, Cluster):
                server.create()
            if server.name not in running:
                server.start()
                started.append(server.name)
        if servers.cluster:
            servers.cluster.prepare()
    return started


@contextmanager
def leased(layout: Layout) -> Iterator[Servers]:
    """Servers for the time of the block. They stay up while anybody else, or a running platform, uses
    them."""
    make_folders(layout)
    servers = describe(layout)
    descriptor = os.open(layout.run / "servers.lease", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    servers.lease = descriptor
    try:
        with step("PostgreSQL and Redis") as current:
            started = start_missing(servers)
            own = "started " + ", ".join(started) if started else "running"
            current.note = own if servers.own else "given by DATABASE_URL and REDIS_URL"
        yield servers
    finally:
        give_back(servers, descriptor)


def give_back(servers: Servers, descriptor: int) -> None:
    """Ends the lease; the last one out stops the servers. One handed to a detached supervisor only closes
    its end."""
    if servers.handed_over:
        os.close(descriptor)
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return
    servers.stop()
    os.close(descriptor)


def stop_unused(layout: Layout) -> list[str]:
    """Stops servers nobody uses any more (their command was killed); returns their names."""
    servers = describe(layout)
    left = [server.name for server in servers.own if server.pid()]
    if not left:
        return []
    descriptor = os.open(layout.run / "servers.lease", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        servers.stop()
    except BlockingIOError:
        return []
    finally:
        os.close(descriptor)
    return left
