"""/healthz: 200 with a JSON of parts only when every part works."""

from __future__ import annotations

import time
from collections.abc import Callable

import redis
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone

from gridmgmt.cases import calendar_queries, quarantine, reference
from gridmgmt.events import heartbeat, parked


def check_database() -> None:
    """PostgreSQL answers, PostGIS is there, commits are durable."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT postgis_lib_version(), current_setting('synchronous_commit')")
        _version, commit = cursor.fetchone()
    if commit != "on":
        raise RuntimeError(f"synchronous_commit is {commit}")


def check_redis() -> None:
    """Redis answers."""
    redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1).ping()


def check_media() -> None:
    """Photos can be written."""
    probe = settings.MEDIA_ROOT / ".probe"
    settings.MEDIA_ROOT.mkdir(parents=True, exist_ok=True)
    probe.write_bytes(b"1")
    probe.unlink(missing_ok=True)


def check_process(name: str) -> Callable[[], None]:
    """A process has said within 30 s that it lives."""

    def check() -> None:
        age = heartbeat.age_s(name)
        if age is None or age > 30:
            raise RuntimeError("no sign of life" if age is None else f"silent for {age:.0f} s")

    return check


def outbox_figures() -> dict[str, object]:
    """How long the oldest event or due delivery has waited, and how much is parked: figures, never a reason to restart."""
    now = parked.backlog(timezone.now())
    return {"oldest_s": round(now.oldest_s, 1), "parked": now.parked}


PARTS: dict[str, Callable[[], None]] = {
    "database": check_database,
    "redis": check_redis,
    "media": check_media,
    "feed": check_process("feed"),
    "worker": check_process("worker"),
    "bulk": check_process("bulk"),
    "scheduler": check_process("scheduler"),
}


def warn_calendar() -> str | None:
    """The weekend rule serves a year whose holidays nobody has entered: nothing is broken, somebody should act."""
    found = calendar_queries.alarm(reference.current(), timezone.now())
    return f"holidays of {found.year} are not entered (page /calendar)" if found else None


def warn_quarantine() -> str | None:
    """Phones sent what nobody could read: it is kept, and somebody should look."""
    count = quarantine.waiting()
    return f"{count} unreadable bodies of phones wait in quarantine (page /quarantine)" if count else None


WARNINGS: tuple[Callable[[], str | None], ...] = (warn_calendar, warn_quarantine)


def healthz(request: HttpRequest) -> JsonResponse:
    """State of every part: {"ok": bool, "parts": {name: {"ok", "ms", "error"}}, "outbox": {"oldest_s", "parked"},
    "warnings": [sentence]}. A warning is no failure: the platform works, but somebody should act."""
    parts: dict[str, dict[str, object]] = {}
    for name, check in PARTS.items():
        begin = time.perf_counter()
        try:
            check()
            parts[name] = {"ok": True}
        except Exception as error:  # noqa: BLE001 - whatever is wrong with a part is the answer
            parts[name] = {"ok": False, "error": type(error).__name__}
        parts[name]["ms"] = round((time.perf_counter() - begin) * 1000, 1)
    ok = all(part["ok"] for part in parts.values())
    connected = parts["database"]["ok"]
    outbox = outbox_figures() if connected else None
    warnings = [said for look in WARNINGS if (said := look())] if connected else []
    told = {"ok": ok, "parts": parts, "outbox": outbox, "warnings": warnings}
    return JsonResponse(told, status=200 if ok else 503)
