"""The outermost layer: errors become clear answers, never a trace; what is private is never cached."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.db import DataError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext
from psycopg_pool import PoolTimeout

from geodata.errors import DomainError

logger = logging.getLogger("gridmgmt.requests")
COME_AGAIN_S = (4, 12)  # everybody met the same outage; they shall not come back in the same second
DATABASE_AWAY = (OperationalError, InterfaceError, PoolTimeout)
CONTROL_CHARACTER = DomainError(
    code="text_control_character", message="The text contains a control character."
)
WRONG_METHOD = DomainError(
    code="method_not_allowed",
    status=405,
    message="This address answers no such request; open the page it belongs to.",
)
ISOLATION = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), camera=(self)",
}


def wants_json(request: HttpRequest) -> bool:
    """True for the API, tiles and script requests; pages get HTML."""
    return request.path.startswith(
        ("/api/", "/tiles/", "/feed")
    ) or "application/json" in request.headers.get("Accept", "")


def unavailable() -> HttpResponse:
    """503 with a scattered Retry-After: the database is away; nothing was written and the same request may be sent again."""
    return JsonResponse(
        {
            "code": "temporarily_unavailable",
            "message": gettext("Temporarily unavailable. Nothing was lost; try again."),
            "data": {},
        },
        status=503,
        headers={"Retry-After": str(random.randint(*COME_AGAIN_S))},  # noqa: S311 - scatter, not a secret
    )


def answer_error(request: HttpRequest, error: Exception) -> HttpResponse | None:
    """The answer to an exception a view let through; None leaves it to Django (500 page, log)."""
    if isinstance(error, DomainError):
        if wants_json(request):
            return JsonResponse(error.as_dict(), status=error.status)
        return render(request, "error.html", {"error": error.as_dict()}, status=error.status)
    if isinstance(error, DATABASE_AWAY):
        logger.warning("database away", extra={"path": request.path, "error": type(error).__name__})
        return unavailable()
    if isinstance(error, DataError) and "NUL" in str(error):
        # No page of ours sends one, and PostgreSQL cannot hold it: in whatever field, address or cookie it came.
        return JsonResponse(CONTROL_CHARACTER.as_dict(), status=CONTROL_CHARACTER.status)
    return None


def answer_wrong_method(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Django's 405 has no body; whoever opens the address of a button in a tab gets words and the way back."""
    if response.status_code != WRONG_METHOD.status or response.streaming or response.content:
        return response
    answer = answer_error(request, WRONG_METHOD)
    if answer is None:
        return response
    answer.headers["Allow"] = response.headers.get("Allow", "")
    return answer


def finish(response: HttpResponse) -> HttpResponse:
    """Headers that every answer carries."""
    for name, value in ISOLATION.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    return response


class ErrorAnswers:
    """Outermost middleware: turns domain errors and a lost database into answers, adds headers to every answer."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        """The finished answer, or a coroutine of it under ASGI."""
        return self.answer_async(request) if self.is_async else self.answer(request)

    def answer(self, request: HttpRequest) -> HttpResponse:
        """The finished answer under WSGI."""
        return finish(answer_wrong_method(request, self.get_response(request)))

    async def answer_async(self, request: HttpRequest) -> HttpResponse:
        """The finished answer under ASGI."""
        return finish(answer_wrong_method(request, await self.get_response(request)))

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Django calls this with what a view raised."""
        return answer_error(request, error)
