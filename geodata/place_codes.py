"""Codes of places and components: areas, cells, buildings, city components. Text always, read left to right.

county 6 (GB/T 2260) → street 9 (GB/T 10114) → community 12 (statistical code) → cell 14–16; building = community + 5.
A code that begins with another lies inside it. Province 00 is nobody's: it marks fictitious places.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from geodata.errors import DomainError
from geodata.errors import mark as _

CELL_DIGITS = 3
"""Digits of a cell's serial where the caller names no other (settings.GRID_CELL_DIGITS)."""

FICTITIOUS_PROVINCE = "00"

PROVINCES = frozenset(
    str(province)
    for province in (
        *range(11, 16),
        21,
        22,
        23,
        *range(31, 38),
        *range(41, 47),
        *range(50, 55),
        *range(61, 66),
        71,
        81,
        82,
    )
)
"""GB/T 2260, first two digits."""

# Cities without counties put their streets directly below: Jiayuguan, Dongguan, Zhongshan, Sansha, Danzhou.
_UNDIVIDED_CITIES = frozenset({"620200", "441900", "442000", "460300", "460400"})
_DIGITS = re.compile(r"[0-9]+", re.ASCII)


class Level(StrEnum):
    """What a code names, from the whole to the part."""

    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    STREET = "street"
    COMMUNITY = "community"
    CELL = "cell"
    BUILDING = "building"


class StreetKind(StrEnum):
    """What the three street digits say (GB/T 10114)."""

    SUBDISTRICT = "subdistrict"
    TOWN = "town"
    TOWNSHIP = "township"
    QUASI = "quasi"


class CommunityKind(StrEnum):
    """What the three community digits say (statistical division codes; 601 and above: merged communities)."""

    RESIDENTS = "residents"
    VILLAGERS = "villagers"
    QUASI_RESIDENTS = "quasi_residents"
    QUASI_VILLAGERS = "quasi_villagers"
    MERGED = "merged"


class ComponentScheme(StrEnum):
    """How the ten digits after the county are cut: major, minor, serial. The digits alone do not tell."""

    MINOR_2 = "2+2+6"
    MINOR_3 = "2+3+5"


@dataclass(frozen=True, slots=True)
class CellCode:
    """A cell's code cut into its community and serial."""

    code: str
    community: str
    serial: int


@dataclass(frozen=True, slots=True)
class BuildingCode:
    """A building's code cut into its community and serial."""

    code: str
    community: str
    serial: int


@dataclass(frozen=True, slots=True)
class ComponentCode:
    """A component's code; `class_code` is major + minor as the catalogue has it."""

    code: str
    county: str
    class_code: str
    serial: int
    scheme: ComponentScheme


_LENGTHS = {2: Level.PROVINCE, 4: Level.CITY, 6: Level.COUNTY, 9: Level.STREET, 12: Level.COMMUNITY}
_STREET_KINDS = (
    (range(1, 100), StreetKind.SUBDISTRICT),
    (range(100, 200), StreetKind.TOWN),
    (range(200, 400), StreetKind.TOWNSHIP),
    (range(400, 600), StreetKind.QUASI),
)
_COMMUNITY_KINDS = (
    (range(1, 200), CommunityKind.RESIDENTS),
    (range(200, 400), CommunityKind.VILLAGERS),
    (range(400, 500), CommunityKind.QUASI_RESIDENTS),
    (range(500, 600), CommunityKind.QUASI_VILLAGERS),
    (range(601, 700), CommunityKind.MERGED),
)


def county_code(text: str) -> str:
    """A checked county code. Errors: code_not_digits, code_length, county_code_unknown."""
    code = _digits(text, 6)
    province, city, county = code[:2], code[2:4], code[4:]
    divided = county != "00" or code in _UNDIVIDED_CITIES
    if not divided or city == "00" or (province not in PROVINCES and province != FICTITIOUS_PROVINCE):
        raise _error("county_code_unknown", _("No county has this code."))
    return code


def street_code(text: str) -> str:
    """A checked street code. Errors: those of `county_code`, street_code_range."""
    code = _digits(text, 9)
    county_code(code[:6])
    street_kind(code)
    return code


def community_code(text: str) -> str:
    """A checked community code. Errors: those of `street_code`, community_code_range."""
    code = _digits(text, 12)
    street_code(code[:9])
    community_kind(code)
    return code


def street_kind(code: str) -> StreetKind:
    """Kind of a street by its digits 7–9. Error: street_code_range."""
    number = int(code[6:9])
    for numbers, kind in _STREET_KINDS:
        if number in numbers:
            return kind
    raise _error("street_code_range", _("The digits of the street must be 001 to 599."))


