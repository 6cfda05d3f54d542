"""Small named conversions that a profile may use on a value; each takes and gives text ("" means nothing)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

_NUMBER: Final = re.compile(r"[-+]?\d+(?:\.\d+)?")


_MOST_LEVELS: Final = 100


def tilezen_levels(text: str) -> str:
    """Storeys from a Tilezen height, which is 3 m a storey plus 2 m when no height was mapped; else nothing.

    Towers higher than a hundred such storeys have a surveyed height, from which no storeys can be told."""
    try:
        height = float(text)
    except ValueError:
        return ""
    levels = (height - 2) / 3
    return str(int(levels)) if 1 <= levels <= _MOST_LEVELS and levels.is_integer() else ""


def first_number(text: str) -> str:
    """The first number in a text: ``"12 m"`` → ``"12"``."""
    match = _NUMBER.search(text)
    return match.group() if match else ""


def whole(text: str) -> str:
    """A number rounded down to a whole one: storeys given as ``"2.5"`` are two."""
    number = first_number(text)
    return str(int(float(number))) if number else ""


def positive(text: str) -> str:
    """A number, or nothing when it is zero or less."""
    number = first_number(text)
    return number if number and float(number) > 0 else ""


def lower(text: str) -> str:
    """Lower case."""
    return text.lower()


def digits(text: str) -> str:
    """Only the digits."""
    return "".join(character for character in text if character.isascii() and character.isdigit())


RULES: Final[dict[str, Callable[[str], str]]] = {
    "tilezen_levels": tilezen_levels,
    "first_number": first_number,
    "whole": whole,
    "positive": positive,
    "lower": lower,
    "digits": digits,
}
