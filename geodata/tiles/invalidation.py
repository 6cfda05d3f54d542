"""What an edit drops: boxes that triggers noted raise the revisions of exactly the tiles they touch."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from uuid import uuid4

import redis
from django.db import connection, transaction

from geodata.tiles.cache import EPOCH, revisions_key
from geodata.tiles.layers import LAYERS
from geodata.tiles.squares import Box, fields_touched

CHANNEL = "grid_tiles"
BATCH = 5000
RUN_ID = "tilerev:run_id"
# A layer with more revisions than this starts anew at night, together with all the others.
MOST_REVISIONS = 300_000

DRAIN = """
DELETE FROM geodata_tiledirt WHERE id IN (
  SELECT id FROM geodata_tiledirt ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
RETURNING layer, x0, y0, x1, y1
"""
# Streets whose cells a box meets: who may hear of the change.
STREETS = """
SELECT DISTINCT place.n, left(c.code, 9)
FROM unnest(%s::float8[], %s::float8[], %s::float8[], %s::float8[]) WITH ORDINALITY AS place(x0, y0, x1, y1, n)
JOIN geodata_cell c ON c.active AND c.geom_3857 && ST_MakeEnvelope(place.x0, place.y0, place.x1, place.y1, 3857)
"""


@dataclass(frozen=True, slots=True)
class Change:
    """A box of one layer that looks different now."""

    layer: str
    box: Box


def drain(client: redis.Redis) -> list[Change]:
    """Take noted boxes, raise the revisions they touch, and return them.

    The rows go away only if Redis has answered; a crash in between raises the revisions twice, which is harmless.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(DRAIN, [BATCH])
        changes = [Change(layer, Box(*corners)) for layer, *corners in cursor.fetchall()]
        if changes:
            raise_revisions(client, changes)
    return changes


def raise_revisions(client: redis.Redis, changes: list[Change]) -> int:
    """Raise every revision that the changes touch; returns how many."""
    by_layer: dict[str, set[Box]] = defaultdict(set)
    for change in changes:
        by_layer[change.layer].add(change.box)
    total = 0
    pipe = client.pipeline(transaction=False)
    for layer, boxes in by_layer.items():
        for field in fields_touched(boxes):
            pipe.hincrby(revisions_key(layer), field, 1)
            total += 1
    pipe.execute()
    return total


def streets_of(changes: list[Change]) -> dict[str, list[Change]]:
    """Changes by the street whose cells they meet; public layers and places outside all cells under ""."""
    boxes = [change.box for change in changes]
    columns = [[float(getattr(box, name)) for box in boxes] for name in ("x0", "y0", "x1", "y1")]
    with connection.cursor() as cursor:
        cursor.execute(STREETS, columns)
        met: dict[int, list[str]] = defaultdict(list)
        for place, street in cursor.fetchall():
            met[place - 1].append(street)
    found: dict[str, list[Change]] = defaultdict(list)
    for index, change in enumerate(changes):
        public = change.layer in LAYERS and LAYERS[change.layer].public
        for street in [""] if public else met.get(index, [""]):
            found[street].append(change)
    return found


def notice_restart(client: redis.Redis) -> bool:
    """Start a new epoch when this is another Redis than last time: a restored one may hold old tiles under old names."""
    run_id = str(client.info("server")["run_id"])
    kept = client.get(RUN_ID)
    if isinstance(kept, bytes) and kept.decode() == run_id:
        return False
    forget_all(client)
    client.set(RUN_ID, run_id)
    return True


def forget_all(client: redis.Redis) -> None:
    """Drop every tile: names carry the epoch, so the old ones are never found again and expire."""
    client.set(EPOCH, uuid4().hex)
    client.delete(*(revisions_key(layer) for layer in LAYERS))


def compact(client: redis.Redis) -> bool:
    """Start a new epoch when some layer has gathered very many revisions; True when it did."""
    if all(int(client.hlen(revisions_key(layer))) < MOST_REVISIONS for layer in LAYERS):
        return False
    forget_all(client)
    return True
