"""Checks of codes that SQL cannot do (check digits, levels); each answers with a reason code, "" for good."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from geodata import codes
from geodata.errors import DomainError


def _reason(parse: Callable[[str], Any], text: str) -> str:
    try:
        parse(text)
    except DomainError as error:
        return error.code
    return ""


def area_code(text: str) -> str:
    """A county, street or community code."""
    parse = {6: codes.county_code, 9: codes.street_code, 12: codes.community_code}.get(len(text))
    return _reason(parse, text) if parse else "code_length"


def cell_code(text: str) -> str:
    """A cell code with a serial of two to four digits."""
    serial = len(text) - 12
    return _reason(lambda code: codes.cell_code(code, serial), text) if serial in {2, 3, 4} else "code_length"


CHECKS: Final[dict[str, Callable[[str], str]]] = {
    "area_code": area_code,
    "cell_code": cell_code,
    "building_code": lambda text: _reason(codes.building_code, text),
    "credit_code": lambda text: _reason(codes.parse_credit_code, text),
}
