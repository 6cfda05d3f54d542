"""Servers of a benchmark: started on a free loopback port, ended by their own process group."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


def free_port() -> int:
    """A free TCP port on loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, seconds: float = 90) -> None:
    """Until something listens."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port}")


@contextlib.contextmanager
def running(command: list[str], port: int, **env: str) -> Iterator[int]:
    """A server for the time of a block; its output goes to a file under the data folder for the curious."""
    log = Path(os.environ.get("GRID_VAR", "var")) / "log" / f"bench-{port}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            env={**os.environ, **env},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            wait_for(port)
            yield port
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(timeout=10)


def granian(application: str, port: int, workers: int = 2, threads: int = 1) -> list[str]:
    """The command of the WSGI server; the platform runs it with four threads a worker."""
    return [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
        "--workers", str(workers), "--blocking-threads", str(threads), "--log-level", "warning", application,
    ]  # fmt: skip


def uvicorn(application: str, port: int, *, workers: int = 2, lifespan: str = "off") -> list[str]:
    """The command of the ASGI server."""
    return [
        sys.executable, "-m", "uvicorn", "--host", "127.0.0.1", "--port", str(port), "--workers", str(workers),
        "--lifespan", lifespan, "--no-access-log", "--log-level", "warning", application,
    ]  # fmt: skip


@contextlib.contextmanager
def background(command: list[str], **env: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process without a port for the time of a block."""
    process = subprocess.Popen(
        command,
        env={**os.environ, **env},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=10)


@dataclass(frozen=True)
class Load:
    """What wrk saw."""

    per_s: float
    p50_ms: float
    p99_ms: float
    errors: int
    requests: int


UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


def wrk(url: str, *, seconds: int, connections: int, script: Path | None = None, **env: str) -> Load:
    """Load from wrk, one thread."""
    program = shutil.which("wrk")
    if program is None:
        raise RuntimeError("wrk is missing; `./grid bench` installs it where it may")
    command = [program, "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "10s"]
    if script is not None:
        command += ["-s", str(script)]
    told = subprocess.run(
        [*command, url],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=True,
        timeout=seconds + 60,
    ).stdout
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", told)
    broken = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", told)
    errors = int(failed[1]) if failed else 0
    errors += sum(int(number) for number in broken.groups()) if broken else 0
    return Load(
        per_s=float(re.search(r"Requests/sec:\s+([\d.]+)", told)[1]),  # type: ignore[index]
        p50_ms=_milliseconds(told, "50%"),
        p99_ms=_milliseconds(told, "99%"),
        errors=errors,
        requests=int(re.search(r"(\d+) requests in", told)[1]),  # type: ignore[index]
    )


def _milliseconds(told: str, quantile: str) -> float:
    found = re.search(rf"{quantile}\s+([\d.]+)(us|ms|s|m)\b", told)
    return float(found[1]) * UNITS[found[2]] if found else float("nan")
