"""Child processes: quiet when they work, their last words when they do not."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from gridmgmt.ops.accounts import Account
from gridmgmt.ops.console import OpsError

TAIL_LINES = 15


def capture(
    command: Sequence[object],
    *,
    account: Account | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: str = "",
) -> subprocess.CompletedProcess[str]:
    """Runs a command and returns it finished, whatever its exit code; a missing program is exit code 127."""
    words = [str(word) for word in command]
    identity = account.identity() if account else {}
    try:
        return subprocess.run(
            words,
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=dict(os.environ) if env is None else dict(env),
            cwd=cwd or ("/" if account else None),
            check=False,
            **identity,
        )
    except (FileNotFoundError, PermissionError) as error:
        return subprocess.CompletedProcess(words, 127, stdout=str(error))


def run(
    command: Sequence[object],
    *,
    doing: str,
    fix: str = "",
    account: Account | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: str = "",
) -> str:
    """Runs a command that must work and returns its output; else OpsError with the end of what it said."""
    done = capture(command, account=account, env=env, cwd=cwd, stdin=stdin)
    if done.returncode:
        raise OpsError(f"{doing} failed (exit {done.returncode}):\n{tail(done.stdout)}", fix)
    return done.stdout


def tail(output: str) -> str:
    """The last lines of an output, indented."""
    return "\n".join("        " + line for line in output.strip().splitlines()[-TAIL_LINES:])
