"""Relations to the head of a household (GB/T 4761) that forms offer; imports may bring the finer ones."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from geodata.models.household import HEAD
from gridmgmt.registers.errors import refusal

OFFERED: Final[dict[str, Promise]] = {
    HEAD: _("head of household"),
    "10": _("spouse"),
    "11": _("husband"),
    "12": _("wife"),
    "20": _("son"),
    "28": _("son-in-law"),
    "30": _("daughter"),
    "38": _("daughter-in-law"),
    "40": _("grandchild"),
    "50": _("parent"),
    "51": _("father"),
    "52": _("mother"),
    "53": _("husband's father"),
    "54": _("husband's mother"),
    "55": _("wife's father"),
    "56": _("wife's mother"),
    "60": _("grandparent"),
    "70": _("brother or sister"),
    "97": _("other relative"),
    "99": _("not related"),
}


def checked(code: str, *, member: bool = True) -> str:
    """The code. Errors: relation_unknown; one_head_only when a member's relation is asked for."""
    if code == HEAD and member:
        raise refusal("one_head_only")
    if not (len(code) == 2 and code.isascii() and code.isdigit() and ("10" <= code <= "99" or code == HEAD)):
        raise refusal("relation_unknown", relation=code[:4])
    return code
