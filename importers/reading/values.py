"""Readers of values that people write in many ways: dates, codes by label, names, ID numbers, telephones, yes and no.

Each takes the text and answers its one canonical form, or raises UnreadableError with a reason code. They run in the
limited process; a reason never carries the value.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from typing import Final

from geodata.errors import DomainError
from geodata.identity import parse_id_number, parse_phone
from importers.reading.labels import UnreadableError, code_of

_FULL: Final = re.compile(
    r"(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.0+)?)?)?"
)
_ISO: Final = re.compile(r"[12]\d{3}-[01]\d-[0-3]\d", re.ASCII)
_YEAR_LAST: Final = re.compile(r"(\d{1,2})[-./](\d{1,2})[-./](\d{4})")
_EIGHT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})")
_NO_DAY: Final = re.compile(r"(\d{4})(?:[-./年](\d{1,2})月?|(\d{2}))")
_YEAR: Final = re.compile(r"\d{4}年?")
_SERIAL: Final = re.compile(r"\d{4,5}(?:\.0+)?")
_LUNAR: Final = re.compile(
    r"农历|阴历|旧历|[正腊闰冬]月|初[一二三四五六七八九十]|廿|[甲乙丙丁戊己庚辛壬癸][子丑寅卯辰巳午未申酉戌亥]年"
)
EARLIEST: Final = date(1870, 1, 1)
"""Nobody of the register was born before."""
LATEST: Final = date(2200, 1, 1)
"""Nothing is planned for later."""
_SERIAL_ZERO: Final = date(1899, 12, 30)
_FIRST_SERIAL: Final = 61  # the 1st of March 1900; before it the spreadsheet's calendar is wrong
_MIDDOTS: Final = re.compile(r"[·•・‧⋅∙．]|(?<=[^\x00-\x7f])\.(?=[^\x00-\x7f])")
_COMMON_NAME: Final = re.compile("[\u4e00-\u9fff]{2,4}")
_REMARK: Final = re.compile(r"[(（【\[].*[)）】\]]")
_OTHER_NUMBER: Final = re.compile(r"[A-Z0-9()/-]{5,24}")
_MOBILE: Final = re.compile(r"1[0-9]{10}", re.ASCII)
_BETWEEN_PHONES: Final = re.compile(r"[;；,，、|\n]|(?<=\d)\s*/\s*(?=\d)|(?<=\d{7})\s+(?=[01])")
NO_ONE: Final = frozenset({"无", "没有", "/", "-", "--", "—", "空", "不详", "无号码", "n/a", "na", "none"})
_LONGEST_NOTHING: Final = max(map(len, NO_ONE))


@dataclass(slots=True)
class How:
    """What the readers of one file go by. ``serials``: bare numbers in date columns count days (workbooks)."""

    today: date
    serials: bool = False
    coded: bool = False
    area_code: str = ""
    date_style: str = ""
    """``dmy`` or ``mdy`` where a day does not begin with its year."""
    notes: list[str] = field(default_factory=list)
    """Reader's remarks on the value just read, taken by the caller."""


def day(text: str, how: How) -> str:
    """A day as YYYY-MM-DD. Reasons: date_form, date_lunar, date_without_day, date_impossible, date_out_of_range."""
    if _ISO.fullmatch(text):
        return _real(int(text[:4]), int(text[5:7]), int(text[8:]), how)
    plain = unicodedata.normalize("NFKC", text).strip()
    compact = re.sub(r"(?<=[-./年月])\s+|\s+(?=[-./年月日])", "", plain)
    if _LUNAR.search(plain):
        raise UnreadableError("date_lunar")
    if how.date_style and (last := _YEAR_LAST.fullmatch(compact)):
        at_day, at_month = (1, 2) if how.date_style == "dmy" else (2, 1)
        return _real(int(last[3]), int(last[at_month]), int(last[at_day]), how)
    found = _FULL.fullmatch(compact) or _EIGHT.fullmatch(compact)
    if found:
        return _real(int(found[1]), int(found[2]), int(found[3]), how)
    if (
        how.serials
        and _SERIAL.fullmatch(compact)
        and int(float(compact)) >= _FIRST_SERIAL
        and not _year(compact)
    ):
        moment = _SERIAL_ZERO + timedelta(days=int(float(compact)))
        how.notes.append("date_from_serial")
        return _real(moment.year, moment.month, moment.day, how)
    if _NO_DAY.fullmatch(compact) or _YEAR.fullmatch(compact):
        raise UnreadableError("date_without_day")
    raise UnreadableError("date_form")


