"""Texts of messages: variables, length, segments. Pure: knows no database."""

from __future__ import annotations

import re
from collections.abc import Mapping

from geodata.errors import DomainError
from geodata.errors import mark as _

# Variable → an example for previews and counting. None of them holds a name, an address or a number of people.
VARIABLES = {
    "number": "YX20261120-000123",
    "category": "暴露垃圾",
    "stage": "正在处理",
    "department": "环境卫生管理站",
    "date": "2026-11-24 18:00",
    "link": "https://grid.example.org/r/0123456789abcdefghijkl",
}
PLACE = re.compile(r"\{([^{}]*)\}")
ONE_SEGMENT, SEGMENT = 70, 67
MOST_SEGMENTS = 4


def check(body: str) -> None:
    """A template's text. Errors (422): template_empty, template_variable, template_too_long."""
    if not body.strip():
        raise DomainError(code="template_empty", status=422, message=_("The template has no text."))
    unknown = sorted({name for name in PLACE.findall(body) if name not in VARIABLES})
    if unknown or "{" in PLACE.sub("", body) or "}" in PLACE.sub("", body):
        raise DomainError(
            code="template_variable",
            status=422,
            message=_("Unknown variable: %(names)s. Known are %(known)s."),
            data={"names": "、".join(unknown) or "{ }", "known": "、".join(VARIABLES)},
        )
    if segments(fill(body, VARIABLES)) > MOST_SEGMENTS:
        raise DomainError(
            code="template_too_long",
            status=422,
            message=_("The text is too long: at most %(most)s segments of a text message."),
            data={"most": MOST_SEGMENTS},
        )


def used(body: str) -> list[str]:
    """Variables a text names, in order."""
    return list(dict.fromkeys(PLACE.findall(body)))


def fill(body: str, values: Mapping[str, str]) -> str:
    """The text with its variables filled in; a value that is missing stays empty."""
    return PLACE.sub(lambda found: values.get(found[1], ""), body)


def segments(text: str) -> int:
    """How many messages a gateway bills: 70 UTF-16 units in one, 67 each when there are more (Chinese operators)."""
    units = len(text.encode("utf-16-le")) // 2
    return 1 if units <= ONE_SEGMENT else -(-units // SEGMENT)
