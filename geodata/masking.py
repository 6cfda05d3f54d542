"""Masked forms of personal values, for lists and pages. A value of unknown form is masked whole, never shown."""

from __future__ import annotations

import re

_MIDDLE = "*"
_PHONE_LANDLINE = re.compile(r"(0[0-9]{2,3})-?([0-9]{3,4})([0-9]{4})", re.ASCII)
_PHONE_MOBILE = re.compile(r"1[0-9]{10}", re.ASCII)
_ID = re.compile(r"[0-9]{14}[0-9]|[0-9]{17}[0-9Xx]", re.ASCII)


def mask_id(number: str) -> str:
    """`440104********1234`: area and the last four stay; birth date and order go."""
    if _ID.fullmatch(number) is None:
        return _MIDDLE * len(number)
    return f"{number[:6]}{_MIDDLE * (len(number) - 10)}{number[-4:]}"


def mask_phone(number: str) -> str:
    """`138****5678`, `020-****1234`; anything else keeps only its last two characters, short ones nothing."""
    if _PHONE_MOBILE.fullmatch(number):
        return f"{number[:3]}****{number[-4:]}"
    if match := _PHONE_LANDLINE.fullmatch(number):
        return f"{match[1]}-{_MIDDLE * len(match[2])}{match[3]}"
    shown = 2 if len(number) >= 7 else 0
    return _MIDDLE * (len(number) - shown) + number[len(number) - shown :]


def mask_name(name: str) -> str:
    """`王*明`, `王*`, `欧**娜`: first and last character stay, of two only the first, of one nothing."""
    name = name.strip()
    if len(name) <= 2:
        return name[:1] + _MIDDLE if len(name) == 2 else _MIDDLE * len(name)
    return name[0] + _MIDDLE * (len(name) - 2) + name[-1]
