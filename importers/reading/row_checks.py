"""Checks of a row as a whole, in the limited process: sex and birth date against the ID number, life state, address.

A check takes the values of the fields (canonical where the readers could), the reasons why others are none, and may
change both: what an ID number says fills what is missing, with a note.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from geodata import codes
from geodata.addresses.parse import Address, parse
from geodata.errors import DomainError
from importers.reading import values
from importers.reading.labels import UnreadableError
from importers.reading.values import How

HEAD: Final = "02"
RESIDENT: Final = "111"
# Residence permits of Hong Kong, Macao and Taiwan people and of foreigners have numbers of the same build.
_BUILT_ALIKE: Final = frozenset({"", RESIDENT, "113", "554"})
_COMPONENT: Final = re.compile(r"[0-9]{16}", re.ASCII)
_CLASS_DIGITS: Final = {"2+2+6": 4, "2+3+5": 5}
_PLAIN_NUMBER: Final = re.compile(r"[0-9A-Za-z一二三四五六七八九十-]{1,6}")
_UNITS: Final = (("building", "栋"), ("entrance", "单元"), ("floor", "层"), ("room", "室"))


@dataclass(slots=True)
class Row:
    """One row: texts by field, reasons by field, notes."""

    values: dict[str, str]
    bad: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def get(self, name: str) -> str:
        """The value of a field that could be read, else ""."""
        return "" if name in self.bad else self.values.get(name, "")


def person(row: Row, how: How) -> None:
    """Everything about a person's row that several of its columns say together."""
    _number(row, how)
    _against_number(row)
    _household(row)
    _life(row)
    whole_address(row, how)


def whole_address(row: Row, _how: How) -> None:
    """One text of an address that is spread over columns. Reasons about it belong to the address."""
    text, parts = row.values.get("address", ""), [(name, row.values.get(name, "")) for name, _ in _UNITS]
    estate = row.values.get("estate", "")
    if values.says_nothing(text):
        text = ""
    if estate and not values.says_nothing(estate) and estate not in text:
        text = estate + text
    if any(part for _, part in parts):
        known = _parsed(text)
        if not known.room:
            text += "".join(
                _with_unit(part, dict(_UNITS)[name])
                for name, part in parts
                if part and not values.says_nothing(part) and not _known_part(known, name)
            )
    row.values["address"] = text


def component(row: Row, _how: How) -> None:
    """The code of a component holds its class; where the serial begins only the class or the layout tells."""
    code, class_code, layout = (row.get(name) for name in ("code", "class_code", "layout"))
    if _COMPONENT.fullmatch(code) is None:
        return
    if layout not in _CLASS_DIGITS:
        layout = next((name for name, digits in _CLASS_DIGITS.items() if digits == len(class_code)), "")
    if not layout:
        row.bad["class_code"] = "component_layout_unsaid"
        return
    try:
        held = codes.component_code(code, codes.ComponentScheme(layout)).class_code
    except DomainError as error:
        row.bad["code"] = error.code
        return
    if not class_code:
        row.values["class_code"] = held
        row.notes.append("taken_from_code:class_code")
    elif class_code != held:
        row.bad["class_code"] = "class_against_code"


def care(row: Row, _how: How) -> None:
    """The days of a membership in their order."""
    since, until = row.get("valid_from"), row.get("valid_to")
    if since and until and until < since:
        row.bad["valid_to"] = "until_before_from"


ROW_CHECKS: Final[dict[str, Callable[[Row, How], None]]] = {
    "person": person,
    "dwelling": whole_address,
    "component": component,
    "care": care,
}


def _number(row: Row, how: How) -> None:
    text = row.values.get("id_no", "")
    if values.says_nothing(text):
        row.values["id_no"] = ""
        return
    if not text:
        return
    kind = row.get("id_type")
    try:
        if kind in _BUILT_ALIKE:
            row.values["id_no"] = values.id_number(text, how)
            row.notes += [f"{note}:id_no" for note in how.notes]
            how.notes.clear()
        else:
            row.values["id_no"] = values.other_number(text)
    except UnreadableError as error:
        row.bad["id_no"] = error.code


def _against_number(row: Row) -> None:
    """Sex and birth date as the number says them."""
    number = row.get("id_no")
    if len(number) != 18 or row.get("id_type") not in _BUILT_ALIKE:
        return
    born = f"{number[6:10]}-{number[10:12]}-{number[12:14]}"
    if born < values.EARLIEST.isoformat():
        row.bad["id_no"] = "id_birth_date"
        return
    if row.bad.get("birth_date") == "date_without_day" and born.startswith(
        values.month_of(row.values["birth_date"]) or "?"
    ):
        del row.bad["birth_date"]
        row.values["birth_date"] = ""
    if not row.values.get("birth_date"):
        row.values["birth_date"] = born
        row.notes.append("taken_from_id:birth_date")
    elif row.get("birth_date") and row.get("birth_date") != born:
        row.bad["birth_date"] = "birth_date_against_id"
    sex = "1" if int(number[16]) % 2 else "2"
    if row.values.get("sex", "") in {"", "0", "9"} and "sex" not in row.bad:
        row.values["sex"] = sex
        row.notes.append("taken_from_id:sex")
    elif row.get("sex") and row.get("sex") != sex:
        row.bad["sex"] = "sex_against_id"


def _household(row: Row) -> None:
    if (
        row.get("relation") == HEAD
        and row.get("head_id")
        and row.get("id_no") not in {"", row.get("head_id")}
    ):
        row.bad["head_id"] = "head_is_somebody_else"


def _life(row: Row) -> None:
    """Life state and since when, from flags and days; nothing said means present."""
    state, since = "", ""
    for name, meant in (("moved_out", "moved_out"), ("dead", "dead")):
        flag, day = row.get(name), row.get(f"{name}_on")
        if flag == "0" and day:
            row.bad[f"{name}_on"] = "flag_against_date"
        elif flag == "1" or day:
            state, since = meant, day
    born = row.get("birth_date")
    for name in ("moved_in_on", "moved_out_on", "dead_on"):
        if born and row.get(name) and row.get(name) < born:
            row.bad[name] = "date_before_birth"
    row.values["life_state"], row.values["left_on"] = state, since


@functools.lru_cache(maxsize=4096)
def _parsed(text: str) -> Address:
    return parse(text)


def _with_unit(part: str, unit: str) -> str:
    plain = unicodedata.normalize("NFKC", part)
    return plain + unit if _PLAIN_NUMBER.fullmatch(plain) else plain


def _known_part(known: Address, name: str) -> bool:
    return (known.floor is not None) if name == "floor" else bool(getattr(known, name))
