"""Whom the servers run as: as root they give up its rights, as an ordinary user they are that user."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from gridmgmt.ops.console import OpsError


class Identity(TypedDict, total=False):
    """The keywords of subprocess that change who a child is."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Account:
    """One account of the operating system."""

    name: str
    uid: int
    gid: int

    def identity(self) -> Identity:
        """Keywords for subprocess; empty when this process already is that account."""
        if os.geteuid() == self.uid:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def is_root() -> bool:
    """True when this process may install packages and change accounts."""
    return os.geteuid() == 0


def current() -> Account:
    """The account of this process."""
    entry = pwd.getpwuid(os.geteuid())
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def named(name: str) -> Account:
    """As root the account of that name, else the present one."""
    if not is_root():
        return current()
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        raise OpsError(
            f"the account {name} is missing; its package makes it",
            "Run `./grid doctor`, or install the package.",
        ) from None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def own_folder(path: Path, account: Account, mode: int = 0o700) -> Path:
    """Makes a folder that belongs to the account with exactly this mode."""
    path.mkdir(parents=True, exist_ok=True)
    if is_root():
        os.chown(path, account.uid, account.gid)
    if path.stat().st_uid == os.geteuid() or is_root():
        path.chmod(mode)
    return path


def blocked_at(path: Path, account: Account) -> Path | None:
    """The first parent folder of path that the account may not pass; None when it reaches path."""
    for folder in reversed(path.absolute().parents):
        if folder.exists() and not may_pass(folder, account):
            return folder
    return None


def may_pass(folder: Path, account: Account) -> bool:
    """Whether the account may walk through a folder, by owner, group and others' bits."""
    if account.uid == 0:
        return True
    info = folder.stat()
    if info.st_uid == account.uid:
        return bool(info.st_mode & 0o100)
    if info.st_gid == account.gid:
        return bool(info.st_mode & 0o010)
    return bool(info.st_mode & 0o001)
