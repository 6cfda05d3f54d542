"""People found by what was typed into one box, or listed by place: a page of ids, in an order that goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from geodata.models import Area, AreaLevel
from geodata.personal import search_key
from gridmgmt.organisation.scope import Scope
from gridmgmt.registers import people_sql, places
from gridmgmt.registers.asking import Asked, AskedKind
from gridmgmt.registers.people_sql import Find

PAGE_SIZE = 50
_COLUMNS = {AskedKind.ID_NO: "person.id_no", AskedKind.PHONE: "person.phone"}


@dataclass(frozen=True, slots=True)
class Found:
    """People of one page, whether more follow, and buildings that the text may mean as well."""

    people: tuple[UUID, ...] = ()
    more: bool = False
    buildings: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """Filters of the list; ``place`` a code, ``lacks`` and ``group`` keys of people_sql. ``only``: what lies in no smaller
    place, so the code itself and nothing under it."""

    place: str = ""
    lacks: str = ""
    group: str = ""
    only: bool = False

    @property
    def conditions(self) -> list[str]:
        """What else the rows must fulfil."""
        return [
            *([people_sql.LACKS[self.lacks]] if self.lacks else []),
            *([people_sql.GROUPS[self.group]] if self.group else []),
            *(["p.cell_code = %(place)s"] if self.only else []),
        ]


@dataclass(frozen=True, slots=True)
class _Ways:
    """How a question is put: the way to find, its values, and buildings that fit."""

    find: Find | None
    values: Mapping[str, Any] = field(default_factory=dict)
    buildings: tuple[UUID, ...] = ()


def search(scope: Scope, asked: Asked, *, after: UUID | None = None) -> Found:
    """A page of people; ``scope`` is the people scope (readers.people_scope)."""
    ways = _ways(scope, asked)
    if ways.find is None:
        return Found(buildings=ways.buildings)
    people, more = _page(ways.find, scope.place_prefixes, ways.values, after)
    return Found(people, more, ways.buildings)


def listed(scope: Scope, listing: Listing, *, today: date, after: UUID | None = None) -> Found:
    """A page of those who live within the scope and the filters, in the order of cells and buildings."""
    prefixes = narrowed(scope.place_prefixes, listing.place)
    people, more = _page(
        people_sql.ALL, prefixes, {"today": today, "place": listing.place}, after, also=listing.conditions
    )
    return Found(people, more)


def narrowed(prefixes: Sequence[str], place: str) -> tuple[str, ...]:
    """The part of the prefixes that lies under a code; nothing when they do not meet."""
    if not place:
        return tuple(prefixes)
    if any(place.startswith(prefix) for prefix in prefixes):
        return (place,)
    return tuple(prefix for prefix in prefixes if prefix.startswith(place))


def _page(
    find: Find,
    prefixes: Sequence[str],
    values: Mapping[str, Any],
    after: UUID | None,
    also: Sequence[str] = (),
) -> tuple[tuple[UUID, ...], bool]:
    statement = people_sql.page(find, prefixes, after=after is not None, also=also)
    rows = people_sql.run(statement, {**values, "after": after, "limit": PAGE_SIZE + 1})
    return tuple(row[0] for row in rows[:PAGE_SIZE]), len(rows) > PAGE_SIZE


def _ways(scope: Scope, asked: Asked) -> _Ways:
    if asked.kind in _COLUMNS:
        key = search_key(asked.value, column=_COLUMNS[asked.kind])
        find = people_sql.BY_ID_NO if asked.kind is AskedKind.ID_NO else people_sql.BY_PHONE
        return _Ways(find, {"key": key, "counties": _counties(scope)})
    if asked.kind is AskedKind.INITIALS:
        return _Ways(people_sql.BY_INITIALS, {"begin": f"{people_sql.like(asked.value)}%"})
    if asked.kind is AskedKind.ADDRESS:
        return _by_address(scope, asked.value)
    return _by_name(scope, asked.value)


def _by_name(scope: Scope, name: str) -> _Ways:
    plain = people_sql.like(name)
    values = {"value": name, "begin": f"{plain}%", "inside": f"%{plain}%"}
    if len(name) == 1:
        return _Ways(people_sql.BY_SURNAME, values)
    return _Ways(people_sql.BY_NAME, values, places.find(name, scope.place_prefixes).candidates)


def _by_address(scope: Scope, text: str) -> _Ways:
    """People of the building or door when it is sure; else the buildings to choose from; else it was a name."""
    place = places.find(text, scope.place_prefixes)
    if place.building is None:
        is_name = not place.candidates and not any(sign.isdigit() for sign in text)
        return _by_name(scope, text) if is_name else _Ways(None, buildings=place.candidates)
    values = {"buildings": [place.building], "doors": list(place.doors or ())}
    find = people_sql.BY_BUILDING if place.doors is None else people_sql.BY_DOOR
    return _Ways(find, values, place.candidates)


def _counties(scope: Scope) -> list[str]:
    """The counties of a scope; numbers are unique in each."""
    codes = {prefix[:6] for prefix in scope.place_prefixes}
    if all(len(code) == 6 for code in codes):
        return sorted(codes)
    return list(Area.objects.filter(level=AreaLevel.COUNTY).values_list("code", flat=True))
