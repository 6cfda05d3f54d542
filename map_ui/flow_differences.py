"""The difference between two versions of a flow in words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gridmgmt.cases.flow_diff import Difference, Row, differences
from gridmgmt.cases.workflow import Flow, TransitionDef
from map_ui import flow_terms
from map_ui.flow_page import joined, stage_words
from map_ui.language import in_language

COLUMNS = {
    "name": _("Chinese name"), "name_en": _("English name"), "owner_role": _("Owner"), "clock": _("Clock"),
    "limit_value": _("Limit"), "limit_unit": _("Unit of the limit"), "public_name": _("What residents read"),
    "public_name_en": _("The same in English"), "to_stage": _("Leads to"), "to_procedure": _("In the flow"),
    "tone": _("Looks"), "roles": _("Who"), "relation": _("How related"), "requires": _("Needs"), "takes": _("May bring"),
    "clock_effect": _("Clock"), "effects": _("Effects"), "guards": _("Only when"), "request": _("Request"),
    "request_move": _("What it does to the request"), "request_level": _("Endorsements by then"),
    "trigger": _("By itself"), "notify": _("Tells"), "most_granted": _("Granted at most"), "kind": _("Kind of input"),
    "choices": _("Choices"),
}  # fmt: skip
TABLES = {
    "stages": _("Stage"), "transitions": _("Step"), "requests": _("Request"), "fields": _("Field"),
}  # fmt: skip


def told_differences(before: Flow, after: Flow) -> list[dict[str, Any]]:
    """What changed, for a table: kind of row, its name, state and the changed columns before and after."""
    return [_told(each, before, after) for each in differences(before, after)]


STATE_WORDS = {
    "added": _("added"), "removed": _("taken out"), "changed": _("changed"), "moved": _("in another order"),
}  # fmt: skip


def _told(found: Difference, before: Flow, after: Flow) -> dict[str, Any]:
    row = found.row
    name = in_language(row) if row else ""
    if isinstance(row, TransitionDef):
        flow = after if found.after else before
        name = f"{stage_words(flow, row.from_stage)} → {name}"
        name += f" ({flow_terms.name_of(row.condition, flow_terms.CONDITIONS)})" if row.condition else ""
    return {
        "table": TABLES[found.table],
        "name": name,
        "state": found.state,
        "state_name": STATE_WORDS[found.state],
        "columns": [
            (COLUMNS[column], _cell(before, found.before, column), _cell(after, found.after, column))
            for column in found.columns
        ],
    }


def _cell(flow: Flow, row: Row | None, column: str) -> str:
    return value_words(flow, column, getattr(row, column))


EXPLAINED: dict[str, flow_terms.Explained] = {
    "clock": flow_terms.LAMPS, "limit_unit": flow_terms.LIMIT_UNITS, "tone": flow_terms.TONES,
    "relation": flow_terms.RELATIONS, "clock_effect": flow_terms.CLOCK_EFFECTS, "effects": flow_terms.EFFECTS,
    "guards": flow_terms.GUARDS, "request_move": flow_terms.MOVES, "trigger": flow_terms.TRIGGERS,
    "kind": flow_terms.FIELD_KINDS,
}  # fmt: skip


def value_words(flow: Flow, column: str, value: Any) -> str:
    """A cell of a row in the page's language."""
    if value in (None, "", (), frozenset()):
        return "–"
    several = (
        sorted(value)
        if isinstance(value, frozenset)
        else [value]
        if not isinstance(value, tuple)
        else list(value)
    )
    if column == "notify":
        return joined(flow_terms.audience(word) for word in str(value).split("|"))
    if column in ("roles", "owner_role"):
        return joined(flow_terms.role(word) for word in several)
    if column in ("requires", "takes"):
        return joined(flow_terms.field_words(flow, key) for key in several)
    if column == "to_stage":
        return gettext("stays") if value == "*" else stage_words(flow, str(value))
    table = EXPLAINED.get(column)
    return joined(flow_terms.name_of(str(each), table) if table else str(each) for each in several)
