"""The short way in for reports: answered before sessions, cookies and page language, none of which a phone has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.decorators import sync_and_async_middleware

from mobile_api.errors import answer_error
from mobile_api.reading import drain
from mobile_api.views.reports import take_report

PREFIX = "/api/v1/reports/"
HEADERS = {"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin"}


@sync_and_async_middleware
def report_door(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Middleware that answers PUT /api/v1/reports/{uuid} at once; everything else, odd addresses too, passes on."""
    if iscoroutinefunction(get_response):
        return get_response

    def answer(request: HttpRequest) -> Any:
        report_id = report_of(request)
        return get_response(request) if report_id is None else put_at_door(request, report_id)

    return answer


def report_of(request: HttpRequest) -> UUID | None:
    """The report a PUT speaks of; None for every other request."""
    path = request.path_info
    if request.method != "PUT" or not path.startswith(PREFIX) or len(path) != len(PREFIX) + 36:
        return None
    try:
        return UUID(path[len(PREFIX) :])
    except ValueError:
        return None


def put_at_door(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """The manifest, or the answer to an error in the phone's language."""
    try:
        response = take_report(request, report_id)
    except Exception as error:  # noqa: BLE001 - answer_error answers what is known and logs the rest
        drain(request)
        language = translation.get_language_from_request(request)
        with translation.override(language):
            response = answer_error(error, request)
        response.headers["Content-Language"] = language
    for name, value in HEADERS.items():
        response.headers[name] = value
    return response
