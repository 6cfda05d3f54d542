"""Strict readers of environment variables: a bad value stops the start with a sentence, never later."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit


class SettingError(SystemExit):
    """A setting cannot be used; the message names it, says why and what is expected."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"setting {name}: {why}")


def text(name: str, default: str | None = None) -> str:
    """The variable's text; without a default it must be there and not empty."""
    value = os.environ.get(name, "")
    if value:
        return value
    if default is None:
        raise SettingError(name, "is missing; `./grid up` sets it, other deployments must")
    return default


def flag(name: str, *, default: bool = False) -> bool:
    """A yes/no variable: 1/0, true/false, yes/no, on/off."""
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise SettingError(name, f"expected yes or no, found {value!r}")


def number(name: str, default: int, *, low: int, high: int) -> int:
    """A whole number between low and high, both included."""
    raw = os.environ.get(name, "").strip()
    if not raw:
        return default
    try:
        value = int(raw)
    except ValueError:
        raise SettingError(name, f"expected a whole number, found {raw!r}") from None
    if not low <= value <= high:
        raise SettingError(name, f"expected {low}–{high}, found {value}")
    return value


def choice(name: str, default: str, allowed: set[str]) -> str:
    """One of a few words."""
    value = os.environ.get(name, "").strip() or default
    if value not in allowed:
        raise SettingError(name, f"expected one of {', '.join(sorted(allowed))}, found {value!r}")
    return value


def folder(name: str, default: Path) -> Path:
    """A folder as an absolute path; it need not exist yet."""
    return Path(os.environ.get(name) or default).expanduser().absolute()


def secret(name: str, file: Path) -> str:
    """A secret from the variable, else from its file; never a default. Short ones are refused."""
    value = os.environ.get(name, "")
    if not value and file.is_file():
        value = file.read_text(encoding="utf-8").strip()
    if not value:
        raise SettingError(
            name, f"no secret; set it or let `./grid up` write {file.name} into the secrets folder"
        )
    if len(value) < 40:
        raise SettingError(name, "is shorter than 40 characters")
    return value


def database(name: str, url: str) -> dict[str, object]:
    """A postgresql://user:password@host:port/db address as Django's settings."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql", "postgis"} or not parts.path.strip("/"):
        raise SettingError(name, "expected postgresql://user:password@host:port/database")
    return {
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
    }
