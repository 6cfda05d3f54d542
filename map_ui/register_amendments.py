"""Amendments as pages show them: values in words, names masked, which record."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from geodata.masking import mask_name
from geodata.models import Household, Person
from geodata.models.building import BuildingUse
from geodata.models.person import LifeState
from gridmgmt.audit.models import AccessAction
from gridmgmt.organisation.scope import Scope
from gridmgmt.registers import amendment_fields, amendments
from gridmgmt.registers.amendment_fields import FIELDS, Row
from gridmgmt.registers.amendments import Side
from gridmgmt.registers.models import Amendment
from map_ui import register_life
from map_ui.noted import note

PROBLEMS: dict[str, Promise] = {
    "phone_form": _("no telephone number"),
    "value_unknown": _("not in the list"),
    "birth_date_form": _("no possible day"),
    "name_form": _("no possible name"),
    "name_missing": _("empty"),
    "id_no_taken": _("somebody else has this number"),
    "id_no_contradicts": _("contradicts birth date or sex"),
    "id_check_digit": _("check character is wrong"),
    "nothing_changes": _("nothing would change"),
}


@dataclass(frozen=True, slots=True)
class AmendmentLine:
    """One amendment in words; without ``route`` the record is not for this reader any more."""

    side: Side
    record: str
    route: str
    row: Any
    old: str
    new: str
    now: str
    problem: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A field of the form with what stands there now, and codes to choose from."""

    field: str
    name: Promise
    now: str
    seen: str
    kind: str
    codes: list[tuple[str, str]]


def lines(rows: Iterable[Amendment], readers: Scope, *, keeper: bool = True) -> list[AmendmentLine]:
    """See AmendmentLine. Who sent it sees of the register what their own pages show: of birth dates the year."""
    return [_line(side, seen, keeper=keeper) for side, seen in amendments.shown(rows, readers)]


def note_shown(request: HttpRequest, shown: Iterable[AmendmentLine]) -> None:
    """The records that stand on the page were seen, by register."""
    seen: dict[str, list[UUID]] = {}
    for one in shown:
        if one.route:
            seen.setdefault(one.side.key.partition(".")[0], []).append(one.row)
    for register, keys in seen.items():
        note(request, AccessAction.VIEWED, register, keys)


def _line(side: Side, seen: bool, *, keeper: bool) -> AmendmentLine:  # noqa: FBT001 - one use
    row = amendment_fields.row_of(side.amendment)
    words, route = record(row) if seen else (gettext("a record that is not in your area any more"), "")
    problem = side.amendment.problem
    old, new, now = (_word(side.key, value) for value in (side.old, side.new, side.now))
    if not keeper and side.key == "person.birth_date":
        old, now = _year(side.old), _year(side.now)
    return AmendmentLine(side, words, route, row.pk, old, new, now, str(PROBLEMS.get(problem, problem)))


def choices(register: str, row: Row) -> list[Choice]:
    """What may be amended about a record."""
    return [_choice(row, key) for key in FIELDS if key.startswith(f"{register}.")]


def _choice(row: Row, key: str) -> Choice:
    field = key.partition(".")[2]
    value = amendment_fields.value_of(row, key)
    seen = {"birth_date": _year(value), "name": mask_name(value)}.get(field, value) if value else ""
    now = seen if field in {"birth_date", "name"} else _word(key, value)
    codes: list[tuple[str, str]] = []
    if field == "gone":
        codes = [(state, str(LifeState(state).label)) for state in ("moved_out", "dead")]
    elif field == "sex":
        codes = [("1", gettext("male")), ("2", gettext("female"))]
    elif field == "use":
        codes = [(use.value, str(use.label)) for use in BuildingUse]
    elif field in {"education", "marital", "employment"}:
        codes = register_life.code_choices(field)
    kind = "codes" if codes else "date" if field == "birth_date" else "text"
    return Choice(field, FIELDS[key].name, now or "–", seen, kind, codes)


def record(row: Row) -> tuple[str, str]:
    """A record in words, and the name of its page."""
    if isinstance(row, Person):
        where = f" · {row.building}" if row.building else ""
        return mask_name(row.name) + where, "map_ui:person"
    if isinstance(row, Household):
        return f"{gettext('Household')} {row.number}", "map_ui:household"
    return f"{row.building} **", "map_ui:dwelling"


def _year(value: str) -> str:
    return f"{value[:4]}-**-**" if value else "–"


def _word(key: str, value: str) -> str:
    """A value in words; names masked."""
    field = key.partition(".")[2]
    if not value:
        return "–"
    if field == "name":
        return mask_name(value)
    if field == "gone" and value in LifeState.values:
        return str(LifeState(value).label)
    if field == "use" and value in BuildingUse.values:
        return str(BuildingUse(value).label)
    return register_life.word_of(field, value)
