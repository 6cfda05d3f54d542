"""Answers in XML and JSON as GeoReport v2 writes them: one tree, two spellings (lists named, booleans small, times with zone)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

from django.http import HttpResponse
from pydantic_core import to_json

TYPES = {"xml": "text/xml; charset=utf-8", "json": "application/json; charset=utf-8"}
# Name of a list in XML → name of one entry; JSON has the list alone.
ENTRY = {
    "services": "service",
    "service_requests": "request",
    "attributes": "attribute",
    "values": "value",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
}
# What XML 1.0 cannot hold, escaped or not.
UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def answer(form: str, root: str, content: Any, *, status: int = 200) -> HttpResponse:
    """``content`` under the name ``root``: a list becomes the spec's list, a mapping one object."""
    body = to_json(plain(content)) if form == "json" else xml(root, content)
    return HttpResponse(body, content_type=TYPES[form], status=status)


def plain(value: Any) -> Any:
    """For JSON: times as the W3C note writes them."""
    if isinstance(value, datetime):
        return when(value)
    if isinstance(value, Mapping):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(one) for one in value]
    return value


def when(value: datetime) -> str:
    """UTC to the second: 2026-11-20T02:00:00Z."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def xml(root: str, content: Any) -> bytes:
    """A document with its declaration; what is null is an empty element."""
    tree = element(root, content)
    head = b'<?xml version="1.0" encoding="utf-8"?>\n'
    body: bytes = ElementTree.tostring(tree, encoding="utf-8", xml_declaration=False)
    return head + body


def element(name: str, value: Any) -> ElementTree.Element:
    """One element with what is in it."""
    made = ElementTree.Element(name)
    if isinstance(value, Mapping):
        made.extend(element(inner, one) for inner, one in value.items())
    elif isinstance(value, Sequence) and not isinstance(value, str):
        made.extend(element(ENTRY[name], one) for one in value)
    elif value is not None:
        made.text = UNWRITABLE.sub("", text(value))
    return made


def text(value: Any) -> str:
    """A plain value as XML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return when(value) if isinstance(value, datetime) else str(value)
