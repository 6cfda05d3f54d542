"""GET /tiles/{layers}/{z}/{x}/{y}.mvt: checks address and scope, then lets geodata.tiles answer.

A map asks for dozens of tiles at once, so they pass a door of their own in front of the other middleware: sessions,
language, messages and the resolving of addresses took as long as everything else of a cached tile (measured: 490 µs
with them, 260 µs without).
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.decorators import sync_and_async_middleware
from django.views.decorators.http import require_GET

from geodata.errors import DomainError
from geodata.tiles import cache
from geodata.tiles.layers import Selection, selection, tile_at
from gridmgmt.middleware import answer_error
from gridmgmt.organisation.sessions import recent_scopes

MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
# Kept by the browser alone and asked for again each time (ETag): an edit and a withdrawn right both show at once.
CACHE_CONTROL = "private, no-cache"


PREFIX = "/tiles/"
SUFFIX = ".mvt"


@sync_and_async_middleware
def tile_door(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Middleware that answers tiles at once. The feed's process (async) serves none and passes everything on."""
    if iscoroutinefunction(get_response):
        return get_response

    def answer(request: HttpRequest) -> Any:
        path = request.path_info
        if not (path.startswith(PREFIX) and path.endswith(SUFFIX) and path.count("/") == 5):
            return get_response(request)
        response = answer_at_door(request, *path[len(PREFIX) : -len(SUFFIX)].split("/"))
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    return answer


def answer_at_door(request: HttpRequest, layers: str, z: str, x: str, y: str) -> HttpResponse:
    """The view's answer, or that to its error in the caller's language."""
    try:
        return tile(request, layers, z, x, y)
    except Exception as error:
        with translation.override(translation.get_language_from_request(request)):
            known = answer_error(request, error)
        if known is None:
            raise
        return known


@require_GET
def tile(request: HttpRequest, layers: str, z: str, x: str, y: str) -> HttpResponse:
    """A vector tile of the layers, gzip where accepted; 204 when nothing is there, 304 when it is the one known.

    400/404 for addresses that cannot be, 401 signed out, 403 nothing granted. Context alone is public.
    """
    chosen, address = selection(layers), tile_at(z, x, y)
    packed = cache.get(chosen, address, readable_prefixes(request, chosen))
    etag = f'"{packed.digest}"'
    if request.META.get("HTTP_IF_NONE_MATCH", "").removeprefix("W/") == etag:
        response = HttpResponse(status=304)
    elif not packed.content:
        response = HttpResponse(status=204)
    else:
        response = content_answer(request, packed.content)
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = CACHE_CONTROL
    response.headers["Vary"] = "Accept-Encoding, Cookie"
    return response


def content_answer(request: HttpRequest, packed: bytes) -> HttpResponse:
    """The tile as the client can read it."""
    if "gzip" in request.META.get("HTTP_ACCEPT_ENCODING", ""):
        return HttpResponse(packed, content_type=MEDIA_TYPE, headers={"Content-Encoding": "gzip"})
    return HttpResponse(zlib.decompress(packed, 31), content_type=MEDIA_TYPE)


def readable_prefixes(request: HttpRequest, chosen: Selection) -> tuple[str, ...]:
    """Code prefixes the caller may see; the session is looked at, not the user object, and at most once a second."""
    if chosen.public:
        return ()
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    scope = recent_scopes.of(key) if key else None
    if scope is None:
        raise DomainError(code="not_signed_in", message="Please sign in.", status=401)
    if not scope.place_prefixes:
        raise DomainError(
            code="nothing_granted", message="No area has been granted to this account.", status=403
        )
    return scope.place_prefixes
