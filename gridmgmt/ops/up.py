"""`./grid up` and `./grid down`: set-up from nothing, then everything running under one supervisor."""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from gridmgmt.ops import (
    django_steps,
    frontend,
    machine,
    packages,
    ports,
    processes,
    python_env,
    servers,
    supervisor,
)
from gridmgmt.ops.console import OpsError, say, step
from gridmgmt.ops.layout import Layout

HEALTH_PATIENCE_S = 90


@dataclass(frozen=True)
class Wish:
    """What the operator asked for."""

    host: str
    port: int
    detach: bool
    data: str


def address_file(layout: Layout) -> Path:
    """Remembers where the running platform listens."""
    return layout.run / "address.json"


def install(layout: Layout, parts: tuple[packages.Part, ...], level: str, *, pages: bool = True) -> None:
    """Packages, Python environment and, for what shows pages, browser libraries."""
    with step("packages") as current:
        current.note = packages.ensure(parts)
    with step("Python environment") as current:
        current.note = python_env.ensure(layout, level)
    if pages:
        with step("browser libraries") as current:
            current.note = frontend.ensure(layout)
    django_steps.compile_messages(layout)


def up(layout: Layout, wish: Wish) -> int:
    """Sets up what is missing and runs the platform; returns when it is told to stop, at once when
    detached."""
    if supervisor.running(layout):
        return already(layout)
    machine.require_space(layout)
    left = supervisor.clear_leftovers(layout)
    if left:
        say(f"grid: the last supervisor was killed; ended its leftovers: {', '.join(left)}")
    require_port(wish)
    began = time.monotonic()
    install(layout, packages.SERVERS + packages.FRONT, "runtime")
    with servers.leased(layout) as running:
        django_steps.prepare_database(running)
        django_steps.collect_static(running, wish.port)
        if wish.data == "demo":
            django_steps.make_sample(running, "street")
        parts = processes.assemble(running, host=wish.host, port=wish.port)
        address_file(layout).write_text(json.dumps({"host": wish.host, "port": wish.port}), encoding="utf-8")
        watcher = supervisor.Supervisor(layout, parts)
        return detach(running, watcher, wish, began) if wish.detach else attend(running, watcher, wish, began)


def attend(running: servers.Servers, watcher: supervisor.Supervisor, wish: Wish, began: float) -> int:
    """Runs in the foreground until Ctrl-C."""
    watcher.listen()
    try:
        watcher.look()
        with step("processes"):
            healthy = wait_healthy(wish, watcher)
        if not watcher.told.is_set():
            greet(running, wish, began, healthy=healthy)
        watcher.watch()
    finally:
        say("stopping")
        watcher.stop()
    return 0


def detach(running: servers.Servers, watcher: supervisor.Supervisor, wish: Wish, began: float) -> int:
    """Leaves the supervisor behind as a process of its own and returns when the platform answers."""
    child = os.fork()
    if child == 0:
        become_daemon(running, watcher)
    running.handed_over = True
    with step("processes"):
        healthy = wait_healthy(wish, None, child)
    greet(running, wish, began, healthy=healthy)
    return 0 if healthy else 1


def become_daemon(running: servers.Servers, watcher: supervisor.Supervisor) -> None:
    """The child's life: no terminal, words into var/log/supervisor.log, then watching until told."""
    code = 1
    try:
        os.setsid()
        log = os.open(watcher.layout.log / "supervisor.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        null = os.open(os.devnull, os.O_RDONLY)
        for target, source in ((0, null), (1, log), (2, log)):
            os.dup2(source, target)
        watcher.listen()
        watcher.watch()
        watcher.stop()
        servers.give_back(running, running.lease)
        code = 0
    finally:
        os._exit(code)


def wait_healthy(wish: Wish, watcher: supervisor.Supervisor | None, child: int = 0) -> bool:
    """Waits until /healthz says that every part works; in the foreground it keeps the parts alive
    meanwhile."""
    deadline = time.monotonic() + HEALTH_PATIENCE_S
    while time.monotonic() < deadline:
        code, text = ask_health(local_address(wish.host, wish.port))
        if code == 200 or (watcher and watcher.told.is_set()):
            return True
        if child and os.waitpid(child, os.WNOHANG)[0]:
            raise OpsError("the supervisor ended at once", "Its last words are in var/log/supervisor.log.")
        if watcher:
            watcher.look()
        time.sleep(0.2)
    say(f"grid: not healthy after {HEALTH_PATIENCE_S} s: {text[:300] or 'no answer'}")
    say("      Look into var/log/ and at `./grid doctor`; starting is tried again and again meanwhile.")
    return False


def ask_health(address: str) -> tuple[int, str]:
    """Status and text of /healthz; 0 when nobody answers."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{address}/healthz", timeout=5) as answer:
            return answer.status, answer.read().decode(errors="replace")
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(errors="replace")
    except OSError:
        return 0, ""


def local_address(host: str, port: int) -> str:
    """How this machine itself reaches the platform."""
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104 - compared, not bound
    return f"http://{name}:{port}"


def greet(running: servers.Servers, wish: Wish, began: float, *, healthy: bool) -> None:
    """Address, accounts and how to stop, on stdout."""
    state = "ready" if healthy else "NOT HEALTHY"
    print(f"\n{state} after {time.monotonic() - began:.1f} s: {local_address(wish.host, wish.port)}/")
    if wish.data == "demo":
        print(django_steps.demo_accounts(running))
    print("./grid down stops everything." if wish.detach else "Ctrl-C stops everything.", flush=True)


def require_port(wish: Wish) -> None:
    """Stops with the holder's name when the public port is taken."""
    if ports.is_free(wish.port, wish.host):
        return
    if wish.port < 1024 and os.geteuid():
        raise OpsError(f"port {wish.port} is below 1024, only root may listen there", "Choose --port 8000.")
    holder = machine.who_listens(wish.port)
    raise OpsError(f"port {wish.port} is in use{holder}", "Choose another with --port, or stop that program.")


def already(layout: Layout) -> int:
    """It runs: says where."""
    try:
        note = json.loads(address_file(layout).read_text(encoding="utf-8"))
        where = local_address(note["host"], note["port"])
    except (OSError, ValueError, KeyError):
        where = "an unknown address"
    print(f"already running: {where}/ (supervisor {supervisor.running(layout)}); ./grid down stops it")
    return 0


def down(layout: Layout) -> int:
    """Ends a running platform and whatever a killed one left behind."""
    if not layout.run.is_dir():
        say("nothing runs here")
        return 0
    ran = supervisor.ask_to_stop(layout)
    left = supervisor.clear_leftovers(layout)
    ended = servers.stop_unused(layout)
    words = (["the platform"] if ran else []) + left + ended
    say(f"stopped: {', '.join(words)}" if words else "nothing runs here")
    sys.stderr.flush()
    return 0