def month_of(text: str) -> str:
    """ "YYYY-MM" (or "YYYY") of a date without its day; "" for anything else."""
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", text))
    found = _NO_DAY.fullmatch(plain)
    if found:
        return f"{found[1]}-{int(found[2] or found[3]):02d}"
    return plain[:4] if _YEAR.fullmatch(plain) else ""


def _year(text: str) -> bool:
    return len(text) == 4 and "1870" <= text <= "2100"


def _real(year: int, month: int, number: int, how: How) -> str:
    try:
        found = date(year, month, number)
    except ValueError:
        raise UnreadableError("date_impossible") from None
    if not EARLIEST <= found <= how.today:
        raise UnreadableError("date_out_of_range")
    return found.isoformat()


def name(text: str, _how: How) -> str:
    """A person's name: one middot, no blanks between Chinese signs, letters of any script. Reasons: name_character,
    name_remark."""
    if _COMMON_NAME.fullmatch(text):
        return text
    plain = "".join(unicodedata.normalize("NFKC", sign) if "！" <= sign <= "｝" else sign for sign in text)
    if _REMARK.search(plain):
        raise UnreadableError("name_remark")
    plain = _MIDDOTS.sub("·", plain)
    plain = re.sub(r"\s*·\s*", "·", re.sub(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])", "", plain)).strip("·")
    if not plain or not all(unicodedata.category(sign)[0] in "LM" or sign in "·〇 -'’." for sign in plain):
        raise UnreadableError("name_character")
    return plain


def id_number(text: str, how: How) -> str:
    """A resident ID in its 18-character form. Reasons: those of geodata.identity."""
    try:
        found = parse_id_number(text, today=how.today)
    except DomainError as error:
        raise UnreadableError(error.code) from None
    if found.was_15:
        how.notes.append("id_was_15")
    return found.number


def other_number(text: str) -> str:
    """The number of a passport or permit. Reason: id_form."""
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).upper()
    if not _OTHER_NUMBER.fullmatch(plain):
        raise UnreadableError("id_form")
    return plain


def phone(text: str, how: How) -> str:
    """The first telephone of a cell that may hold several. Reasons: phone_form, phone_area_code_missing."""
    if _MOBILE.fullmatch(text):
        return text
    parts = [part for part in _BETWEEN_PHONES.split(unicodedata.normalize("NFKC", text)) if part.strip()]
    try:
        found = [parse_phone(part, area_code=how.area_code) for part in parts or [text]]
    except DomainError as error:
        raise UnreadableError(error.code) from None
    if len(found) > 1:
        how.notes.append("phone_first_of_several")
    return found[0].number


def label(text: str, how: How, *, of: str) -> str:
    """The code of a label of one list. Reasons: those of labels.code_of."""
    return code_of(of, text, bare=how.coded)


def yes(text: str, _how: How, *, of: str = "yes") -> str:
    """ "1" or "0". Reason: value_unknown."""
    return code_of(of, text, bare=True)


def day_ahead(text: str, how: How) -> str:
    """A day that may still come. Reasons: those of ``day``."""
    return day(text, replace(how, today=LATEST))


LABELLED: Final = (
    "sex",
    "relation",
    "education",
    "marital",
    "employment",
    "document",
    "dwelling_use",
    "care_group",
    "care_level",
    "role",
)
"""Lists whose labels are read."""
READERS: Final[dict[str, Callable[[str, How], str]]] = {
    "day": day,
    "day_ahead": day_ahead,
    "name": name,
    "id_number": id_number,
    "phone": phone,
    "yes": yes,
    "collective": partial(yes, of="household"),
    **{list_name: partial(label, of=list_name) for list_name in LABELLED},
}
SELDOM_TWICE: Final = frozenset({"name", "id_number", "phone"})
"""Readers whose texts hardly repeat within a column."""


def says_nothing(text: str) -> bool:
    """True for the words and signs that people put where there is nothing."""
    return len(text) <= _LONGEST_NOTHING and _is_nothing(text)


@functools.lru_cache(maxsize=8192)
def _is_nothing(text: str) -> bool:
    return unicodedata.normalize("NFKC", text).strip().lower() in NO_ONE
