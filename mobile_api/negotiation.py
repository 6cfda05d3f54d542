"""What a client says it accepts decides nothing here: an address of the phone API answers in one form, a photo as a photo."""

from __future__ import annotations

from collections.abc import Iterable

from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class OneForm(BaseContentNegotiation):
    """The first renderer and parser, whatever ``Accept`` says: image/* asks for a photo and is told errors in JSON."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser:
        """Bodies are read by our own readers."""
        return next(iter(parsers))

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """Only refusals of the framework itself are rendered by it."""
        first = next(iter(renderers))
        return first, first.media_type or ""
