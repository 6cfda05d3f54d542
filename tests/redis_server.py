"""A Redis of the tests' own: fresh for each test, and theirs to kill."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis


def free_port() -> int:
    """A loopback port nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RedisServer:
    """A redis-server without persistence; killing it loses everything."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url)

    def start(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir"]
        self.child = subprocess.Popen([*command, str(self.folder)], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                self.client().ping()
            except redis.ConnectionError:
                time.sleep(0.02)
            else:
                return
        raise RuntimeError("redis-server does not answer")

    def kill(self) -> None:
        """Like kill -9."""
        if self.child is not None:
            self.child.kill()
            self.child.wait()
            self.child = None


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """One server for all tests of a process."""
    if shutil.which("redis-server") is None:
        pytest.skip("no redis-server on this machine")
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def fresh_redis(redis_server: RedisServer, settings: object) -> Iterator[redis.Redis]:
    """An empty Redis that the platform uses for this test."""
    if redis_server.child is None:
        redis_server.start()
    settings.REDIS_URL = redis_server.url  # type: ignore[attr-defined]
    _forget_clients()
    client = redis_server.client()
    client.flushall()
    yield client
    client.close()
    _forget_clients()


def _forget_clients() -> None:
    """Clients are kept per process; the next one is made for the address in settings."""
    from geodata import wire
    from gridmgmt.events import link

    link.client.cache_clear()
    wire.wire.close()
    wire.forgive()
