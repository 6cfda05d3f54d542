"""What the pages of lives and households say and read: forms by action, words for causes, fields and reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from geodata import codelists
from geodata.masking import mask_name
from geodata.models import Building, Dwelling, Household, Membership, Person
from geodata.models.household import HEAD
from gridmgmt.organisation.queries import under
from gridmgmt.organisation.scope import Scope
from gridmgmt.registers import history
from gridmgmt.registers.errors import refusal
from map_ui.language import in_english
from map_ui.register_page import code_name

CAUSES: Final[dict[str, Promise]] = {
    "birth": _("birth registered"),
    "death": _("death registered"),
    "correction": _("corrected"),
    "move_in": _("moved in"),
    "move": _("moved within the county"),
    "move_out": _("moved away"),
    "change_address": _("household moved"),
    "change_head": _("another head"),
    "split": _("household split"),
    "household_merge": _("households merged"),
    "merge": _("two records merged"),
    "unmerge": _("merge taken back"),
    "amendment": _("amendment"),
    "import": _("import"),
    "import_undo": _("import taken back"),
    "edition": _("cells renewed"),
    "sample": _("sample data"),
    "sql": _("written directly in the database"),
}
FIELDS: Final[dict[str, Promise]] = {
    "name": _("name"),
    "sex": _("sex"),
    "birth_date": _("birth date"),
    "phone": _("telephone"),
    "id_no": _("ID number"),
    "id_type": _("kind of document"),
    "education": _("education"),
    "marital": _("marital status"),
    "employment": _("employment"),
    "life_state": _("state of life"),
    "cell_code": _("cell"),
    "building_id": _("building"),
    "dwelling_id": _("dwelling"),
    "elsewhere": _("address elsewhere"),
    "relation": _("relation to the head"),
    "valid_from": _("from"),
    "valid_to": _("until"),
    "kind": _("kind"),
    "number": _("household number"),
    "collective": _("collective household"),
    "use": _("use of the dwelling"),
    "floor": _("floor"),
    "room": _("room"),
    "area_m2": _("floor area in m²"),
    "facts": _("household and address"),
}
REASONS: Final[dict[str, str]] = {
    "same_name": gettext_noop("same name"),
    "sounds_alike": gettext_noop("names that sound alike"),
    "same_birth_date": gettext_noop("same birth date"),
    "same_phone": gettext_noop("same telephone"),
    "similar_id": gettext_noop("ID numbers that look alike"),
    "same_building": gettext_noop("same building"),
    "one_without_id": gettext_noop("one has no ID number"),
    "other_sex": gettext_noop("different sex"),
    "other_birth_date": gettext_noop("different birth dates"),
    "other_id": gettext_noop("different ID numbers"),
}
_MEMBERS: Final = frozenset({"succession", "moving", "into"})
_NEIGHBOURS: Final = frozenset({"home", "join", "into"})
"""Parts of a form that name people besides the one it is about."""
_HANDFUL: Final = 12
_CODED: Final = {"sex", "education", "marital", "employment", "relation"}


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that can be done: its words, icon and the parts of its form."""

    name: Promise
    told: Promise
    icon: str
    parts: tuple[str, ...]

    @property
    def names_members(self) -> bool:
        """True when the form names who belongs to the household."""
        return not _MEMBERS.isdisjoint(self.parts)

    @property
    def names_neighbours(self) -> bool:
        """True when the form names the heads of other households of the building."""
        return not _NEIGHBOURS.isdisjoint(self.parts)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A household that may be joined: its door, its head, masked, and the version that was looked at."""

    household: Household
    room: str
    head: str
    head_id: UUID
    version: int

    @property
    def text(self) -> str:
        """Its key, for names of fields."""
        return str(self.household.pk)


PERSON_ACTS: Final[dict[str, Act]] = {
    "birth": Act(
        _("Register a birth"),
        _("The child joins the household of this parent and lives where they live."),
        "baby-carriage",
        ("values", "relation", "registered"),
    ),
    "correct": Act(
        _("Correct"),
        _(
            "Only what you fill in is changed; numbers that are there already are shown masked and stay when left empty."
        ),
        "edit",
        ("fields",),
    ),
    "move": Act(
        _("Move"),
        _(
            "To another door of the county. Membership of the household and registration may stay or go along."
        ),
        "arrows-exchange",
        ("on", "door", "home", "registered", "succession"),
    ),
    "move-out": Act(
        _("Move away"),
        _("To an address outside the county. The record stays, with the address."),
        "logout",
        ("on", "elsewhere", "keep_registered", "succession"),
    ),
    "move-back": Act(
        _("Move back"),
        _("Somebody who had moved away lives here again."),
        "login",
        ("on", "door", "join", "registered"),
    ),
    "death": Act(
        _("Register a death"),
        _("Household and addresses end on this day; the record stays."),
        "flower",
        ("on", "succession"),
    ),
}
HOUSEHOLD_ACTS: Final[dict[str, Act]] = {
    "move-in": Act(
        _("Somebody moves in"),
        _("A person who is not in the register yet joins this household."),
        "user-plus",
        ("values", "relation", "on", "door", "registered_elsewhere"),
    ),
    "head": Act(
        _("Change the head"),
        _("Another member becomes head from a day; say how everybody else is related to the new head."),
        "crown",
        ("on", "succession"),
    ),
    "address": Act(
        _("Move the household"),
        _("Everybody who lives at the household's door moves along; members who live elsewhere stay there."),
        "home-move",
        ("on", "door", "registered"),
    ),
    "split": Act(
        _("Split the household"),
        _("Some members found a household of their own, with exactly one head."),
        "arrows-split",
        ("on", "moving", "number", "succession"),
    ),
    "merge": Act(
        _("Join another household"),
        _("Everybody joins the other household, whose head stays. This one keeps its record without people."),
        "arrows-join",
        ("on", "into"),
    ),
    "number": Act(_("Correct the number"), _("The number on the household booklet."), "hash", ("number",)),
}


ARRIVAL: Final = Act(
    _("Somebody moves in"),
    _("A person who is not in the register yet begins to live here, as head of a household of their own."),
    "user-plus",
    ("values", "on", "registered", "registered_elsewhere"),
)


def acts_for(person: Person) -> dict[str, Act]:
    """What may be done with somebody as they are."""
    if person.life_state == "dead":
        return {"correct": PERSON_ACTS["correct"]}
    if person.life_state == "moved_out":
        return {key: PERSON_ACTS[key] for key in ("move-back", "correct", "death")}
    return {key: act for key, act in PERSON_ACTS.items() if key != "move-back"}


def word_of(field: str, value: str) -> str:
    """A value of the history in words where it is a code."""
    if field in _CODED and value:
        return code_name(field, value)
    return value


def code_choices(list_name: str) -> list[tuple[str, str]]:
    """(code, name) of a standard's list, in its order."""
    return list(codelists.names(list_name, english=in_english()).items())


