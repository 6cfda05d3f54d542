"""One input box: what was typed is an ID number, a telephone, a name, initials or an address. Pure; nothing is looked up."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from geodata.errors import DomainError
from geodata.errors import mark as _
from geodata.identity import parse_id_number, parse_phone

LONGEST = 80


class AskedKind(StrEnum):
    """What was typed."""

    ID_NO = "id_no"
    PHONE = "phone"
    NAME = "name"
    INITIALS = "initials"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Asked:
    """The kind and the value in its one form (ID number of 18 signs, telephone without blanks)."""

    kind: AskedKind
    value: str


_UNSEEN = frozenset({"Cc", "Cf"})  # control signs, directions of writing, joiners: nobody types them
_DIGITS = re.compile(r"[\d\s\-+()xX]+", re.ASCII)
_ID = re.compile(r"\d{15}|\d{17}[\dXx]", re.ASCII)
_DOCUMENT = re.compile(r"[A-Za-z]{1,3}\d{6,10}", re.ASCII)
_INITIALS = re.compile(r"[A-Za-z]{2,16}", re.ASCII)
# A sign that names have seldom and addresses always; a name with it (王苑) is found by its other part.
_PLACE = re.compile(
    r"\d|[号栋幢座]|单元|大道|大街|小区|花园|公寓|新村|家园|公馆|国际|[路街巷弄苑府城](?=$|[\dA-Za-z])"
)
_BESIDE_LATIN = re.compile(r"(?<=[A-Za-z])\s+(?=[A-Za-z])")
_DOTS = re.compile(r"[•‧・･∙●．.]")


def recognise(text: str) -> Asked:
    """What somebody typed. Errors: nothing_asked, asked_too_short, asked_too_long, asked_number_unknown, and those of ID
    numbers and telephones."""
    seen = (sign for sign in unicodedata.normalize("NFKC", text) if unicodedata.category(sign) not in _UNSEEN)
    plain = "".join(seen).strip()
    if not plain:
        raise _error("nothing_asked", _("Type a name, ID number, telephone or address."))
    if len(plain) > LONGEST:
        raise _error("asked_too_long", _("That is too long to search for."))
    digits = re.sub(r"[\s\-]", "", plain)
    if _ID.fullmatch(digits):
        return Asked(AskedKind.ID_NO, parse_id_number(digits).number)
    if _DIGITS.fullmatch(plain):
        return _number(plain, digits)
    if _DOCUMENT.fullmatch(digits):
        return Asked(AskedKind.ID_NO, digits.upper())
    if _INITIALS.fullmatch(plain):
        return Asked(AskedKind.INITIALS, plain.upper())
    return _words(plain)


def _number(plain: str, digits: str) -> Asked:
    if len(digits) in (16, 17, 18, 19):
        return Asked(AskedKind.ID_NO, parse_id_number(digits).number)
    try:
        return Asked(AskedKind.PHONE, parse_phone(plain).number)
    except DomainError as error:
        if error.code != "phone_form":
            raise
        raise _error(
            "asked_number_unknown",
            _("This is neither an ID number (15 or 18 signs) nor a telephone (with its area code)."),
        ) from None


def _words(plain: str) -> Asked:
    if _PLACE.search(plain):
        return Asked(AskedKind.ADDRESS, plain)
    name = " ".join(_BESIDE_LATIN.sub("\n", plain).replace(" ", "").split("\n"))
    name = _DOTS.sub("·", name)
    if len(name) < 1 or (len(name) == 1 and name.isascii()):
        raise _error("asked_too_short", _("Type at least a surname, or two letters of the pinyin."))
    return Asked(AskedKind.NAME, name)


def _error(code: str, message: str) -> DomainError:
    return DomainError(code=code, message=message)
