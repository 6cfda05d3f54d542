"""Tasks by the clock: a table in settings, each slot run by exactly one scheduler."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import redis
from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from gridmgmt.events.link import AWAY

logger = logging.getLogger("gridmgmt.events")

KEY = "grid:periodic:{name}:{slot}"
EVERY = re.compile(r"every ([1-9][0-9]{0,4})s")
DAILY = re.compile(r"daily ([01][0-9]|2[0-3]):([0-5][0-9])")


@dataclass(frozen=True, slots=True)
class Task:
    """``function(now)`` at a rhythm: "every 30s", or "daily 03:20" in local time."""

    function: str
    rhythm: str

    def slot(self, now: datetime) -> tuple[str, int]:
        """The current slot's name and how many seconds its mark must be kept; ValueError for an unknown rhythm."""
        if match := EVERY.fullmatch(self.rhythm):
            seconds = int(match[1])
            return str(int(now.timestamp()) // seconds), seconds * 2
        if match := DAILY.fullmatch(self.rhythm):
            local = timezone.localtime(now) - timedelta(hours=int(match[1]), minutes=int(match[2]))
            return local.date().isoformat(), 2 * 86_400
        raise ValueError(f"{self.function}: expected 'every N s' as 'every 30s' or 'daily HH:MM'")

    def run_if_due(self, client: redis.Redis, now: datetime) -> bool:
        """Run it when nobody has run this slot; a task that fails is logged and tried in the next slot.

        The marks live in Redis: when they are lost a slot may run twice, so tasks must bear that.
        """
        slot, keep_s = self.slot(now)
        if not client.set(KEY.format(name=self.function, slot=slot), "1", nx=True, ex=keep_s):
            return False
        function: Callable[[datetime], object] = import_string(self.function)
        try:
            function(now)
        except AWAY:
            client.delete(KEY.format(name=self.function, slot=slot))
            raise
        except Exception:
            logger.exception("periodic task failed", extra={"task": self.function})
        return True


def tasks() -> list[Task]:
    """The table in settings.PERIODIC_TASKS."""
    return [Task(function, rhythm) for function, rhythm in settings.PERIODIC_TASKS.items()]
