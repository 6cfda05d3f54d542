"""Starting and watching the reading process. It gets no environment of ours, so no secret and no database address."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

from geodata.errors import DomainError
from importers import limits
from importers.errors import REFUSALS, refusal
from importers.reading.confine import ENVIRONMENT

_ROOT: Final = Path(__file__).resolve().parent.parent
_BLOCK: Final = 1 << 20
_MESSAGE_BYTES: Final = 1 << 20
_SCRATCH_FORMATS: Final = frozenset({"osm.pbf"})


@dataclass(slots=True)
class Reading:
    """What came of a run; ``facts`` is what the reader tells about the file."""

    rows: int = 0
    left_out: int = 0
    facts: dict[str, Any] = field(default_factory=dict)


def read_rows(
    path: Path, *, form: str, kind: str, profile: dict[str, Any], result: Reading, task: str = ""
) -> Iterator[bytes]:
    """Blocks of whole COPY lines from the file (``task``: of what else is asked); ``result`` is filled at the end.

    Errors: the reader's refusals, reader_out_of_memory, reader_out_of_time, reader_broke."""
    job = {
        "path": str(path),
        "format": form,
        "kind": kind,
        "profile": profile,
        "task": task,
        "limits": _limits(path, form),
    }
    messages_read, messages_write = os.pipe()
    with (
        tempfile.TemporaryFile() as order,
        subprocess.Popen(  # noqa: S603 - our own interpreter and our own text
            [sys.executable, "-s", "-B", "-c", _BOOT],
            stdin=_written(order, job),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(path.parent, messages_write),
            cwd=path.parent,
            pass_fds=(messages_write,),
            start_new_session=True,
        ) as process,
        os.fdopen(messages_read, "rb") as messages,
    ):
        os.close(messages_write)
        try:
            yield from _whole_lines(process, messages, told := bytearray())
        finally:
            if process.poll() is None:
                process.kill()
        _conclude(process.wait(), told, result)


# The descriptor of the message pipe is moved to the number the child knows, then its main function runs.
_BOOT: Final = (
    "import os, sys; os.dup2(int(os.environ.pop('MESSAGES')), 3); "
    "from importers.reading.child import main; sys.exit(main())"
)


def _limits(path: Path, form: str) -> dict[str, int]:
    megabytes = sum(part.stat().st_size for part in path.parent.iterdir()) // limits.MEGABYTE
    rebuilds_index = form == "shapefile" and not path.with_suffix(".shx").exists()
    return {
        "memory": limits.CHILD_MEMORY_BYTES,
        "cpu_seconds": limits.CHILD_CPU_SECONDS + limits.CHILD_CPU_SECONDS_PER_MEGABYTE * megabytes,
        "scratch": limits.CHILD_SCRATCH_BYTES if form in _SCRATCH_FORMATS or rebuilds_index else 0,
    }


def _environment(folder: Path, messages: int) -> dict[str, str]:
    return {
        **ENVIRONMENT,
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(_ROOT),
        "CPL_TMPDIR": str(folder),
        "TMPDIR": str(folder),
        "MESSAGES": str(messages),
    }


def _written(order: IO[bytes], job: dict[str, Any]) -> IO[bytes]:
    order.write(json.dumps(job).encode())
    order.seek(0)
    return order


def _whole_lines(process: subprocess.Popen[bytes], messages: IO[bytes], told: bytearray) -> Iterator[bytes]:
    """Blocks that end at a line's end; messages are collected beside them. A silent or boundless child is ended."""
    assert process.stdout is not None  # noqa: S101 - given PIPE, said for the type checker
    rest, total = b"", 0
    with selectors.DefaultSelector() as selector:
        for source in (process.stdout, messages):
            selector.register(source, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(limits.CHILD_SILENCE_SECONDS)
            if not ready:
                raise refusal("reader_out_of_time")
            for key, _ in ready:
                block = os.read(key.fd, _BLOCK)
                if not block:
                    selector.unregister(key.fileobj)
                elif key.fileobj is messages:
                    told += block[: max(0, _MESSAGE_BYTES - len(told))]
                else:
                    total += len(block)
                    if total > limits.CHILD_OUTPUT_BYTES:
                        raise refusal("reader_broke")
                    whole, mark, tail = (rest + block).rpartition(b"\n")
                    rest = tail
                    if mark:
                        yield whole + mark
    if rest:
        raise refusal("reader_broke")


def _conclude(status: int, told: bytearray, result: Reading) -> None:
    """Raises what the child refused, or what ended it; else fills the result."""
    messages = [json.loads(line) for line in bytes(told).splitlines() if line.startswith(b"{")]
    last = messages[-1] if messages else {}
    if last.get("event") == "refused":
        raise _rebuilt(str(last.get("code")), last.get("data") or {})
    if status == -signal.SIGABRT:  # a library that got no memory
        raise refusal("reader_out_of_memory")
    if status in {-signal.SIGXCPU, -signal.SIGKILL}:
        raise refusal("reader_out_of_time")
    if status != 0 or last.get("event") != "end":
        raise refusal("reader_broke")
    result.rows, result.left_out = int(last["rows"]), int(last["left_out"])
    result.facts = dict(last["facts"])


def _rebuilt(code: str, data: dict[str, Any]) -> DomainError:
    """The child's refusal in this process; codes of the coordinate module keep their own sentence."""
    if code in REFUSALS:
        return refusal(code, **data)
    return DomainError(
        code=code,
        message="The declared coordinate system cannot be used (%(code)s).",
        status=422,
        data={"code": code},
    )
