"""What was asked, in a form that may be kept: the kind, a masked form, and a key by which equal questions are found."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any

from geodata.masking import mask_id, mask_name, mask_phone
from geodata.personal import search_key

# kind of question → the column whose search key it has, how it is masked
_COLUMNS = {"id_no": "person.id_no", "phone": "person.phone"}
_NUMBER = re.compile(r"(?<![0-9])(?:[0-9]{15}|[0-9]{17}[0-9Xx]|1[0-9]{10})(?![0-9])")
KEY = "key"
CODED = frozenset({KEY, "place", "department"})
"""Parts of a question that are keys and codes of places, never text somebody wrote: a cell's code has 15 digits as well."""


def question(kind: str, value: str) -> dict[str, str]:
    """{"by", "masked", "key"}: ID numbers and telephones by their column's key, so that the person asked for can be
    matched; names, addresses and the rest by a key of their own."""
    column = _COLUMNS.get(kind, f"asked.{kind}")
    key = base64.urlsafe_b64encode(search_key(value, column=column)).decode().rstrip("=")
    return {"by": kind, "masked": _masked(kind, value), KEY: key}


def holds_number(text: str) -> bool:
    """True when a text holds what looks like an ID number or mobile telephone."""
    return _NUMBER.search(text) is not None


def refuse_numbers(value: Any) -> None:
    """ValueError when a text anywhere inside looks like an ID number or mobile telephone in clear; CODED is no text."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name not in CODED:
                refuse_numbers(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            refuse_numbers(inner)
    elif isinstance(value, str) and holds_number(value):
        raise ValueError("what was asked holds a number in clear")


def _masked(kind: str, value: str) -> str:
    if kind == "id_no":
        return mask_id(value)
    if kind == "phone":
        return mask_phone(value)
    if kind == "name":
        return mask_name(value)
    return value[:2] + "*" * max(0, min(len(value), 12) - 2)
