"""What stands around every page: whose street this is, and in which roles one is here."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext

from geodata.models import Area, AreaLevel
from gridmgmt.cases import calendar_queries, reference
from gridmgmt.organisation.models import Role
from gridmgmt.organisation.scope import Scope
from map_ui.language import in_language
from map_ui.navigation import Group, Link, grouped, phone_tabs


@dataclass(frozen=True, slots=True)
class Shell:
    """Street's name, links, roles in words."""

    place: str
    links: list[Link]
    roles: list[str]
    signed_in: bool
    calendar_alarm: int | None = None
    unread: int = 0

    @property
    def plain_links(self) -> list[Link]:
        """Entries that stand in the bar itself."""
        return [link for link in self.links if not link.group]

    @property
    def groups(self) -> list[Group]:
        """Menus of the bar."""
        return grouped(self.links)

    @property
    def tabs(self) -> list[Link]:
        """Entries at a phone's lower edge."""
        return phone_tabs(self.links)[0]

    @property
    def more(self) -> list[Link]:
        """What a phone shows under "more"."""
        return phone_tabs(self.links)[1]


def calendar_alarm(scope: Scope) -> int | None:
    """For administrators: the year that deadlines reach or soon will and whose holidays nobody has entered."""
    if not scope.has_role(Role.ADMIN):
        return None
    found = calendar_queries.alarm(reference.current(), timezone.now())
    return found.year if found else None


def place_name(scope: Scope) -> str:
    """Name of the street all grants lie in, else of the county, else of the only street, else what the software is."""
    codes = {held.prefix for held in scope.held}
    common = _common_prefix(codes) if codes else ""
    for level in (AreaLevel.STREET, AreaLevel.COUNTY):
        area = Area.objects.filter(code=common[:level]).first() if len(common) >= level else None
        if area:
            return in_language(area)
    streets = list(Area.objects.filter(level=AreaLevel.STREET)[:2])
    return in_language(streets[0]) if len(streets) == 1 else gettext("Grid management")


def role_names(scope: Scope) -> list[str]:
    """The roles held, in words, without repeats."""
    roles = dict.fromkeys(held.role for held in scope.held)
    names = [str(Role(role).label) for role in roles]
    return [*names, str(Role.ADMIN.label)] if scope.everything and Role.ADMIN not in roles else names


def _common_prefix(codes: set[str]) -> str:
    first, last = min(codes), max(codes)
    length = next(
        (i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last))
    )
    return first[:length]
