"""The web entry: throttles must see the caller, not the proxy."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler


def seen_by_views(monkeypatch: pytest.MonkeyPatch, sender: str) -> str:
    """The caller's address as views see it when a request comes from that sender and names another caller."""
    import gridmgmt.wsgi

    seen: list[str] = []

    def look(_self: WSGIHandler, environ: dict[str, Any], _start: object) -> list[bytes]:
        seen.append(environ["REMOTE_ADDR"])
        return []

    monkeypatch.setattr(WSGIHandler, "__call__", look)
    gridmgmt.wsgi.application(
        {"PATH_INFO": "/", "REMOTE_ADDR": sender, "HTTP_X_FORWARDED_FOR": "203.0.113.9"}, lambda *_: None
    )
    return seen[0]


def test_the_own_proxy_names_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    assert seen_by_views(monkeypatch, "127.0.0.1") == "203.0.113.9"


def test_nobody_else_may_name_another_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    assert seen_by_views(monkeypatch, "198.51.100.7") == "198.51.100.7"
