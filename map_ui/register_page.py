"""What the pages of the registers say: filters of the list, names of codes, fields and groups in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from geodata import codelists
from geodata.models import Area, AreaLevel
from gridmgmt.organisation.scope import Scope
from gridmgmt.registers import figures, people_sql
from gridmgmt.registers.asking import AskedKind
from gridmgmt.registers.figures import PlaceFigures
from gridmgmt.registers.readers import COUNTERS, people_scope
from gridmgmt.registers.records import Belonging, Member
from gridmgmt.registers.rows import PersonRow
from gridmgmt.registers.search import Listing, narrowed
from map_ui.language import in_english, in_language

COMMUNITY_DIGITS = 12

LACKS: dict[str, Promise] = {
    "id_no": _("ID number"),
    "phone": _("Telephone"),
    "birth_date": _("Birth date"),
    "sex": _("Sex"),
    "education": _("Education"),
    "marital": _("Marital status"),
    "employment": _("Employment"),
    "building": _("Building"),
    "household": _("Household"),
}
GROUPS: dict[str, Promise] = {
    "from_60": _("60 and older"),
    "from_80": _("80 and older"),
    "under_14": _("Under 14"),
    "alone": _("Living alone"),
    "apart": _("Registered elsewhere"),
}
ASKED: dict[str, Promise] = {
    AskedKind.NAME: _("Name"),
    AskedKind.INITIALS: _("Initials"),
    AskedKind.ID_NO: _("ID number"),
    AskedKind.PHONE: _("Telephone"),
    AskedKind.ADDRESS: _("Address"),
}
REVEALABLE: dict[str, Promise] = {
    "name": _("Full name"),
    "id_no": _("ID number"),
    "phone": _("Telephone"),
}
# Offered reasons; any other can be typed.
REASONS: tuple[Promise, ...] = (
    _("Visit at home"),
    _("Resident asks about the own record"),
    _("Service or allowance applied for"),
    _("Check of a duplicate record"),
    _("Emergency, contact needed at once"),
)
COUNTS: dict[str, Promise] = {
    "people": _("People"),
    "households": _("Households"),
    "dwellings": _("Dwellings"),
    "buildings": _("Buildings"),
    "organisations": _("Organisations"),
    "components": _("Components"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A person as a list shows them."""

    row: PersonRow
    age: int | None
    relation: str


@dataclass(frozen=True, slots=True)
class MemberLine:
    """A member of a household in words."""

    member: Member
    age: int | None
    relation: str


@dataclass(frozen=True, slots=True)
class BelongingLine:
    """A membership in words."""

    belonging: Belonging
    relation: str


def read_listing(given: Mapping[str, str]) -> Listing:
    """Filters of an address; what is not known is left out."""
    place, lacks, group = (given.get(name, "") for name in ("place", "lacks", "group"))
    place = place if place.isascii() and place.isdigit() and len(place) <= 16 else ""
    return Listing(
        place=place,
        only=bool(place) and given.get("only") == "1",
        lacks=lacks if lacks in people_sql.LACKS else "",
        group=group if group in people_sql.GROUPS else "",
    )


def as_query(listing: Listing, **more: Any) -> str:
    """The address part of filters; empty ones are left out."""
    pairs = {
        "place": listing.place,
        "only": "1" if listing.only else "",
        "lacks": listing.lacks,
        "group": listing.group,
    } | more
    return urlencode({name: value for name, value in pairs.items() if value})


def read_uuid(text: str) -> UUID | None:
    """A key in an address, None when it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


def communities(scope: Scope) -> list[tuple[str, str]]:
    """(code, name) of the communities that a scope reaches into."""
    areas = Area.objects.filter(level=AreaLevel.COMMUNITY).defer("geom", "geom_3857").order_by("code")
    prefixes = scope.place_prefixes
    return [(area.code, in_language(area)) for area in areas if narrowed(prefixes, area.code)]


def place_name(code: str) -> str:
    """The name of the community (else street, county) a code lies in."""
    for length in (12, 9, 6):
        area = Area.objects.filter(code=code[:length]).defer("geom", "geom_3857").first()
        if area and len(code) >= length:
            return in_language(area)
    return code


def lines(rows: Sequence[PersonRow], today: date) -> list[Line]:
    """Rows with what depends on the day and the language."""
    return [Line(row, row.age(today), code_name("relation", row.relation)) for row in rows]


def member_lines(members: Sequence[Member], today: date) -> list[MemberLine]:
    """Members with age and relation in words."""
    return [MemberLine(one, one.row.age(today), code_name("relation", one.relation)) for one in members]


def belonging_lines(belongings: Sequence[Belonging]) -> list[BelongingLine]:
    """Memberships with the relation in words."""
    return [BelongingLine(one, code_name("relation", one.relation)) for one in belongings]


def code_name(list_name: str, code: str) -> str:
    """A code of a standard in words: the name where there is one, the code itself where not, "" for nothing."""
    return codelists.names(list_name, english=in_english()).get(code, code)


def told(listing: Listing) -> str:
    """The filters in words."""
    parts = [place_name(listing.place)] if listing.place else []
    if listing.group:
        parts.append(str(GROUPS[listing.group]))
    if listing.lacks:
        parts.append(gettext("without: %(field)s") % {"field": LACKS[listing.lacks]})
    return " · ".join(parts)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, and the list that holds exactly its rows ("" where there is none for this person)."""

    value: int
    url: str = ""
    percent: int | None = None


@dataclass(frozen=True, slots=True)
class FigureLine:
    """A community's figures as a row of the table."""

    place: PlaceFigures
    name: str
    counts: list[Figure]
    groups: list[Figure]
    lacks: list[Figure]


def figure_lines(rows: Sequence[PlaceFigures], scope: Scope) -> list[FigureLine]:
    """Rows with the addresses behind their numbers. A list is offered to who sees in it what was counted, no less and no more:
    people and households to those who read about people."""
    return [_figure_line(row, scope) for row in rows]


def _figure_line(row: PlaceFigures, scope: Scope) -> FigureLine:
    listing = Listing(place=row.code, only=0 < len(row.code) < COMMUNITY_DIGITS)
    counted = narrowed(scope.prefixes_of(*COUNTERS), row.code)

    def address(route: str, prefixes: Sequence[str], *, group: str = "", lacks: str = "") -> str:
        if set(narrowed(prefixes, row.code)) != set(counted):
            return ""
        return f"{reverse(route)}?{as_query(replace(listing, group=group, lacks=lacks))}"

    readers = people_scope(scope).place_prefixes
    lists = {
        "people": address("map_ui:people", readers),
        "households": address("map_ui:households", readers),
        "buildings": address("map_ui:buildings", scope.place_prefixes),
    }
    lists |= {
        key: address(f"map_ui:{key}", scope.prefixes_of(*COUNTERS))
        for key in ("dwellings", "organisations", "components")
    }
    return FigureLine(
        row,
        in_language(row) if row.name else row.code,
        [Figure(row.counts.get(key, 0), lists[key]) for key in COUNTS],
        [
            Figure(row.groups.get(key, 0), address("map_ui:people", readers, group=key))
            for key in figures.GROUPS
        ],
        [
            Figure(row.lacks.get(key, 0), address("map_ui:people", readers, lacks=key), row.complete(key))
            for key in LACKS
        ],
    )
