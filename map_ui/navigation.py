"""Where a signed-in person may go, and which page is theirs after signing in."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gridmgmt.cases.editions import PLANNERS
from gridmgmt.organisation.models import Role
from gridmgmt.organisation.scope import Scope

REPORTING_ROLES = (Role.WORKER, Role.LEADER, Role.ACCEPTOR)
QUEUES: dict[str, str] = {
    Role.ACCEPTOR: "reported",
    Role.REGISTRAR: "pending_register",
    Role.DISPATCHER: "pending_dispatch",
    Role.HANDLER: "",
}


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the navigation; ``roles`` empty means everybody who signs in."""

    address: str
    label: Promise
    icon: str
    roles: tuple[str, ...] = ()
    on_phone: bool = True


PLACES = (
    Place("map_ui:live", _("Map"), "map-2"),
    Place("map_ui:cases", _("Cases"), "list-details"),
    Place("map_ui:report", _("Report"), "camera", REPORTING_ROLES),
    Place("map_ui:my_reports", _("My reports"), "history", REPORTING_ROLES),
    Place("map_ui:planner", _("Cells"), "polygon", PLANNERS, on_phone=False),
    Place("importers:home", _("Data import"), "database-import", (Role.IMPORTER, Role.ADMIN), on_phone=False),
)


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as a page shows it."""

    url: str
    label: Promise
    icon: str
    current: bool
    on_phone: bool


def links(scope: Scope, path: str) -> list[Link]:
    """The entries a scope may open, in order; the one that holds ``path`` is current."""
    shown = []
    for place in PLACES:
        url = address_of(place.address)
        if url and (not place.roles or scope.has_role(*place.roles)) and may_open(place, scope):
            current = path == url or (url != "/" and path.startswith(f"{url}/"))
            shown.append(Link(url, place.label, place.icon, current, place.on_phone))
    return shown


def may_open(place: Place, scope: Scope) -> bool:
    """The report form is for those whose role reports; the administrator of the machine is not one of them."""
    return place.roles != REPORTING_ROLES or any(held.role in REPORTING_ROLES for held in scope.held)


def address_of(name: str) -> str:
    """The page's address, "" while no door has such a page."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def home_of(scope: Scope) -> str:
    """The page that a person's first duty needs: the map for leaders, a queue for desks, the form for workers."""
    if scope.everything or scope.has_role(Role.LEADER, Role.SUPERVISOR, Role.STAFF):
        return reverse("map_ui:live")
    for role, stage in QUEUES.items():
        if scope.has_role(role):
            return reverse("map_ui:cases") + (f"?stage={stage}" if stage else "")
    if scope.has_role(Role.WORKER):
        return reverse("map_ui:report")
    return reverse("map_ui:live")
