"""Where a signed-in person may go, and which page is theirs after signing in."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gridmgmt.cases.editions import PLANNERS
from gridmgmt.organisation.models import Role
from gridmgmt.organisation.phones import WATCHERS as PHONE_WATCHERS
from gridmgmt.organisation.scope import Scope
from gridmgmt.registers import life_actions
from gridmgmt.registers.export_rules import EXPORTERS
from gridmgmt.registers.readers import COUNTERS, READERS
from gridmgmt.registers.taking import KEEPERS

REPORTING_ROLES = (Role.WORKER, Role.LEADER, Role.ACCEPTOR)
TASK_ROLES = (Role.WORKER, Role.ACCEPTOR, Role.REGISTRAR, Role.DISPATCHER, Role.HANDLER, Role.LEADER)
WATCHERS = (Role.LEADER, Role.SUPERVISOR, Role.DISPATCHER)
QUEUES: dict[str, str] = {
    Role.ACCEPTOR: "reported",
    Role.REGISTRAR: "pending_register",
    Role.DISPATCHER: "pending_dispatch",
    Role.HANDLER: "",
}


REGISTERS, SUPERVISION, SETTINGS = "registers", "supervision", "settings"
GROUPS: dict[str, tuple[Promise, str]] = {
    REGISTERS: (_("Registers"), "books"),
    SUPERVISION: (_("Supervision"), "gauge"),
    SETTINGS: (_("Settings"), "adjustments"),
}
TABS_ON_PHONE = 4  # and "more": five targets are what a thumb finds blindly


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the navigation; ``roles`` empty means everybody who signs in.

    ``group`` puts it into one of the GROUPS' menus instead of the bar; on phones those stand under "more".
    """

    address: str
    label: Promise
    icon: str
    roles: tuple[str, ...] = ()
    on_phone: bool = True
    group: str = ""


