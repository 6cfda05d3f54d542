"""Which language a page speaks: the one chosen with the switch, else the installation's own.

A browser's Accept-Language says in which language it was installed, not what its user reads; an office computer with
an English browser must still open in Chinese. The phone API and Open311 keep Django's negotiation.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.cache import patch_vary_headers

# The phone's program carries both languages.
SAME_FOR_ALL = "/m/"


def in_english() -> bool:
    """True when the page speaks English."""
    return (translation.get_language() or "").startswith("en")


def in_language(row: Any, column: str = "name") -> str:
    """A text column of a row in the page's language: Chinese, or English where there is one."""
    english = getattr(row, f"{column}_en", "") if in_english() else ""
    return str(english or getattr(row, column))


class PageLanguage(LocaleMiddleware):
    """Django's language choice without the guess from Accept-Language on pages."""

    def process_request(self, request: HttpRequest) -> None:
        """Activates the cookie's language, the installation's language, or (API, Open311) the negotiated one."""
        if (
            request.path.startswith(("/api/", "/open311/"))
            or settings.LANGUAGE_COOKIE_NAME in request.COOKIES
        ):
            super().process_request(request)
            return
        translation.activate(settings.LANGUAGE_CODE)
        request.LANGUAGE_CODE = translation.get_language()

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Says by what an answer differs: the API's by the language asked for, a page's by the cookie. The phone's program is
        the same for everybody: a difference named there would make browsers pass over what they took along."""
        if request.path.startswith("/api/"):
            return super().process_response(request, response)
        response.headers.setdefault("Content-Language", translation.get_language())
        if not request.path.startswith(SAME_FOR_ALL):
            patch_vary_headers(response, ("Cookie",))
        return response
