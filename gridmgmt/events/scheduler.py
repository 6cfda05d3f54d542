"""The scheduler process: relay, tile invalidation and periodic tasks, each in a thread that is started again when it fails."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from django.utils import timezone

from gridmgmt.events import heartbeat, link, periodic, tile_changes
from gridmgmt.events.listening import keep_running
from gridmgmt.events.relay import Relay

logger = logging.getLogger("gridmgmt.events")

Tick = Callable[[], None]
BEAT_S = 5.0


@dataclass
class Part:
    """One thread. It must say ``tick`` at least every ``patience_s`` or the process counts as ill."""

    name: str
    run: Callable[[threading.Event, Tick], None]
    patience_s: float = 30
    ticked_at: float = field(default_factory=time.monotonic)

    def tick(self) -> None:
        """A sign of life."""
        self.ticked_at = time.monotonic()

    def well(self) -> bool:
        """True while it has shown life lately."""
        return time.monotonic() - self.ticked_at < self.patience_s

    def start(self, stop: threading.Event) -> threading.Thread:
        """Its thread, running until ``stop``."""

        def once() -> None:
            self.run(stop, self.tick)

        thread = threading.Thread(
            target=keep_running, args=(self.name, once, stop), name=self.name, daemon=True
        )
        thread.start()
        return thread


def run_relay(stop: threading.Event, tick: Tick) -> None:
    """Publish the outbox."""
    Relay(link.client()).run(stop, tick)


def run_tile_changes(stop: threading.Event, tick: Tick) -> None:
    """Drop cached tiles that an edit touched and tell the browsers."""
    tile_changes.run(link.client(), stop, tick)


def run_periodic(stop: threading.Event, tick: Tick) -> None:
    """Look at the table of tasks every second."""
    table = periodic.tasks()
    while not stop.wait(1.0):
        for task in table:
            task.run_if_due(link.client(), timezone.now())
            tick()


def parts() -> list[Part]:
    """Everything the process does. Periodic tasks may take long, so they are given more patience."""
    return [
        Part("relay", run_relay),
        Part("tiles", run_tile_changes),
        Part("periodic", run_periodic, patience_s=1800),
    ]


def serve(stop: threading.Event) -> None:
    """Run everything until told to stop; sign the heartbeat only while every part is well."""
    running = parts()
    threads = [part.start(stop) for part in running]
    while not stop.is_set():
        ill = [part.name for part in running if not part.well()]
        if ill:
            logger.error("parts without a sign of life", extra={"parts": ",".join(ill)})
        else:
            sign()
        stop.wait(BEAT_S)
    for thread in threads:
        thread.join(timeout=5)


def sign() -> None:
    """The heartbeat; without Redis there is nobody to sign to, which the other parts already report."""
    try:
        heartbeat.beat("scheduler", link.client())
    except link.AWAY as error:
        logger.warning("no heartbeat", extra={"error": type(error).__name__})
