"""Every failure of the API in one shape: {"code", "message", "data"}; the message in the language asked for."""

from __future__ import annotations

import logging
import random
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.core.signals import got_request_exception
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.utils.translation import gettext_noop as _
from django.views.decorators.csrf import csrf_exempt
from pydantic import ValidationError
from pydantic_core import to_json
from rest_framework import exceptions as drf

from geodata.errors import DomainError
from gridmgmt.cases.report_body import body_error
from gridmgmt.middleware import DATABASE_AWAY, unavailable

logger = logging.getLogger("mobile_api")

KNOWN: tuple[tuple[type[Exception], int, str, str], ...] = (
    (drf.NotAuthenticated, 401, "token_missing", _("Sign in first.")),
    (drf.AuthenticationFailed, 401, "token_unknown", _("Sign in first.")),
    (drf.PermissionDenied, 403, "not_permitted", _("You may not do this.")),
    (PermissionDenied, 403, "not_permitted", _("You may not do this.")),
    (drf.NotFound, 404, "not_found", _("There is nothing at this address.")),
    (Http404, 404, "not_found", _("There is nothing at this address.")),
    (drf.MethodNotAllowed, 405, "method_not_allowed", _("This address does not take that method.")),
    (drf.NotAcceptable, 406, "not_acceptable", _("This address answers in JSON only.")),
    (drf.UnsupportedMediaType, 415, "media_type_unsupported", _("Send JSON (application/json).")),
    (drf.ParseError, 400, "body_not_json", _("The body is not JSON.")),
    (RequestDataTooBig, 413, "body_too_large", _("The body is too large.")),
    (UnreadablePostError, 400, "body_cut", _("The connection ended before the body was complete.")),
    (drf.Throttled, 429, "too_many_requests", _("Too many attempts. Wait a little and try again.")),
)


def answer_exception(error: Exception, context: dict[str, Any]) -> HttpResponse:
    """The framework's exception handler."""
    view = context.get("view")
    allowed = getattr(view, "allowed_methods", None)
    return answer_error(error, context.get("request"), allowed=allowed)


def answer_error(error: Exception, request: Any = None, *, allowed: list[str] | None = None) -> HttpResponse:
    """The answer to any exception; what nobody foresaw is logged and answered 500 without a word about its cause."""
    if isinstance(error, DATABASE_AWAY):
        return unavailable()
    if isinstance(error, ValidationError):
        error = body_error(error)
    if not isinstance(error, DomainError):
        error = known_error(error) or unforeseen(error, request)
    response = HttpResponse(to_json(error.as_dict()), content_type="application/json", status=error.status)
    if error.status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="grid"'
    if error.status == 405 and allowed:
        response["Allow"] = ", ".join(allowed)
    if error.status in {429, 503, 507}:
        response["Retry-After"] = str(retry_after_s(error))
    return response


def known_error(error: Exception) -> DomainError | None:
    """The framework's own errors in our words."""
    for kind, status, code, message in KNOWN:
        if isinstance(error, kind):
            wait = getattr(error, "wait", None)
            data = {"retry_after_s": round(wait)} if wait else {}
            return DomainError(code=code, status=status, message=message, data=data)
    if isinstance(error, drf.APIException):
        return DomainError(
            code="bad_request", status=error.status_code, message=_("The request is not valid.")
        )
    return None


def unforeseen(error: Exception, request: Any) -> DomainError:
    """A fault of ours: into the log with its trace, and to whoever listens for request exceptions."""
    raw: HttpRequest | None = getattr(request, "_request", request)
    logger.error("request failed", exc_info=error, extra={"path": getattr(raw, "path", "")})
    got_request_exception.send(sender=answer_error, request=raw)
    return DomainError(code="internal_error", status=500, message=_("Something went wrong on the server."))


def retry_after_s(error: DomainError) -> int:
    """Seconds to wait, scattered so that a crowd of phones does not come back in the same second."""
    least = int(error.data.get("retry_after_s", 3))
    return least + random.randint(0, max(3, least // 2))  # noqa: S311 - scatter, not a secret


@csrf_exempt
def not_found(request: HttpRequest, **rest: Any) -> HttpResponse:
    """Any address below /api/ that is none."""
    return answer_error(Http404(), request)
