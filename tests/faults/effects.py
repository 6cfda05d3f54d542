"""Consumers of the outbox battery: an effect that can be counted, and poison."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

from django.db import connection, transaction

TABLES = """
DROP TABLE IF EXISTS fault_start, fault_effect;
CREATE TABLE fault_start (n int, pid int, at timestamptz DEFAULT clock_timestamp());
CREATE TABLE fault_effect (event_id uuid PRIMARY KEY, n int, at timestamptz DEFAULT clock_timestamp());
"""


def run(sql: str, values: list[Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall() if cursor.description else []


def count(event_id: str, payload: dict[str, Any]) -> None:
    """An effect in its own transaction, known by its event; ``pause`` seconds before, within and after it."""
    run("INSERT INTO fault_start (n, pid) VALUES (%s, %s)", [payload["n"], os.getpid()])
    if payload.get("poison") == "raise":
        raise ValueError("poison")
    if payload.get("poison") == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    pause = float(payload.get("pause", 0))
    time.sleep(pause)
    with transaction.atomic():
        run(
            "INSERT INTO fault_effect (event_id, n) VALUES (%s, %s) ON CONFLICT DO NOTHING",
            [event_id, payload["n"]],
        )
        time.sleep(pause)
    time.sleep(pause)
