"""The settings of the own PostgreSQL cluster, scaled to the machine, written again at every start."""

from __future__ import annotations

import os
from pathlib import Path

from gridmgmt.ops import accounts

INCLUDE = "include 'grid.conf'"


def memory_mb() -> int:
    """The machine's memory, or the container's limit when that is smaller."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1024**2
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii").strip()
    except OSError:
        return total
    return min(total, int(limit) // 1024**2) if limit.isdigit() else total


def render(*, socket: Path, port: int, memory: int) -> str:
    """postgresql.conf lines. Statements and row values stay out of the log: they hold personal data."""
    shared = max(128, min(memory // 5, 8192))
    return f"""# Written by gridmgmt.ops at every start.
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{socket}'
unix_socket_permissions = 0700
max_connections = 100
shared_buffers = {shared}MB
effective_cache_size = {max(256, memory // 2)}MB
maintenance_work_mem = {max(64, min(memory // 16, 1024))}MB
work_mem = 16MB
synchronous_commit = on
fsync = on
full_page_writes = on
jit = off
random_page_cost = 1.1
wal_compression = on
max_wal_size = 4GB
checkpoint_timeout = 15min
timezone = 'UTC'
log_timezone = 'UTC'
log_lock_waits = on
log_checkpoints = off
log_error_verbosity = terse
log_min_error_statement = panic
log_parameter_max_length_on_error = 0
"""


def render_hba(user: str) -> str:
    """Superuser only for the server's own account over the socket; everybody else by password over
    loopback."""
    return f"""# Written by gridmgmt.ops at every start. The map "owner" lets {user} be the superuser.
local all postgres peer map=owner
local all all scram-sha-256
host all all 127.0.0.1/32 scram-sha-256
host all all ::1/128 scram-sha-256
"""


def write(data: Path, socket: Path, port: int, account: accounts.Account) -> None:
    """Puts the settings into the data directory."""
    texts = {
        "grid.conf": render(socket=socket, port=port, memory=memory_mb()),
        "pg_hba.conf": render_hba(account.name),
        "pg_ident.conf": f"owner {account.name} postgres\n",
    }
    main = (data / "postgresql.conf").read_text(encoding="utf-8")
    if INCLUDE not in main:
        texts["postgresql.conf"] = f"{main}\n{INCLUDE}\n"
    for name, text in texts.items():
        target = data / name
        target.write_text(text, encoding="utf-8")
        target.chmod(0o600)
        if accounts.is_root():
            os.chown(target, account.uid, account.gid)
