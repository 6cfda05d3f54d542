"""Keys and passwords under var/secrets: made once at random, mode 0600, never a default, never printed."""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from gridmgmt.ops import accounts
from gridmgmt.ops.console import OpsError


def signing_key() -> str:
    """Django's secret key."""
    return secrets.token_urlsafe(50)


def field_key() -> str:
    """A key ring with one AES-256 key, `id:base64`. Rotation adds a line with a higher id, which seals from then on."""
    return "1:" + base64.b64encode(secrets.token_bytes(32)).decode()


def search_key() -> str:
    """The HMAC key of search columns, base64."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


def password() -> str:
    """A password of a server's own account."""
    return secrets.token_urlsafe(32)


# File → how it is made. The first three are read by settings, the others only by gridmgmt.ops.
FILES: dict[str, Callable[[], str]] = {
    "secret_key": signing_key,
    "field_keys": field_key,
    "field_search_key": search_key,
    "database_password": password,
    "redis_password": password,
}

# What they encrypted or indexed cannot be read without them.
IRREPLACEABLE = ("field_keys", "field_search_key")
# Compose's database has a superuser with a password; our own cluster needs none. Containers run under accounts this
# machine does not know, so there the closed folder alone keeps others out.
COMPOSE_MODE = 0o444
FOR_COMPOSE = FILES | {"superuser_password": password}


def ensure(
    folder: Path,
    owner: accounts.Account,
    files: dict[str, Callable[[], str]] | None = None,
    mode: int = 0o600,
) -> list[str]:
    """Makes what is missing and returns its names. A file that is there is never replaced: data hangs on
    it."""
    accounts.own_folder(folder, owner, 0o700)
    wanted = FILES if files is None else files
    made = [name for name in wanted if not (folder / name).exists()]
    for name in made:
        write(folder / name, wanted[name](), owner)
        (folder / name).chmod(mode)
    return made


def write(path: Path, value: str, owner: accounts.Account) -> None:
    """Writes a secret that only its owner reads."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(value + "\n")
    if accounts.is_root():
        os.chown(path, owner.uid, owner.gid)


def read(folder: Path, name: str) -> str:
    """One secret."""
    try:
        return (folder / name).read_text(encoding="utf-8").strip()
    except PermissionError:
        raise OpsError(
            f"{folder / name} is not readable for you",
            "Run ./grid as the user who made it, or set GRID_VAR to a folder of your own.",
        ) from None


def too_open(folder: Path) -> list[Path]:
    """Secrets that others may read."""
    return [path for name in FILES if (path := folder / name).exists() and path.stat().st_mode & 0o077]