PLACES = (
    Place("map_ui:live", _("Map"), "map-2"),
    Place("map_ui:cases", _("Cases"), "list-details"),
    Place("map_ui:tasks", _("Tasks"), "checklist", TASK_ROLES),
    Place("map_ui:report", _("Report"), "camera", REPORTING_ROLES),
    Place("map_ui:my_reports", _("My reports"), "history", REPORTING_ROLES),
    Place("map_ui:people", _("Find people"), "user-search", READERS, group=REGISTERS),
    Place("map_ui:amendments", _("Amendments"), "message-report", KEEPERS, group=REGISTERS),
    Place("map_ui:amendments_mine", _("My amendments"), "message-report", (Role.WORKER,), group=REGISTERS),
    Place("map_ui:services", _("Proposed services"), "gift", life_actions.ROLES, group=REGISTERS),
    Place("map_ui:doubles", _("Doubles"), "users-group", KEEPERS, on_phone=False, group=REGISTERS),
    Place("map_ui:buildings", _("Buildings and doors"), "building", COUNTERS, group=REGISTERS),
    Place("map_ui:registers", _("Register figures"), "table", COUNTERS, group=REGISTERS),
    Place(
        "map_ui:register_exports", _("Data exports"), "download", EXPORTERS, on_phone=False, group=REGISTERS
    ),
    Place(
        "map_ui:access",
        _("Who read what"),
        "eye",
        (Role.SUPERVISOR, Role.ADMIN),
        on_phone=False,
        group=REGISTERS,
    ),
    Place(
        "map_ui:follow_ups",
        _("Follow-ups"),
        "mood-sad",
        (Role.SUPERVISOR, Role.ADMIN),
        group=SUPERVISION,
    ),
    Place("map_ui:appraisal", _("Appraisal"), "chart-bar", on_phone=False, group=SUPERVISION),
    Place("map_ui:monitor", _("Monitor"), "gauge", WATCHERS, group=SUPERVISION),
    Place("map_ui:cards", _("Cards"), "cards", (*WATCHERS, Role.HANDLER, Role.REGISTRAR), group=SUPERVISION),
    Place("map_ui:phones", _("Phones"), "device-mobile", PHONE_WATCHERS, group=SUPERVISION),
    Place(
        "map_ui:results_desk",
        _("Published results"),
        "world",
        (Role.SUPERVISOR,),
        on_phone=False,
        group=SUPERVISION,
    ),
    Place("map_ui:planner", _("Cells"), "polygon", PLANNERS, on_phone=False, group=SETTINGS),
    Place(
        "importers:home",
        _("Data import"),
        "database-import",
        (Role.IMPORTER, Role.ADMIN),
        on_phone=False,
        group=SETTINGS,
    ),
    Place(
        "map_ui:routing",
        _("Who answers for what"),
        "route",
        (Role.ADMIN, Role.LEADER, Role.DISPATCHER),
        group=SETTINGS,
    ),
    Place(
        "map_ui:flows",
        _("Flows"),
        "sitemap",
        (Role.ADMIN, Role.LEADER, Role.DISPATCHER),
        group=SETTINGS,
    ),
    Place(
        "map_ui:calendar",
        _("Working time"),
        "calendar",
        (Role.ADMIN, Role.LEADER, Role.SUPERVISOR, Role.STAFF),
        group=SETTINGS,
    ),
    Place(
        "map_ui:amendment_rules",
        _("Rules of amendments"),
        "adjustments-check",
        (Role.ADMIN,),
        on_phone=False,
        group=SETTINGS,
    ),
    Place(
        "map_ui:service_rules",
        _("Rules of life events"),
        "gift",
        (Role.ADMIN,),
        on_phone=False,
        group=SETTINGS,
    ),
    Place("map_ui:organisation", _("People and departments"), "users-group", (Role.ADMIN,), group=SETTINGS),
    Place(
        "map_ui:reporting_keys",
        _("Keys of other programs"),
        "key",
        (Role.ADMIN,),
        on_phone=False,
        group=SETTINGS,
    ),
    Place("map_ui:messages", _("Text messages"), "message", (Role.ADMIN,), on_phone=False, group=SETTINGS),
    Place(
        "map_ui:quarantine", _("Quarantine"), "file-unknown", (Role.ADMIN,), on_phone=False, group=SETTINGS
    ),
    Place(
        "map_ui:outbox", _("Undelivered"), "mail-exclamation", (Role.ADMIN,), on_phone=False, group=SETTINGS
    ),
)


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as a page shows it."""

    url: str
    label: Promise
    icon: str
    current: bool
    on_phone: bool
    group: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A menu of the bar with the entries a scope may open."""

    label: Promise
    icon: str
    links: list[Link]

    @property
    def current(self) -> bool:
        """True when the open page is one of them."""
        return any(link.current for link in self.links)


def links(scope: Scope, path: str) -> list[Link]:
    """The entries a scope may open, in order; the one that holds ``path`` is current."""
    shown = []
    for place in PLACES:
        url = address_of(place.address)
        if url and (not place.roles or scope.has_role(*place.roles)) and may_open(place, scope):
            current = path == url or (url != "/" and path.startswith(f"{url}/"))
            shown.append(Link(url, place.label, place.icon, current, place.on_phone, place.group))
    return shown


def grouped(shown: list[Link]) -> list[Group]:
    """The menus of the bar; one without an entry is left out."""
    menus = [
        Group(label, icon, [link for link in shown if link.group == key])
        for key, (label, icon) in GROUPS.items()
    ]
    return [menu for menu in menus if menu.links]


def phone_tabs(shown: list[Link]) -> tuple[list[Link], list[Link]]:
    """Entries at a phone's lower edge, and those under "more"; a single one too many gets a tab of its own."""
    plain = [link for link in shown if link.on_phone and not link.group]
    tabs = (
        plain[: TABS_ON_PHONE + 1] if len(plain) == len(shown) <= TABS_ON_PHONE + 1 else plain[:TABS_ON_PHONE]
    )
    return tabs, [link for link in shown if link not in tabs]


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
