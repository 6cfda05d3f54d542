"""Words of the register history in templates, and what may be done on the pages of a person and a household."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from geodata.models import Dwelling, Household, Person
from gridmgmt.organisation.scope import Scope, scope_of
from gridmgmt.registers import amendments, taking
from gridmgmt.registers.amendment_records import SENDERS
from gridmgmt.registers.history import Line
from map_ui import register_life

register = template.Library()
_ROWS = {
    "person": _("record of the person"),
    "household": _("household"),
    "membership": _("membership of a household"),
    "residence": _("residence"),
    "dwelling": _("dwelling"),
}
_KINDS = {"made": _("entered"), "changed": _("changed"), "removed": _("removed")}


@register.filter
def cause_name(cause: str) -> str:
    """What caused a change, in words."""
    return str(register_life.CAUSES.get(cause, cause))


@register.filter
def field_name(field: str) -> str:
    """A column in words."""
    return str(register_life.FIELDS.get(field, field))


@register.filter
def value_words(line: Line, side: str) -> str:
    """A value before or after; "–" for nothing."""
    return register_life.word_of(line.field, line.before if side == "before" else line.after) or "–"


@register.filter
def made_words(line: Line) -> str:
    """A row that was made or taken away."""
    return f"{_ROWS.get(line.register, line.register)}: {_KINDS.get(line.kind, line.kind)}"


@register.inclusion_tag("map_ui/_life_person_acts.html", takes_context=True)
def person_acts(context: dict[str, Any], person: Person) -> dict[str, Any]:
    """Buttons of a person's page, for who may use them."""
    scope = scope_of(context["request"].user)
    keeps = taking.keeps(scope, person.cell_code)
    return {
        "person": person,
        "acts": register_life.acts_for(person).items() if keeps else (),
        "may_amend": _may_amend(scope, person.cell_code),
        "waiting": amendments.waiting_about(person).count() if keeps else 0,
    }


@register.inclusion_tag("map_ui/_life_household_acts.html", takes_context=True)
def household_acts(context: dict[str, Any], household: Household) -> dict[str, Any]:
    """Buttons of a household's page, for who may use them."""
    scope, code = scope_of(context["request"].user), taking.code_of(household)
    acts = register_life.HOUSEHOLD_ACTS.items() if taking.keeps(scope, code) else ()
    return {"household": household, "acts": acts, "may_amend": _may_amend(scope, code)}


@register.inclusion_tag("map_ui/_life_dwelling_acts.html", takes_context=True)
def dwelling_acts(context: dict[str, Any], dwelling: Dwelling) -> dict[str, Any]:
    """Buttons of a door's page, for who may use them."""
    scope = scope_of(context["request"].user)
    code = dwelling.building.cell_code
    return {"dwelling": dwelling, "may_amend": _may_amend(scope, code), "keeps": taking.keeps(scope, code)}


def _may_amend(scope: Scope, code: str) -> bool:
    return scope.holds(code, *SENDERS)


@register.simple_tag
def reason_name(reason: str) -> str:
    """Why two records may be one person."""
    return gettext(register_life.REASONS.get(reason, reason))


@register.filter
def said(given: Any, name: str) -> str:
    """What a form was sent with under a name that is put together; "" for nothing."""
    return str(given.get(name, ""))
