"""Between the map's tables and the browsers: drained boxes become raised revisions and live events."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import redis
from django.conf import settings

from geodata.ids import uuid7
from geodata.tiles import invalidation
from geodata.tiles.invalidation import Change
from geodata.tiles.squares import touched
from gridmgmt.events import stream
from gridmgmt.events.listening import listen

TOPIC = "tiles.changed"
SWEEP_S = 2.0
# The squares are named at this zoom; when there are more, the browser refreshes everything within the bounds.
ZOOM = 14
MOST_SQUARES = 64


def payload(changes: list[Change]) -> dict[str, Any]:
    """{layers, bounds: [west, south, east, north], squares: [[14, x, y] …] or null when they are too many}."""
    bounds = [change.box.bounds() for change in changes]
    squares: set[tuple[int, int, int]] = set()
    for change in changes:
        for tile in touched(change.box, ZOOM):
            squares.add((tile.z, tile.x, tile.y))
            if len(squares) > MOST_SQUARES:
                break
    return {
        "layers": sorted({change.layer for change in changes}),
        "bounds": [
            min(b[0] for b in bounds),
            min(b[1] for b in bounds),
            max(b[2] for b in bounds),
            max(b[3] for b in bounds),
        ],
        "squares": sorted(squares) if len(squares) <= MOST_SQUARES else None,
    }


def announce(client: redis.Redis, changes: list[Change]) -> None:
    """Append one live event per street that the changes meet. A lost one costs a browser a late refresh, no data."""
    for street, met in invalidation.streets_of(changes).items():
        entry: dict[Any, Any] = dict(
            stream.fields(
                event_id=str(uuid7()),
                topic=TOPIC,
                cell_code=street,
                department_path="",
                payload=json.dumps(payload(met)),
            )
        )
        client.xadd(settings.FEED_STREAM, entry, maxlen=settings.FEED_LENGTH, approximate=True)


def run(client: redis.Redis, stop: threading.Event, tick: Callable[[], None]) -> None:
    """Drain and announce until told to stop: at once when notified, and every two seconds whatever was missed."""
    with listen(invalidation.CHANNEL) as wait:
        while not stop.is_set():
            invalidation.notice_restart(client)
            while changes := invalidation.drain(client):
                announce(client, changes)
                tick()
            tick()
            wait(SWEEP_S)
