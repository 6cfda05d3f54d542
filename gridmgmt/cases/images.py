"""Strangers' photos are read in a limited child process; here is the server's side of that conversation."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from datetime import datetime
from pathlib import Path
from typing import IO

from django.conf import settings
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gridmgmt.cases import photo_errors

ROOT = Path(__file__).resolve().parents[2]
# -I ignores environment and user folders; the child must not inherit a key by either way.
START = (
    "import sys; sys.path.insert(0, sys.argv[3]); from gridmgmt.cases import image_child; image_child.main()"
)
AT_ONCE = 2
PATIENCE_S = 30
REPLY_BYTES = 65536
STARTED = b"\n"


class Reading(BaseModel):
    """What the child found. Bounded strictly: the child has met a stranger's bytes and is not trusted either."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    media_type: str = Field(pattern=r"^image/(jpeg|png|webp|heic)$")
    width: int = Field(gt=0, lt=1_000_000)
    height: int = Field(gt=0, lt=1_000_000)
    camera: str = Field(default="", max_length=80)
    taken: datetime | None = None
    offset: str = Field(default="", max_length=6)
    lon: float | None = Field(default=None, ge=-180, le=180)
    lat: float | None = Field(default=None, ge=-90, le=90)
    flags: list[str] = Field(default=[], max_length=4)


class Reader:
    """The reading process of this server process, started when first needed and again if it died."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._gate = threading.BoundedSemaphore(AT_ONCE)
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def read(self, source: IO[bytes], target: IO[bytes]) -> Reading:
        """Verifies the photo in ``source`` and writes its clean copy to ``target`` (both real files).

        Errors: photo_type_mismatch, photo_unreadable, photo_too_many_pixels; image_reader_busy/_away (503, send again).
        """
        if not self._gate.acquire(timeout=PATIENCE_S):
            raise photo_errors.reader_away()
        try:
            answer = self._ask(source.fileno(), target.fileno())
        finally:
            self._gate.release()
        return understand(answer)

    def _ask(self, source: int, target: int) -> bytes:
        """The child's answer; empty when a limit ended it."""
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                self._send([theirs.fileno(), source, target])
            ours.settimeout(PATIENCE_S * 2)
            try:
                return b"".join(iter(lambda: ours.recv(REPLY_BYTES), b""))[:REPLY_BYTES]
            except TimeoutError as error:
                raise photo_errors.reader_away() from error

    def _send(self, descriptors: list[int]) -> None:
        for attempt in (1, 2):
            control = self._started(anew=attempt == 2)
            try:
                socket.send_fds(control, [b"1"], descriptors)
            except OSError as error:
                if attempt == 2:
                    raise photo_errors.reader_away() from error
            else:
                return

    def _started(self, *, anew: bool) -> socket.socket:
        """The control socket; a forked server process starts a reader of its own."""
        with self._lock:
            if self._control is None or anew or self._owner != os.getpid():
                (self._control, self._process), self._owner = start(), os.getpid()
            return self._control


def start() -> tuple[socket.socket, subprocess.Popen[bytes]]:
    """A reading process with an empty environment; it ends by itself when this process ends."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    arguments = [str(theirs.fileno()), str(settings.PHOTO_MAX_PIXELS), str(ROOT)]
    with theirs:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-I", "-c", START, *arguments],
            env={},
            cwd="/",
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
    return ours, process


def understand(answer: bytes) -> Reading:
    """The reading in an answer, or the refusal as an error.

    The child says STARTED first: without it the reader itself is broken; with nothing behind it the photo drove the
    child into its limits.
    """
    if not answer.startswith(STARTED):
        raise photo_errors.reader_away()
    try:
        content = json.loads(answer.removeprefix(STARTED))
        if "refused" in content:
            raise photo_errors.refused(str(content["refused"]))
        return Reading.model_validate_json(json.dumps(content["ok"]))
    except (ValueError, KeyError, TypeError, ValidationError) as error:
        raise photo_errors.refused("photo_unreadable") from error


reader = Reader()
