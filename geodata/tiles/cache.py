"""Tiles in Redis under names that carry the revisions they depend on; without Redis every tile is computed."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

import redis

from geodata.tiles import query
from geodata.tiles.layers import Selection
from geodata.tiles.squares import Tile, fields_of
from geodata.wire import AWAY, wire

KEEP_S = 6 * 3600
EPOCH = "tilerev:epoch"
DIGEST_BYTES = 8

# Reads all revisions and the tile in one round trip. KEYS: the epoch, then a hash of revisions per layer.
# ARGV: the tile's name, then the revisions it depends on. Answers the full name and the tile, if there.
LOOK_UP = """
local name = ARGV[1] .. ':' .. (redis.call('GET', KEYS[1]) or '')
for i = 2, #KEYS do
  local revisions = redis.call('HMGET', KEYS[i], unpack(ARGV, 2))
  for j = 1, #revisions do name = name .. '.' .. (revisions[j] or '') end
end
return {name, redis.call('GET', name)}
"""

LOOK_UP_SHA = hashlib.sha1(LOOK_UP.encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class Packed:
    """A tile ready to send: gzip bytes (b"" when empty) and a digest of them."""

    content: bytes
    digest: str


@lru_cache(maxsize=4096)
def scope_key(prefixes: tuple[str, ...]) -> str:
    """A short name for what a reader may see: readers with the same prefixes share tiles."""
    return hashlib.blake2b("|".join(prefixes).encode(), digest_size=DIGEST_BYTES).hexdigest()


def revisions_key(layer: str) -> str:
    """The Redis hash that holds a layer's revisions."""
    return f"tilerev:{layer}"


def get(selection: Selection, tile: Tile, prefixes: tuple[str, ...]) -> Packed:
    """The tile from the cache, else computed and kept. A tile computed before an edit was announced is kept under the
    revisions read before it was computed, so nobody finds it afterwards."""
    try:
        name, kept = _ask(selection, tile, prefixes)
    except AWAY:
        return compute(selection, tile, prefixes)
    if kept is not None:
        return Packed(kept[DIGEST_BYTES:], kept[:DIGEST_BYTES].hex())
    packed = compute(selection, tile, prefixes)
    with suppress(*AWAY):
        wire.tell("SET", name, bytes.fromhex(packed.digest) + packed.content, "EX", KEEP_S)
    return packed


def _ask(selection: Selection, tile: Tile, prefixes: tuple[str, ...]) -> tuple[bytes, bytes | None]:
    """The tile's name under the present revisions, and what is kept there."""
    scope = "public" if selection.public else scope_key(prefixes)
    keys = [EPOCH, *(revisions_key(layer.name) for layer in selection.layers)]
    values = [len(keys), *keys, f"tile:{selection.name}:{tile}:{scope}", *fields_of(tile)]
    try:
        name, kept = wire.ask("EVALSHA", LOOK_UP_SHA, *values)
    except redis.exceptions.NoScriptError:
        name, kept = wire.ask("EVAL", LOOK_UP, *values)
    return name, kept


def name_now(selection: Selection, tile: Tile, prefixes: tuple[str, ...]) -> bytes:
    """Under which name a tile is kept now; it changes with every edit that touches the tile."""
    return _ask(selection, tile, prefixes)[0]


def compute(selection: Selection, tile: Tile, prefixes: tuple[str, ...]) -> Packed:
    """The tile from the database."""
    content = query.light_tile(selection, tile, prefixes)
    return Packed(content, hashlib.blake2b(content, digest_size=DIGEST_BYTES).hexdigest())
