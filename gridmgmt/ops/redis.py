"""The platform's own Redis: loopback with a password, append-only file, keys with an end are evicted
first."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from gridmgmt.ops import accounts, cluster_config, pids, secrets
from gridmgmt.ops.console import OpsError
from gridmgmt.ops.layout import Layout

START_PATIENCE_S = 60


def render(*, port: int, folder: Path, word: str, memory: int) -> str:
    """redis.conf. The queue is only a wake-up (the outbox is the truth), so a second of loss is bearable."""
    return f"""# Written by gridmgmt.ops at every start.
bind 127.0.0.1
port {port}
protected-mode yes
requirepass {word}
dir {folder}
daemonize no
appendonly yes
appendfsync everysec
save ""
maxmemory {max(64, min(memory // 8, 1024))}mb
maxmemory-policy volatile-lru
maxclients 4000
tcp-keepalive 60
"""


class Redis:
    """One Redis server with its folder."""

    name = "redis"

    def __init__(self, layout: Layout, port: int) -> None:
        self.layout = layout
        self.port = port
        self.folder = layout.var / "redis"
        self.account = accounts.named("redis")
        self.child: subprocess.Popen[bytes] | None = None

    @property
    def pid_file(self) -> Path:
        """Where its pid is kept."""
        return self.layout.run / "redis.pid"

    @property
    def url(self) -> str:
        """The address for the application."""
        return f"redis://:{secrets.read(self.layout.secrets, 'redis_password')}@127.0.0.1:{self.port}/0"

    def pid(self) -> int | None:
        """Its pid while it runs."""
        if self.child and self.child.poll() is not None:
            self.child = None
        return pids.alive(self.pid_file)

    def start(self) -> None:
        """Starts it and waits until it answers."""
        program = shutil.which("redis-server") or shutil.which("valkey-server")
        if not program:
            raise OpsError(
                "redis-server is not installed", "An administrator runs: apt-get install redis-server"
            )
        accounts.own_folder(self.folder, self.account)
        config = self.write_config()
        log = self.layout.log / "redis.log"
        with log.open("ab") as sink:
            self.child = subprocess.Popen(
                [program, str(config)],
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                cwd=self.folder,
                start_new_session=True,
                **self.account.identity(),
            )
        pids.write(self.pid_file, self.child.pid)
        self.wait(log)

    def write_config(self) -> Path:
        """Writes the configuration; only its account reads it, because the password is in it."""
        target = self.folder / "redis.conf"
        word = secrets.read(self.layout.secrets, "redis_password")
        text = render(port=self.port, folder=self.folder, word=word, memory=cluster_config.memory_mb())
        target.unlink(missing_ok=True)
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        if accounts.is_root():
            os.chown(target, self.account.uid, self.account.gid)
        return target

    def wait(self, log: Path) -> None:
        """Waits until it answers; replaying its file is part of that."""
        deadline = time.monotonic() + START_PATIENCE_S
        while time.monotonic() < deadline:
            if self.accepts():
                return
            if self.child and self.child.poll() is not None:
                break
            time.sleep(0.05)
        words = "\n".join("        " + line for line in log.read_text(errors="replace").splitlines()[-6:])
        raise OpsError(f"Redis does not start; the end of {log}:\n{words}", "See `./grid doctor`.")

    def accepts(self) -> bool:
        """Whether it answers PING with the password."""
        word = secrets.read(self.layout.secrets, "redis_password")
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as link:
                link.sendall(f"AUTH {word}\r\nPING\r\n".encode())
                answer = b""
                while b"PONG" not in answer and (more := link.recv(512)):
                    answer += more
        except OSError:
            return False
        return b"PONG" in answer

    def stop(self) -> None:
        """Stops it; it writes its file to the end."""
        pid = self.pid()
        if pid:
            pids.end_group(pid, first=signal.SIGTERM, patience_s=15)
        self.pid_file.unlink(missing_ok=True)
        self.child = None
