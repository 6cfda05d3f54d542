"""The street's own dictionary: which building an address means, with a score, or several between which a person decides.

A sure match needs estate *and* building, or road *and* door number; everything weaker is offered, never taken. Pure:
entries come from the register (buildings) and from choices operators made before (aliases).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from geodata.addresses import regions
from geodata.addresses.parse import Address, Status, parse
from geodata.addresses.uniform import uniform

SURE = 0.85
APART = 0.15  # how far the second best must stay behind
ALIKE = 0.6  # names below this likeness are different names
MOST_CANDIDATES = 8


@dataclass(frozen=True, slots=True)
class Entry:
    """A building as the register knows it; ``aliases`` are whole texts that were found to mean it."""

    id: str
    estate: str = ""
    name: str = ""
    address: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A building an address may mean. ``why``: alias, estate_building, door, name, estate_alike, estate_only, door_alike."""

    id: str
    score: float
    why: str


@dataclass(frozen=True, slots=True)
class Finding:
    """The parts of the text and the buildings it may mean, best first; ``sure`` when a machine may take the first."""

    address: Address
    candidates: tuple[Candidate, ...] = ()

    @property
    def sure(self) -> bool:
        """True when the best is good enough and no other comes near it."""
        first = self.candidates[0].score if self.candidates else 0.0
        second = self.candidates[1].score if len(self.candidates) > 1 else 0.0
        return first >= SURE and first - second >= APART


@dataclass(slots=True)
class Dictionary:
    """Buildings by the ways in which an address can name them."""

    known: Sequence[str] = ()
    _aliases: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _names: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _houses: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    _estates: dict[str, dict[str, list[str]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    _doors: dict[tuple[str, str], list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, entries: Iterable[Entry], *, places: Iterable[str] = ()) -> Dictionary:
        """A dictionary of buildings; ``places`` are names of the county, street and communities around."""
        made = cls(known=regions.known_names(places))
        for entry in entries:
            made.add(entry)
        return made

    def add(self, entry: Entry) -> None:
        """One building under all its names."""
        for alias in entry.aliases:
            self._aliases[self._plain(alias)].append(entry.id)
        address = parse(entry.address, self.known)
        named = parse(entry.name, self.known)
        estate = key(entry.estate) or key(address.estate)
        building = key(named.building) or key(address.building)
        if estate and building:
            self._houses[estate, building].append(entry.id)
            self._estates[estate][building].append(entry.id)
        if entry.name and not named.building:
            self._names[key(uniform(entry.name))].append(entry.id)
        if address.road and address.number:
            self._doors[address.road, door_of(address)].append((entry.id, building))

    def remember(self, alias: str, building: str) -> None:
        """A choice that somebody made before, under its `alias_key`."""
        self._aliases[alias].append(building)

    def find(self, text: str) -> Finding:
        """The buildings a text may mean, best first."""
        return self.match(parse(text, self.known))

    def match(self, address: Address) -> Finding:
        """The buildings an address may mean, best first. Equal `alias_key`s have equal answers."""
        if address.status in (Status.NOTHING, Status.REFUSED):
            return Finding(address)
        best: dict[str, Candidate] = {}
        for candidate in self._candidates(address):
            kept = best.get(candidate.id)
            if kept is None or candidate.score > kept.score:
                best[candidate.id] = candidate
        ordered = sorted(best.values(), key=lambda one: (-one.score, one.id))
        return Finding(address, tuple(ordered[:MOST_CANDIDATES]))

    def _candidates(self, address: Address) -> Iterable[Candidate]:
        estate, building = key(_estate(address)), key(address.building)
        yield from self._say(self._aliases.get(alias_key(address), ()), 1.0, "alias")
        if estate and not building:
            yield from self._say(self._names.get(estate, ()), 0.9, "name")
        if estate and building:
            yield from self._say(self._houses.get((estate, building), ()), 0.97, "estate_building")
        yield from self._by_door(address, estate, building)
        if estate:
            yield from self._by_estate(estate, building)

    def _by_door(self, address: Address, estate: str, building: str) -> Iterable[Candidate]:
        """Buildings with the door number; several share one where a compound has a single gate."""
        for number, sure in ((door_of(address), True), (key(address.number), not address.sub_number)):
            for found, other in self._doors.get((address.road, number), ()):
                if building and other:
                    score = 0.95 if building == other else 0.3
                elif building or other:
                    score = 0.55
                else:
                    score = 0.9
                yield Candidate(found, score if sure else min(score, 0.6), "door" if sure else "door_alike")

    def _by_estate(self, estate: str, building: str) -> Iterable[Candidate]:
        """The same building number in an estate of a similar name; without a number every building of the estate."""
        if not building:
            everything = [one for ids in self._estates.get(estate, {}).values() for one in ids]
            yield from self._say(everything, 0.4, "estate_only")
            return
        for name, houses in self._estates.items():
            if name != estate and building in houses and (alike := likeness(name, estate)) >= ALIKE:
                yield from self._say(houses[building], round(0.8 * alike, 3), "estate_alike")

    def _plain(self, text: str) -> str:
        """A whole text as aliases are kept: one way of writing, without its region and without entrance and room."""
        return alias_key(parse(text, self.known))

    @staticmethod
    def _say(ids: Iterable[str], score: float, why: str) -> Iterable[Candidate]:
        return (Candidate(found, score, why) for found in ids)


def _estate(address: Address) -> str:
    """The compound an address names; many are called like lanes (三元里3栋), and a lane without a number is no door."""
    return address.estate or (address.road if address.building and not address.number else "")


def alias_key(address: Address) -> str:
    """What an operator's choice is remembered under: everything down to the building, so it serves every room."""
    parts = (address.road, door_of(address), key(address.estate), key(address.building))
    return "|".join(parts) if any(parts) else address.text


def door_of(address: Address) -> str:
    """Door number with its sub-number ("12之1")."""
    return key(address.number) + address.sub_number


def key(text: str) -> str:
    """For comparing: without dots, leading zeros and a final 小区, in capitals."""
    plain = re.sub(r"[·.,，。\-]", "", text).upper()
    plain = re.sub(r"(?<!\d)0+(?=\d)", "", plain)
    return plain.removesuffix("小区") or plain


def likeness(a: str, b: str) -> float:
    """0 to 1: how alike two names are, in the order of their signs."""
    return SequenceMatcher(None, a, b, autojunk=False).ratio()
