"""The limit: an ASGI function and asyncpg with our own statement. No session, no scope, no cache, no gzip, no checks."""

from __future__ import annotations

import json
import os
from typing import Any

import asyncpg

STATEMENTS: dict[str, str] = json.loads(os.environ["BENCH_STATEMENTS"])
PREFIXES: list[str] = json.loads(os.environ["BENCH_PREFIXES"])
pools: list[asyncpg.Pool] = []


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """/{layers}/{z}/{x}/{y}.mvt"""
    if not pools:
        pools.append(await asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=4, max_size=4))
    _, layers, z, x, y = scope["path"].split("/")
    async with pools[0].acquire() as link:
        body = await link.fetchval(STATEMENTS[f"{layers}/{z}"], int(z), int(x), int(y[:-4]), PREFIXES, 1)
    headers = [
        (b"content-type", b"application/vnd.mapbox-vector-tile"),
        (b"content-length", b"%d" % len(body)),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