def day(post: Mapping[str, str], name: str = "on") -> date:
    """A day of a form. Error day_missing 422."""
    try:
        return date.fromisoformat(post.get(name, ""))
    except ValueError:
        raise refusal("day_missing", field=name) from None


def key(post: Mapping[str, str], name: str) -> UUID | None:
    """A row's key from a form, None when nothing was chosen or it is none."""
    try:
        return UUID(post.get(name, ""))
    except ValueError:
        return None


def said(post: Mapping[str, str], prefix: str = "relation-") -> dict[UUID, str]:
    """Relations that were chosen, by person; those left empty are not said. Error not_a_member 422 for a name that is nobody."""
    chosen = {name: value for name, value in post.items() if name.startswith(prefix) and value}
    people = {name: key({name: name.removeprefix(prefix)}, name) for name in chosen}
    if None in people.values():
        raise refusal("not_a_member")
    return {one: chosen[name] for name, one in people.items() if one}


def member_rows(household_id: UUID) -> list[Membership]:
    """Who belongs to a household now, head first."""
    rows = Membership.objects.filter(household=household_id, valid_to=None).select_related("person")
    return sorted(rows, key=lambda row: (row.relation != HEAD, row.person.birth_date or date.max))


def masked(rows: Iterable[Membership]) -> list[dict[str, Any]]:
    """Members as forms show them."""
    return [
        {"id": row.person_id, "text": str(row.person_id), "name": mask_name(row.person.name), "born": row.person.birth_date,
         "relation": row.relation, "word": code_name("relation", row.relation), "head": row.relation == HEAD}
        for row in rows
    ]  # fmt: skip


def doors(scope: Scope, building_id: UUID | None) -> tuple[Building | None, list[Dwelling]]:
    """A building in scope with its doors, in order; ``scope`` is what somebody keeps."""
    building = (
        Building.objects.filter(pk=building_id).defer("geom", "geom_3857").first() if building_id else None
    )
    if building is None or not scope.covers(building.cell_code):
        return None, []
    rows = Dwelling.objects.filter(building=building).select_related("entrance")
    return building, sorted(
        rows, key=lambda row: (row.entrance.number if row.entrance else "", row.floor, row.room)
    )


def buildings(scope: Scope, text: str) -> list[Building]:
    """Buildings in scope whose name, estate or address holds the text; a handful. ``scope`` is what somebody keeps."""
    part = text.replace("\x00", "").strip()[:40]
    if not part:
        return []
    holds = Q(name__icontains=part) | Q(address__icontains=part) | Q(estate__icontains=part)
    rows = Building.objects.filter(holds, under("cell_code", scope.place_prefixes))
    return list(rows.defer("geom", "geom_3857").order_by("cell_code", "name")[:_HANDFUL])


def neighbours(building: Building | None) -> list[Neighbour]:
    """Households of a building that have people, in the order of doors."""
    if building is None:
        return []
    heads = (
        Membership.objects.filter(valid_to=None, relation=HEAD, household__building=building)
        .select_related("household__dwelling", "person")
        .order_by("household__dwelling__floor", "household__dwelling__room")
    )
    versions = history.household_versions([row.household_id for row in heads])
    return [
        Neighbour(
            row.household,
            row.household.dwelling.room if row.household.dwelling else "",
            mask_name(row.person.name),
            row.person_id,
            versions[row.household_id],
        )
        for row in heads
    ]
