"""One tile of several layers by one prepared statement, thinned until it is light enough."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import psycopg
from django.db import connection
from isal import isal_zlib

from geodata.prepared import prepared
from geodata.tiles.layers import Selection
from geodata.tiles.squares import Tile
from geodata.tiles.statements import HEAD

# No tile a map asks for in daily work may weigh more (gzip); below this zoom overviews may.
HEAVY_BYTES = 100_000
LIGHT_FROM_ZOOM = 12
MOST_THINNING = 64
INT4 = struct.Struct("!i").pack
TEXT_OID = 25
# As small as zlib level 1, a fifth of its time: packing was the dearest part of a cold tile.
GZIP_LEVEL = 2


@lru_cache(maxsize=1024)
def statement(selection: Selection, z: int) -> str:
    """The SQL of a selection at a zoom: every layer's statement, joined byte by byte; "" when none shows anything."""
    parts = [part for layer in selection.layers for part in layer.statements(z)]
    return f"{HEAD}SELECT {' || '.join(parts)}" if parts else ""


def raw_tile(selection: Selection, tile: Tile, prefixes: tuple[str, ...], thinning: int = 1) -> bytes:
    """The tile's MVT bytes straight from the database; b"" when nothing is there."""
    text = statement(selection, tile.z)
    if not text:
        return b""
    values = [INT4(tile.z), INT4(tile.x), INT4(tile.y), text_array(prefixes), INT4(thinning)]
    with connection.wrap_database_errors, bare_link() as link:
        return prepared(link, text, values) or b""


@lru_cache(maxsize=4096)
def text_array(words: tuple[str, ...]) -> bytes:
    """text[] in PostgreSQL's binary form."""
    packed = (
        struct.pack("!iiiii", 1, 0, TEXT_OID, len(words), 1) if words else struct.pack("!iii", 0, 0, TEXT_OID)
    )
    for word in words:
        code = word.encode()
        packed += INT4(len(code)) + code
    return packed


@contextmanager
def bare_link() -> Iterator[psycopg.Connection[Any]]:
    """A connection as psycopg's: straight from Django's pool where there is one, else the thread's own.

    Taking it through Django costs a tile as much as Redis does (types are registered each time).
    """
    pool = getattr(connection, "pool", None)  # only the PostgreSQL wrapper has one
    if pool is None:
        connection.ensure_connection()
        yield connection.connection
    else:
        pool.open()
        with pool.connection() as link:
            yield link


def pack(content: bytes) -> bytes:
    """gzip of a tile, without a time stamp so that the same tile packs to the same bytes."""
    packer = isal_zlib.compressobj(GZIP_LEVEL, isal_zlib.DEFLATED, 31)
    return packer.compress(content) + packer.flush()


def light_tile(selection: Selection, tile: Tile, prefixes: tuple[str, ...]) -> bytes:
    """The tile as gzip, thinned in steps of two while it weighs more than 100 kB (z ≥ 12); b"" when empty."""
    thinning = 1
    while True:
        content = raw_tile(selection, tile, prefixes, thinning)
        packed = pack(content) if content else b""
        light = len(packed) <= HEAVY_BYTES or tile.z < LIGHT_FROM_ZOOM
        if light or thinning >= MOST_THINNING:
            return packed
        thinning *= 2
