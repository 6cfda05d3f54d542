"""An address taken apart: road and number or estate, building, entrance, floor, room. Rules have a version.

Order (domain README part 5): one way of writing → nothing, ranges and two addresses in one cell refused → region cut
off → forms with dashes → building, entrance, floor, room from the end → road and number or estate from the front.
Nothing is guessed silently: what could be read two ways is `ambiguous` and says so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from geodata.addresses import regions
from geodata.addresses.uniform import says_nothing, uniform

RULES_VERSION = 2


class Status(StrEnum):
    """`parsed` down to a building or door number; `partial` a place without one; `refused` not one address."""

    PARSED = "parsed"
    PARTIAL = "partial"
    AMBIGUOUS = "ambiguous"
    REFUSED = "refused"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Address:
    """Parts of an address, each "" when absent; ``floor`` is a number, below ground negative.

    ``notes``: address_range, address_two, address_number_only, address_two_dashes, floor_from_room, region_cut,
    self_assigned, temporary_number, trailing_words.
    """

    raw: str
    text: str
    status: Status
    region: str = ""
    road: str = ""
    number: str = ""
    sub_number: str = ""
    estate: str = ""
    building: str = ""
    entrance: str = ""
    floor: int | None = None
    room: str = ""
    notes: tuple[str, ...] = ()
    version: int = RULES_VERSION

    @property
    def score(self) -> float:
        """How much of a door the text names, 0 to 1: place 0.4, building or door number 0.3, room 0.3."""
        place = 0.4 * bool(self.estate or self.road)
        house = 0.3 * bool(self.building or (self.road and self.number))
        return round(place + house + 0.3 * bool(self.room), 2)


RANGE = re.compile(r"\d+(?:号楼|幢|栋|号|座)?-\d+(?:号楼|幢|栋|座)(?!\d)")
TWO = re.compile(
    r"[;；/、]|(?:现|原|户籍|旧)(?:门牌|地址|址)?[为:：]?(?=.{0,12}\d+号).+(?:现|原|今)(?:为|住|址|门牌)?[:：]?.*\d+号"
)
BRACKETED = re.compile(r"[(（【\[].*?[)）】\]]")
HOUSE = r"[0-9A-Za-z]+[甲乙丙丁]?|[甲乙丙丁]|[东西南北中]"
TAIL = re.compile(
    rf"(?:(?P<self>自编)(?P<own>[0-9A-Za-z]+)(?:号楼|栋|座|号|幢)?|(?P<building>{HOUSE})(?:号楼|栋|幢|座))?"
    r"(?:(?P<entrance>[0-9A-Za-z]+|[甲乙丙丁东西])(?:单元|门|梯))?"
    r"(?:(?P<floor>-?\d{1,3})(?:层|楼)|(?:负|地下)(?P<below>\d)(?:层|楼)?|(?P<basement>[Bb]\d)(?:层|楼)?)?"
    r"(?:(?P<room>\d{1,4}(?:-\d{1,2})?[A-Za-z]?(?:房[A-Z])?|[A-Za-z]\d{1,4})(?:室|房|户|号房|号)?)?$"
)
DASHED = re.compile(
    r"(?<![\d-])(?P<first>\d{1,3}[甲乙丙丁]?)(?:号楼|栋|幢|座)?-(?P<second>\d{1,4}[A-Za-z]?)(?:-(?P<third>\d{1,4}[A-Za-z]?))?(?:室|房)?$"
)
ROAD = r".{1,14}?(?:大道|大街|横街|直街|马路|胡同|路|街(?!道)|巷|里|弄|坊|约|道(?!路))"
# A number in front of 栋 is a building's, not a door's: compounds are called like lanes (三元里3栋).
# A lane of a road ("六榕路福泉巷") keeps both names; the number is behind the last.
DOOR = re.compile(
    rf"^(?P<road>(?:{ROAD}){{1,2}})(?P<temporary>临)?(?P<number>\d+(?:-\d+)?[甲乙丙丁]?)(?!\d|号楼|栋|幢|座)号?(?P<after>[甲乙丙丁])?号?(?P<sub>(?:之|附)\d+号?)?(?P<rest>.*)$"
)
ROAD_ONLY = re.compile(rf"^(?P<road>{ROAD})(?P<rest>.*)$")
BEHIND = re.compile(r"(?:旁边?|隔壁|对面|附近|门口|门前|后面|楼下|内|侧)$")


def parse(raw: str, known: Sequence[str] = ()) -> Address:
    """The parts of one address; ``known`` are names of the places around (`regions.known_names`)."""
    if says_nothing(raw):
        return Address(raw, "", Status.NOTHING)
    text = uniform(raw)
    bare = BRACKETED.sub("", text)
    if TWO.search(bare):
        return Address(raw, text, Status.REFUSED, notes=("address_two",))
    if RANGE.search(bare):
        return Address(raw, text, Status.REFUSED, notes=("address_range",))
    region, rest = regions.strip(bare, known)
    found = Address(raw, text, Status.PARTIAL, region=region, notes=("region_cut",) if region else ())
    if re.fullmatch(r"\d+", rest):
        return _set(found, status=Status.AMBIGUOUS, number=rest, notes=(*found.notes, "address_number_only"))
    return _judged(_front(_back(found, rest)))


def _back(found: Address, rest: str) -> tuple[Address, str]:
    """Room, floor, entrance and building from the end; what is left stands in front of them."""
    trailing = BEHIND.search(rest)
    if trailing:
        found, rest = _noted(found, "trailing_words"), rest[: trailing.start()]
    dashed = DASHED.search(rest)
    if dashed and not _is_room(rest, dashed):
        return _dashes(found, dashed), rest[: dashed.start()]
    door = DOOR.match(rest)
    # A road's own number must not be read as a building: the tail begins behind it.
    begin = door.start("rest") if door else 0
    for at in range(begin, len(rest)):
        tail = TAIL.match(rest, at)
        if tail and tail.end() == len(rest) and tail.end() > tail.start() and _whole(rest, at, tail):
            return _tail(found, tail), rest[:at]
    return found, rest


def _is_room(rest: str, dashed: re.Match[str]) -> bool:
    """A sub-let room (501-2) behind a building or entrance, not building and room."""
    sub_let = len(dashed["first"]) > 2 and len(dashed["second"]) < 3 and not dashed["third"]
    return sub_let or rest[: dashed.start()].endswith(("栋", "幢", "座", "楼", "单元", "门", "梯", "层"))


def _whole(rest: str, at: int, tail: re.Match[str]) -> bool:
    """A tail may not begin inside a number or a word of Latin letters, and a lone number is no room of a name."""
    inside = (
        at > 0
        and rest[at - 1].isascii()
        and rest[at - 1].isalnum()
        and rest[at].isascii()
        and rest[at].isalnum()
    )
    lone = not any(tail[name] for name in ("own", "building", "entrance", "floor", "below", "basement"))
    marked = (
        rest.endswith(("室", "房", "户"))
        or at == 0
        or rest[at - 1] in "号栋幢座楼元门梯层"
        or rest[at - 1].isdigit()
    )
    return not inside and (not lone or marked)


def _tail(found: Address, tail: re.Match[str]) -> Address:
    if tail["own"]:
        found = _set(_noted(found, "self_assigned"), building=f"自编{tail['own']}")
    else:
        found = _set(found, building=tail["building"] or "")
    below = tail["below"] or (tail["basement"] or " ")[1:].strip()
    floor = int(tail["floor"]) if tail["floor"] else -int(below) if below else None
    return _with_room(_set(found, entrance=tail["entrance"] or "", floor=floor), tail["room"] or "")


def _dashes(found: Address, dashed: re.Match[str]) -> Address:
    """Three groups: building, entrance, room. Two: building and a room of three or four digits, else ambiguous."""
    first, second, third = dashed["first"], dashed["second"], dashed["third"]
    if third:
        return _with_room(_set(found, building=first, entrance=second), third)
    if re.fullmatch(r"\d{3,4}[A-Za-z]?", second):
        return _with_room(_set(found, building=first), second)
    return _set(_noted(found, "address_two_dashes"), building=first, entrance=second, status=Status.AMBIGUOUS)


def _with_room(found: Address, room: str) -> Address:
    """With the room; a room of three or four digits also says its floor (501 → 5, 1203 → 12)."""
    digits = re.match(r"\d{3,4}", room)
    if digits and found.floor is None:
        return _set(_noted(found, "floor_from_room"), room=room, floor=int(digits[0][:-2]))
    return _set(found, room=room)


def _front(state: tuple[Address, str]) -> Address:
    """Road with number, road alone or estate from the front; an estate may follow a door number (六榕路9号嘉和苑)."""
    found, rest = state
    door = DOOR.match(rest)
    if door:
        number = door["number"] + (door["after"] or "")
        sub = (door["sub"] or "").removesuffix("号")
        found = _set(found, road=door["road"], number=number, sub_number=sub)
        found = _noted(found, "temporary_number") if door["temporary"] else found
        return _set(found, estate=door["rest"].strip("-,，。·"))
    road = ROAD_ONLY.match(rest)
    if road and (not road["rest"] or len(road["rest"]) > 1):
        return _set(found, road=road["road"], estate=road["rest"].strip("-,，。·"))
    return _set(found, estate=rest.strip("-,，。"))


def _judged(found: Address) -> Address:
    if found.status == Status.AMBIGUOUS:
        return found
    house = found.building or (found.road and found.number)
    return _set(found, status=Status.PARSED if house else Status.PARTIAL)


def _noted(found: Address, note: str) -> Address:
    return _set(found, notes=(*found.notes, note))


def _set(found: Address, **parts: Any) -> Address:
    """More parts of the address that `parse` is putting together and has shown to nobody yet. A copy for each part cost
    half of the time."""
    for name, value in parts.items():
        object.__setattr__(found, name, value)
    return found
