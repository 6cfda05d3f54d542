"""The process that reads strangers' images: no secrets, no way to open files or sockets, little memory, little time.

It is started once per server process with an empty environment, loads the decoders and then forks one child per
photo. The child gets three open files (reply, source, target), gives up everything else and ends after one photo.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import sys
import traceback
from typing import Any

from gridmgmt.cases import image_decode

MEMORY_BYTES = 1 << 30
CPU_SECONDS = 20
WALL_SECONDS = 40
COPY_MAX_BYTES = 32 << 20
STARTED = b"\n"


def serve(control: socket.socket) -> None:
    """Forks a child for every message on the control socket; ends when the server process is gone."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        message, descriptors, _flags, _address = socket.recv_fds(control, 1, 3)
        if not message:
            return
        if os.fork() == 0:
            control.close()
            run_child(descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def run_child(descriptors: list[int]) -> None:
    """Reads one photo, answers with one JSON object, ends."""
    status = 1
    try:
        reply, source, target = descriptors
        os.write(reply, STARTED)
        limit_self(max(descriptors))
        answer = read_photo(source, target)
        os.write(reply, json.dumps(answer).encode())
        status = 0
    except Exception:  # noqa: BLE001 - the process ends here; its log line is all that is left of the fault
        traceback.print_exc()
    finally:
        os._exit(status)


def limit_self(highest_descriptor: int) -> None:
    """Memory, processor time, wall time, file size; no new descriptor means no file, no socket, no network."""
    signal.alarm(WALL_SECONDS)
    os.nice(5)
    for kind, limit in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, COPY_MAX_BYTES),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, highest_descriptor + 1),
    ):
        resource.setrlimit(kind, (limit, limit))


def read_photo(source: int, target: int) -> dict[str, Any]:
    """{"ok": facts} or {"refused": code}."""
    try:
        with os.fdopen(source, "rb") as photo, os.fdopen(target, "wb") as copy:
            return {"ok": image_decode.make_copy(photo, copy)}
    except image_decode.Refused as verdict:
        return {"refused": str(verdict)}


def main() -> None:
    """Entry of the process. Arguments: number of the inherited control socket, pixel limit."""
    control, max_pixels = (int(argument) for argument in sys.argv[1:3])
    image_decode.prepare(max_pixels)
    serve(socket.socket(fileno=control))
