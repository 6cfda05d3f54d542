"""When everybody's network is back at once: what waited too long before a thread had time is asked to come again.

The proxy writes down when it passed a request on (X-Queued-At, the clock of the same machine). What a phone's queue sends
and what stood behind others for longer than its kind may is answered 429 with a scattered Retry-After, at next to no cost. So the
line in front of the threads stays some seconds long: no phone gives up on a request that is worked on nevertheless, and pages
still open. Photos of a report that was let in may wait longer than the next report, so that what was begun is finished first.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.decorators import sync_and_async_middleware
from django.utils.translation import gettext_noop as _

from geodata.errors import DomainError
from mobile_api.errors import answer_error
from mobile_api.reading import drain

QUEUED_AT = "HTTP_X_QUEUED_AT"
API, PHOTOS = "/api/v1/", "/api/v1/photos/"
# What the queue of a phone sends by itself and keeps until it is taken (map_ui/phone/queue.js); nobody looks on meanwhile.
SENT = (
    "/api/v1/reports/",
    PHOTOS,
    "/api/v1/device/queue",
    "/api/v1/amendments/",
    "/api/v1/cases/",
)
READING = frozenset({"GET", "HEAD", "OPTIONS"})
MOST_WAIT_S, PHOTO_MOST_WAIT_S = 2.0, 8.0
COME_AGAIN_S = (5, 20)


@sync_and_async_middleware
def crowd_door(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Middleware that answers 429 to what a phone sends by itself and what has waited too long; all else passes on."""
    if iscoroutinefunction(get_response):
        return get_response

    def answer(request: HttpRequest) -> Any:
        return come_again(request) if too_late(request, time.time()) else get_response(request)

    return answer


def too_late(request: HttpRequest, now: float) -> bool:
    """Whether a request that may come again has waited longer than its kind may (seconds since 1970)."""
    since = request.META.get(QUEUED_AT)
    path = request.path_info
    if since is None or not path.startswith(API) or request.method in READING or not path.startswith(SENT):
        return False
    try:
        waited = now - float(since)
    except ValueError:
        return False
    return waited > (PHOTO_MOST_WAIT_S if path.startswith(PHOTOS) else MOST_WAIT_S)


def come_again(request: HttpRequest) -> HttpResponse:
    """429 in the phone's language. The body is read first: else the phone would meet a broken connection instead."""
    drain(request)
    language = translation.get_language_from_request(request)
    with translation.override(language):
        response = answer_error(crowded(), request)
    response.headers["Content-Language"] = language
    return response


def crowded() -> DomainError:
    """The error; how long to stay away is different for each."""
    return DomainError(
        code="crowded",
        status=429,
        message=_("Many phones are sending at once. Nothing was lost; this one tries again by itself."),
        data={"retry_after_s": random.randint(*COME_AGAIN_S)},  # noqa: S311 - scatter, not a secret
    )
