"""The limit of the `feed` bench: an ASGI function, Redis pub/sub and a queue per listener. No user, scope or resume."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import redis.asyncio

listeners: set[asyncio.Queue[bytes]] = set()
tasks: list[asyncio.Task[None]] = []


async def fan_out() -> None:
    link = redis.asyncio.Redis.from_url(os.environ["REDIS_URL"]).pubsub()
    await link.subscribe("bench")
    async for message in link.listen():
        if message["type"] == "message":
            for queue in listeners:
                queue.put_nowait(message["data"])


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if not tasks:
        tasks.append(asyncio.create_task(fan_out()))
    queue: asyncio.Queue[bytes] = asyncio.Queue()
    listeners.add(queue)
    headers = [(b"content-type", b"text/event-stream")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"event: hello\n\n", "more_body": True})
    while True:
        data = await queue.get()
        await send({"type": "http.response.body", "body": b"data: " + data + b"\n\n", "more_body": True})
