"""The processes of a running platform: their commands, and one object each that starts, watches and ends
it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from gridmgmt.ops import accounts, environment, pids, proxy
from gridmgmt.ops.console import say
from gridmgmt.ops.servers import APP_ACCOUNT, Servers
from gridmgmt.ops.shell import capture

# Waiting times before the next start of something that died; a run of STEADY_S forgives what was before.
BACK_OFF_S = (0.1, 0.5, 1, 2, 5, 10)
STEADY_S = 30
WEB_WORKERS = 2
WEB_THREADS = 4
WORKERS = {
    "worker": ("default", "messages", "webhooks", "photos"),
    "bulk": ("exports", "imports", "documents"),
}
"""Queues by the process that works them: what takes minutes has one of its own, so that no message waits behind a file."""
FAIR = "rq.worker.RoundRobinWorker"  # else the first queue is emptied before the next has its turn


@dataclass
class Process:
    """A child of the supervisor. `start` may replace the plain start (servers that wait until they
    answer)."""

    name: str
    command: list[str]
    env: dict[str, str]
    log: Path
    pid_file: Path
    cwd: Path
    account: accounts.Account | None = None
    lease: int = -1
    child: subprocess.Popen[bytes] | None = None
    failures: int = 0
    started_at: float = 0
    not_before: float = 0

    def alive(self) -> bool:
        """Whether it runs."""
        return self.child is not None and self.child.poll() is None

    def start(self) -> None:
        """Starts it in a group of its own, so that it ends with everything it has started."""
        if self.child:
            pids.send_group(self.child.pid, signal.SIGKILL)
        with self.log.open("ab") as sink:
            self.child = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                env=self.env,
                cwd=self.cwd,
                start_new_session=True,
                pass_fds=(self.lease,) if self.lease >= 0 else (),
                **(self.account.identity() if self.account else {}),
            )
        pids.write(self.pid_file, self.child.pid)

    def stop(self) -> None:
        """Ends it and its group."""
        if self.child:
            pids.end_group(self.child.pid)
        self.pid_file.unlink(missing_ok=True)
        self.child = None

    def fate(self) -> str:
        """How it ended, in words."""
        code = self.child.returncode if self.child else None
        if code is None:
            return "was not running"
        return f"killed by signal {-code}" if code < 0 else f"ended with exit code {code}"


@dataclass
class Watched:
    """A server of its own making (PostgreSQL, Redis) under the supervisor's eye."""

    name: str
    running: Callable[[], int | None]
    starter: Callable[[], None]
    failures: int = 0
    started_at: float = 0
    not_before: float = 0
    log: Path = field(default=Path())

    def alive(self) -> bool:
        """Whether it runs."""
        return self.running() is not None

    def start(self) -> None:
        """Starts it and waits until it answers."""
        self.starter()

    def fate(self) -> str:
        """How it ended, in words."""
        return "is gone"


def keep_alive(part: Process | Watched, now: float) -> None:
    """One look: starts what died, waiting longer after every failure in a row."""
    if part.alive():
        if part.failures and now - part.started_at > STEADY_S:
            part.failures = 0
        return
    if now < part.not_before:
        return
    if part.started_at:
        say(f"{time.strftime('%H:%M:%S')} {part.name} {part.fate()}; starting it again")
    part.failures += 1
    part.started_at = now
    part.not_before = now + BACK_OFF_S[min(part.failures, len(BACK_OFF_S)) - 1]
    part.start()


def app_commands(
    ports: dict[str, int], program: Callable[[str], str], *, host: str = "127.0.0.1"
) -> dict[str, list[str]]:
    """The commands of the platform's own processes, by name."""
    web = ["--interface", "wsgi", "--host", host, "--port", str(ports["web"]), "--workers", str(WEB_WORKERS)]
    web += ["--blocking-threads", str(WEB_THREADS), "--backlog", "2048", "--no-ws", "--http", "1"]
    web += ["--respawn-failed-workers", "--respawn-interval", "0.5", "--workers-kill-timeout", "5"]
    # uvicorn's command imports the application before its loop runs, so the feed's hub needs the lifespan to start.
    feed = ["--host", host, "--port", str(ports["feed"]), "--lifespan", "on", "--no-access-log"]
    feed += ["--timeout-graceful-shutdown", "5", "--log-level", "warning"]
    python = program("python")
    return {
        "web": [python, "-m", "granian", *web, "gridmgmt.wsgi:application"],
        "feed": [python, "-m", "uvicorn", *feed, "gridmgmt.asgi:application"],
        **{
            name: [python, "-m", "django", "rqworker", "--worker-class", FAIR, *queues]
            for name, queues in WORKERS.items()
        },
        "scheduler": [python, "-m", "django", "scheduler"],
    }


def app_account(servers: Servers) -> accounts.Account:
    """Who the application runs as: not root, unless nobody else can reach this checkout's Python."""
    account = accounts.named(APP_ACCOUNT)
    layout = servers.layout
    probe = [
        str(layout.python),
        "-c",
        f"import sys; sys.path.insert(0, {str(layout.root)!r}); import gridmgmt",
    ]
    if capture(probe, account=account).returncode == 0:
        return account
    say(f"grid: {account.name} cannot run {layout.python}, so web, feed, workers and scheduler run as root;")
    say("      for real use put the checkout and its Python outside of a home folder, for example under /opt")
    return accounts.current()


def assemble(servers: Servers, *, host: str, port: int) -> list[Process | Watched]:
    """Everything a running platform consists of, in the order of starting."""
    layout = servers.layout
    account = app_account(servers)
    parts: list[Process | Watched] = [Watched(one.name, one.pid, one.start) for one in servers.own]
    commands = app_commands(servers.ports, lambda name: str(layout.venv / "bin" / name))
    for name, command in commands.items():
        env = environment.full(servers, process=name, port=port, host=host)
        if accounts.is_root():
            env = environment.for_service(env, layout.var / "home")
        parts.append(build(servers, name, command, env, account))
    front = proxy.write(
        layout, host=host, port=port, ports=servers.ports, account=accounts.named(APP_ACCOUNT)
    )
    env = {"PATH": os.environ.get("PATH", os.defpath)}
    parts.append(build(servers, "proxy", front, env, None))
    return parts


def build(
    servers: Servers, name: str, command: list[str], env: dict[str, str], account: accounts.Account | None
) -> Process:
    """One process with its places."""
    layout = servers.layout
    return Process(
        name=name,
        command=command,
        env=env,
        log=layout.log / f"{name}.log",
        pid_file=layout.run / f"{name}.pid",
        cwd=layout.root,
        account=account,
        lease=servers.lease,
    )