def community_kind(code: str) -> CommunityKind:
    """Kind of a community by its digits 10–12. Error: community_code_range."""
    number = int(code[9:12])
    for numbers, kind in _COMMUNITY_KINDS:
        if number in numbers:
            return kind
    raise _error("community_code_range", _("The digits of the community must be 001 to 599 or 601 to 699."))


def cell_code(text: str, digits: int = CELL_DIGITS) -> CellCode:
    """A checked cell code with a serial of 2 to 4 digits. Errors: those of `community_code`, cell_serial_zero."""
    if digits not in (2, 3, 4):
        raise ValueError("a cell serial has 2, 3 or 4 digits")
    code = _digits(text, 12 + digits)
    serial = int(code[12:])
    if serial == 0:
        raise _error("cell_serial_zero", _("Cells are numbered from 1."))
    return CellCode(code, community_code(code[:12]), serial)


def building_code(text: str) -> BuildingCode:
    """A checked building code. Errors: those of `community_code`, building_serial_zero."""
    code = _digits(text, 17)
    serial = int(code[12:])
    if serial == 0:
        raise _error("building_serial_zero", _("Buildings are numbered from 1."))
    return BuildingCode(code, community_code(code[:12]), serial)


def component_code(text: str, scheme: ComponentScheme = ComponentScheme.MINOR_2) -> ComponentCode:
    """A checked component code (GB/T 30428.2). Errors: those of `county_code`, component_class_zero,
    component_serial_zero."""
    code = _digits(text, 16)
    county = county_code(code[:6])
    end = 10 if scheme is ComponentScheme.MINOR_2 else 11
    class_code, serial = code[6:end], int(code[end:])
    if class_code[:2] == "00" or int(class_code[2:]) == 0:
        raise _error("component_class_zero", _("Majors and minors of components are numbered from 1."))
    if serial == 0:
        raise _error("component_serial_zero", _("Components are numbered from 1."))
    return ComponentCode(code, county, class_code, serial, scheme)


def make_cell_code(community: str, serial: int, digits: int = CELL_DIGITS) -> str:
    """The code of the cell with this serial. Errors: as `cell_code`, code_length when the serial is too big."""
    return cell_code(f"{community}{serial:0{digits}d}", digits).code


def make_building_code(community: str, serial: int) -> str:
    """The code of the building with this serial. Errors: as `building_code`."""
    return building_code(f"{community}{serial:05d}").code


def make_component_code(
    county: str, class_code: str, serial: int, scheme: ComponentScheme = ComponentScheme.MINOR_2
) -> str:
    """The code of a component of this class. Errors: as `component_code`."""
    return component_code(f"{county}{class_code}{serial:0{10 - len(class_code)}d}", scheme).code


def level_of(code: str, cell_digits: int = CELL_DIGITS) -> Level:
    """What a code or scope prefix names, by its length. Errors: code_not_digits, code_length."""
    _only_digits(code)
    if len(code) == 12 + cell_digits:
        return Level.CELL
    if len(code) == 17:
        return Level.BUILDING
    level = _LENGTHS.get(len(code))
    if level is None:
        raise _length(len(code))
    return level


def parent(code: str) -> str:
    """The code one level up; the community for cells and buildings, empty for a province. Errors: as `level_of`."""
    _only_digits(code)
    size = len(code)
    if size not in _LENGTHS and not 14 <= size <= 17:
        raise _length(size)
    return code[: max((length for length in _LENGTHS if length < size), default=0)]


def ancestors(code: str) -> list[str]:
    """All codes above, nearest first, down to the county. Errors: as `parent`."""
    found = []
    above = parent(code)
    while len(above) >= 6:
        found.append(above)
        above = parent(above)
    return found


def starts_with(code: str, prefix: str) -> bool:
    """Whether a place lies in the scope of a prefix. The prefix must end at a level, so 4401 never lets 44010 in;
    the empty prefix is the whole country."""
    return code.startswith(prefix) and (prefix == "" or len(prefix) in _LENGTHS or 14 <= len(prefix) <= 17)


def _digits(text: str, length: int) -> str:
    code = _only_digits(text)
    if len(code) != length:
        raise _length(len(code), length)
    return code


def _only_digits(text: str) -> str:
    if not isinstance(text, str) or _DIGITS.fullmatch(text) is None:
        raise _error("code_not_digits", _("A code consists of digits only."))
    return text


def _length(length: int, expected: int | None = None) -> DomainError:
    data = {"length": length} if expected is None else {"length": length, "expected": expected}
    return DomainError(code="code_length", message=_("The code has %(length)s digits."), data=data)


def _error(code: str, message: str) -> DomainError:
    return DomainError(code=code, message=message)
