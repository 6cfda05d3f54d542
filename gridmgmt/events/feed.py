"""GET /feed/events: the live feed as server-sent events, and the hub's life inside the ASGI process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.utils.module_loading import import_string
from django.utils.translation import gettext
from django.views.decorators.http import require_GET
from redis.exceptions import RedisError

from gridmgmt.events.hub import Hub
from gridmgmt.events.listener import Listener, Tell
from gridmgmt.events.stream import entry_key, frame

RETRY_MS = 2000
MAX_LISTENERS = 2000

Message = MutableMapping[str, Any]
App = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
]
# Under this name the view finds the server's ``send`` in its scope.
SEND = "gridmgmt.send"

_hubs: dict[asyncio.AbstractEventLoop, Hub] = {}


def current_hub() -> Hub:
    """The hub of the running event loop, started when it is first asked for."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub(name=settings.FEED_STREAM, audience_of=import_string(settings.FEED_AUDIENCE))
        _hubs[loop].start()
    return _hubs[loop]


def with_hub(app: App) -> App:
    """The application with its hub beside it: started and ended by the server's lifespan (``--lifespan on``), so that
    the feed signs its heartbeat before anybody listens."""

    async def serve(
        scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        if scope["type"] == "lifespan":
            await live_and_die(receive, send)
        else:
            await app({**scope, SEND: send}, receive, send)

    return serve


async def live_and_die(
    receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """The ASGI lifespan: start the hub, end it when the server goes."""
    hub = current_hub()
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        else:
            await hub.stop()
            await send({"type": "lifespan.shutdown.complete"})
            return


@require_GET
async def events(request: HttpRequest) -> HttpResponseBase:
    """The stream of everything in the signed-in user's scope; 401 signed out, 403 nothing granted, 503 full.

    The browser sends Last-Event-ID when it reconnects; a page may name the id it knows as ``?after=``.
    """
    hub = current_hub()
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    audience = (await hub.read_audiences([key])).get(key) if key else None
    if audience is None:
        return refusal(401, "not_signed_in", gettext("Please sign in."))
    if not audience.place_prefixes:
        return refusal(403, "nothing_granted", gettext("No area has been granted to this account."))
    if len(hub.listeners) >= MAX_LISTENERS:
        return refusal(503, "feed_full", gettext("Too many live connections. Try again later."))
    after = request.headers.get("Last-Event-ID") or request.GET.get("after", "")
    listener = Listener(session_key=key, audience=audience, tell=straight(request))
    response = StreamingHttpResponse(messages(hub, listener, after), content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


def refusal(status: int, code: str, message: str) -> JsonResponse:
    """An answer in the form every door uses."""
    return JsonResponse({"code": code, "message": message, "data": {}}, status=status)


def straight(request: HttpRequest) -> Tell:
    """Sends a part of the answer past the four layers of iterators through which Django would: with hundreds of streams
    they cost as much as the sending itself."""
    send = request.scope[SEND]  # type: ignore[attr-defined]  # an ASGIRequest: the feed has no other door

    def tell(part: bytes) -> Awaitable[None]:
        sending: Awaitable[None] = send({"type": "http.response.body", "body": part, "more_body": True})
        return sending

    return tell


async def messages(hub: Hub, listener: Listener, after: str) -> AsyncIterator[bytes]:
    """What goes down one stream: greeting or what was missed, then what the listener is told of itself.

    The listener joins before the past is read, so nothing falls between the two.
    """
    hub.listeners.add(listener)
    try:
        tip = hub.last_id
        yield f"retry: {RETRY_MS}\n\n".encode()
        if after:
            async for part in past(hub, listener, after, tip):
                yield part
        elif tip:
            yield frame("hello", {}, entry_id=tip)
        await listener.serve()
        yield frame("closed", {"reason": "signed_out"})
    finally:
        hub.listeners.discard(listener)


async def past(hub: Hub, listener: Listener, after: str, tip: str) -> AsyncIterator[bytes]:
    """What the listener missed between ``after`` and ``tip``, or one explicit reset when that cannot be told."""
    try:
        if entry_key(after) >= entry_key(tip):
            # Nothing was missed, or another process was ahead of this one and nothing may be sent twice.
            await hub.must_hold(after)
            listener.after = entry_key(after)
        async for entries in hub.missed(after, tip):
            heard = [entry.frame for entry in entries if entry.heard_by(listener.audience)]
            if heard:
                yield b"".join(heard)
    except (LookupError, ValueError, RedisError, OSError):
        yield frame("reset", {"reason": "too_old"}, entry_id=hub.last_id)
