"""`manage scheduler`: publishes the outbox, refreshes tiles, runs periodic tasks until it is told to stop."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand

from gridmgmt.events.scheduler import serve


class Command(BaseCommand):
    """Run the scheduler process."""

    help = "Publish the outbox, refresh tiles, run periodic tasks."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()

        def end(_number: int, _frame: FrameType | None) -> None:
            stop.set()

        signal.signal(signal.SIGTERM, end)
        signal.signal(signal.SIGINT, end)
        serve(stop)
