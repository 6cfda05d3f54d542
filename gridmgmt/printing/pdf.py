"""HTML templates to PDF bytes (PDF/A, fonts embedded). Run it in jobs: the first page of a process scans all fonts.

Nothing is fetched: a template may hold ``data:`` images and inline SVG, and any other address stops the rendering.
The same template and context give the same bytes on the same machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from weasyprint import HTML
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

VARIANT = "pdf/a-2u"  # for archives: every glyph embedded and readable as text


NOWHERE = "https://relative.invalid/"  # relative addresses become outside addresses, which are refused


class NoNetwork(URLFetcher):  # type: ignore[misc]  # untyped library
    """Answers addresses that carry their own content and refuses all others, files included."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols=("data",), allow_redirects=False)

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        """The content of a data address; FatalURLFetchingError for any other."""
        if not url.lower().startswith("data:"):
            raise FatalURLFetchingError(f"a printed page asked for {url.partition(':')[0]}: something")
        return super().fetch(url, headers)


def render(template: str, context: Mapping[str, Any], *, language: str = "zh-hans") -> bytes:
    """A template as PDF, in a language of the platform. Errors: FatalURLFetchingError for an outside address."""
    with translation.override(language):
        return from_html(render_to_string(template, dict(context)))


def from_html(html: str) -> bytes:
    """A whole HTML document as PDF."""
    document = HTML(string=html, base_url=NOWHERE, url_fetcher=NoNetwork())
    written: bytes = document.write_pdf(pdf_variant=VARIANT)
    return written
