"""Numbers that name people and organisations: resident IDs (GB 11643), credit codes (GB 32100), telephones.

Errors never carry the value, only where it is wrong.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from operator import mul

from geodata.errors import DomainError
from geodata.errors import mark as _
from geodata.place_codes import FICTITIOUS_PROVINCE, PROVINCES


class IdKind(StrEnum):
    """Which document a number of eighteen characters belongs to."""

    RESIDENT = "resident"
    HONG_KONG_PERMIT = "hong_kong_permit"
    MACAO_PERMIT = "macao_permit"
    TAIWAN_PERMIT = "taiwan_permit"
    FOREIGN_RESIDENT = "foreign_resident"
    FICTITIOUS = "fictitious"


class Sex(StrEnum):
    """What the seventeenth digit says: odd is male."""

    MALE = "male"
    FEMALE = "female"


@dataclass(frozen=True, slots=True)
class IdNumber:
    """A checked number in its 18-character form; `area` is its first six digits, `was_15` says it was upgraded."""

    number: str
    kind: IdKind
    area: str
    birth_date: date
    sex: Sex
    was_15: bool


@dataclass(frozen=True, slots=True)
class CreditCode:
    """A checked unified social credit code and its parts."""

    code: str
    registrar: str
    category: str
    area: str
    organisation: str


class PhoneKind(StrEnum):
    """Forms of telephone numbers."""

    MOBILE = "mobile"
    LANDLINE = "landline"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Phone:
    """A telephone: `13812345678`, `020-83331234`, `400-810-0000`; `extension` digits or empty."""

    number: str
    kind: PhoneKind
    extension: str = ""


_ID_18 = re.compile(r"[0-9]{17}[0-9X]", re.ASCII)
_ID_15 = re.compile(r"[0-9]{15}", re.ASCII)
_SCIENTIFIC = re.compile(r"[0-9](\.[0-9]+)?E\+?1[0-9]", re.ASCII)
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
# The sum runs over character codes; what their zero adds is taken off once.
_ID_ZERO = ord("0") * sum(_ID_WEIGHTS)
_PERMITS = {
    "810000": IdKind.HONG_KONG_PERMIT,
    "820000": IdKind.MACAO_PERMIT,
    "830000": IdKind.TAIWAN_PERMIT,
}
_ISSUING_PROVINCES = PROVINCES - {"71", "81", "82"}
_EARLIEST_BIRTH = 1850
_ODD = frozenset("13579")

_CREDIT = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}", re.ASCII)
_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_VALUES = {char: value for value, char in enumerate(_CREDIT_ALPHABET)}
_CREDIT_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))

_MOBILE = re.compile(r"1[0-9]{10}", re.ASCII)
_LANDLINE = re.compile(r"(0(?:10|2[0-9]|[3-9][0-9]{2}))-?([2-9][0-9]{6,7})", re.ASCII)
_SERVICE_10 = re.compile(r"([48]00)-?([0-9]{3})-?([0-9]{4})", re.ASCII)
_SERVICE_SHORT = re.compile(r"1[12][0-9]{1,3}|9[56][0-9]{3,6}|100[0-9]{2}", re.ASCII)
_LOCAL = re.compile(r"[2-9][0-9]{6,7}", re.ASCII)
_EXTENSION = re.compile(r"(.+?)(?:转|ext\.?|x|#|-(?=[0-9]{1,6}$))([0-9]{1,6})", re.ASCII | re.IGNORECASE)


def check_digit(first_17: str) -> str:
    """The eighteenth character of an ID number (ISO 7064 mod 11-2, GB 11643 §4). Seventeen ASCII digits."""
    return _ID_CHECKS[(sum(map(mul, first_17.encode("ascii"), _ID_WEIGHTS)) - _ID_ZERO) % 11]


def parse_id_number(text: str, *, today: date | None = None) -> IdNumber:
    """A resident ID or residence permit, 18 or old 15 digits. With `today` a later birth date is refused.

    Errors: id_length, id_not_digits, id_digits_lost (a spreadsheet rounded it), id_area_unknown, id_birth_date,
    id_check_digit."""
    number = text if len(text) == 18 and text.isascii() else _plain(text)
    was_15 = len(number) == 15
    if was_15:
        number = upgrade_15(number)
    if _ID_18.fullmatch(number) is None:
        number = number.upper()
        if _ID_18.fullmatch(number) is None:
            raise _id_form_error(number)
    if _ID_CHECKS[(sum(map(mul, number.encode(), _ID_WEIGHTS)) - _ID_ZERO) % 11] != number[17]:
        raise _error("id_check_digit", _("The check character of the ID number is wrong."))
    area = number[:6]
    born = _birth_date(number[6:14], today)
    sex = Sex.MALE if number[16] in _ODD else Sex.FEMALE
    return IdNumber(number, _id_kind(area), area, born, sex, was_15)


def upgrade_15(text: str) -> str:
    """The 18-character form of a number from before 1999: century 19 and the check character. Error: id_not_digits."""
    if _ID_15.fullmatch(text) is None:
        raise _error("id_not_digits", _("An ID number has digits, and at most an X at the end."))
    body = f"{text[:6]}19{text[6:]}"
    return body + check_digit(body)


def parse_credit_code(text: str) -> CreditCode:
    """A unified social credit code. Errors: credit_code_length, credit_code_form, credit_code_check."""
    code = _plain(text).upper()
    if len(code) != 18:
        raise _error("credit_code_length", _("A social credit code has 18 characters."))
    if _CREDIT.fullmatch(code) is None:
        raise _error("credit_code_form", _("The social credit code has a character that it cannot have."))
    if credit_check(code[:17]) != code[17]:
        raise _error("credit_code_check", _("The check character of the social credit code is wrong."))
    return CreditCode(code, code[0], code[1], code[2:8], code[8:17])


def credit_check(first_17: str) -> str:
    """The eighteenth character of a social credit code (GB 32100 §4.6)."""
    total = sum(map(mul, map(_CREDIT_VALUES.__getitem__, first_17), _CREDIT_WEIGHTS))
    return _CREDIT_ALPHABET[-total % 31]


def parse_phone(text: str, *, area_code: str = "") -> Phone:
    """A telephone of the mainland in any common writing. `area_code` ("020") completes local numbers.

    The mobile form is loose (1 and ten digits): ranges are added every year. Errors: phone_form,
    phone_area_code_missing."""
    compact = (
        re.sub(r"[\s()\[\].·/_]", "", unicodedata.normalize("NFKC", text)).replace("—", "-").replace("–", "-")
    )
    compact = re.sub(r"^(\+|00)86-?", "", compact)
    whole = _phone(compact, area_code)
    if whole is not None:
        return whole
    extended = _EXTENSION.fullmatch(compact)
    main = _phone(extended[1].rstrip("-"), area_code) if extended else None
    if extended is None or main is None:
        raise _error("phone_form", _("This is no telephone number."))
    return Phone(main.number, main.kind, extended[2])


def _phone(compact: str, area_code: str) -> Phone | None:
    digits = compact.replace("-", "")
    if _MOBILE.fullmatch(digits):
        return Phone(digits, PhoneKind.MOBILE)
    if match := _LANDLINE.fullmatch(compact):
        return Phone(f"{match[1]}-{match[2]}", PhoneKind.LANDLINE)
    if match := _SERVICE_10.fullmatch(compact):
        return Phone("-".join(match.groups()), PhoneKind.SERVICE)
    if _SERVICE_SHORT.fullmatch(compact):
        return Phone(compact, PhoneKind.SERVICE)
    if _LOCAL.fullmatch(digits) and "-" not in compact[:3]:
        if not area_code:
            raise _error("phone_area_code_missing", _("The telephone number lacks its area code."))
        return _phone(f"{area_code}-{digits}", "")
    return None


def _plain(text: str) -> str:
    """Half-width, without the blanks people put between groups."""
    if not isinstance(text, str):
        raise _error("id_not_digits", _("An ID number has digits, and at most an X at the end."))
    return re.sub(r"[\s'’]", "", unicodedata.normalize("NFKC", text))


def _id_form_error(number: str) -> DomainError:
    if _SCIENTIFIC.fullmatch(number.upper()):
        return _error("id_digits_lost", _("A spreadsheet turned the ID number into a rounded number."))
    if len(number) != 18:
        return DomainError(
            code="id_length",
            message=_("An ID number has 18 characters, or 15 before 1999; this one has %(length)s."),
            data={"length": len(number)},
        )
    return _error("id_not_digits", _("An ID number has digits, and at most an X at the end."))


def _birth_date(digits: str, today: date | None) -> date:
    try:
        born = date.fromisoformat(digits)
    except ValueError:
        raise _impossible_birth() from None
    if born.year < _EARLIEST_BIRTH or (today is not None and born > today):
        raise _impossible_birth()
    return born


def _impossible_birth() -> DomainError:
    return _error("id_birth_date", _("The ID number holds an impossible birth date."))


def _id_kind(area: str) -> IdKind:
    if area in _PERMITS:
        return _PERMITS[area]
    if area[:2] in _ISSUING_PROVINCES:
        return IdKind.RESIDENT
    if area[0] == "9" and area[1:3] in PROVINCES:
        return IdKind.FOREIGN_RESIDENT
    if area[:2] == FICTITIOUS_PROVINCE:
        return IdKind.FICTITIOUS
    raise _error("id_area_unknown", _("The ID number begins with an area that does not exist."))


def _error(code: str, message: str) -> DomainError:
    return DomainError(code=code, message=message)
