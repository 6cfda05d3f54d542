"""QR codes as pictures that stand in a page."""

from __future__ import annotations

import io

import segno
from django.utils.safestring import SafeString, mark_safe


def code_of(text: str, *, title: str) -> SafeString:
    """A text as QR code, an SVG picture named ``title``."""
    picture = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        picture, kind="svg", xmldecl=False, svgns=False, scale=5, dark="#000", light="#fff", title=title
    )
    return mark_safe(picture.getvalue().decode())  # noqa: S308 - segno's own drawing; it escapes the title
