"""What the editor of a draft shows: rows with their findings, and the form of the row that is open."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext

from gridmgmt.cases import flow_actions, flow_files, flow_queries, flow_words, reference
from gridmgmt.cases.flow_checks import Finding
from gridmgmt.cases.flow_diff import Row, columns_between
from gridmgmt.cases.flow_edits import Key, find
from gridmgmt.cases.flow_messages import finding_words
from gridmgmt.cases.flow_rows import read_flow
from gridmgmt.cases.models import Procedure
from gridmgmt.cases.workflow import ANY_STAGE, BEGINNING, Flow
from map_ui import flow_page, flow_terms
from map_ui.flow_differences import COLUMNS, value_words
from map_ui.flow_form import HEAD, key_text
from map_ui.flow_page import StepLine
from map_ui.language import in_language


@dataclass(slots=True)
class OpenForm:
    """The row that is being written: what stands in its fields, what is wrong with them, what somebody else stored."""

    table: str
    was: Key | None = None
    values: dict[str, Any] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    fault: str = ""
    meanwhile: bool = False
    stored: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def was_text(self) -> str:
        """The key of the stored row, for the form to carry."""
        return key_text(self.was) if self.was is not None else ""


LISTS = ("CONDITIONS", "TONES", "RELATIONS", "CLOCK_EFFECTS", "TRIGGERS", "MOVES")
NEW: dict[str, dict[str, Any]] = {
    "stages": {"clock": "running", "limit_unit": "work_hour"},
    "transitions": {
        "tone": "go", "relation": "any", "clock_effect": "none", "roles": [], "notify": [], "requires": [], "takes": [],
        "effects": [], "guards": [], "to_stage": "*", "to_procedure": "",
    },
    "requests": {},
    "fields": {"kind": "text", "choices": []},
}  # fmt: skip


def opened(draft: Procedure, flow: Flow, table: str, key: Key | None, hints: dict[str, str]) -> OpenForm:
    """The form of a stored row, or of a new one that begins with what the address gives. Error flow_row_gone."""
    if table == HEAD:
        names = ("name", "name_en", "kind", "note")
        return OpenForm(HEAD, values={name: getattr(draft, name) for name in names})
    if key is None:
        return OpenForm(table, values=NEW[table] | {k: v for k, v in hints.items() if k == "from_stage"})
    return OpenForm(table, key, flow_files.as_raw(find(flow, table, key)))


def context(draft: Procedure, form: OpenForm | None, *, fault: str = "") -> dict[str, Any]:
    """The whole page."""
    flow, found = read_flow(draft), flow_actions.faults_of(draft)
    lines = flow_page.step_lines(flow, found)
    overview = flow_queries.overview_of(draft.key, drafts=True)
    shown = {
        **flow_page.heading(draft),
        "flow": flow, "writes": True, "drawing": flow_page.drawn(flow), "fault": fault, "form": form,
        "stages": flow_page.stage_lines(flow, found), "groups": groups(flow, lines),
        "findings": [(_anchor(flow, each), flow_page.finding_place(flow, each), text) for each, text in _said(found)],
        "others": [flow_page.heading(v.row) for v in overview.versions if v.row.pk != draft.pk],
        "request_findings": [(each.value, text) for each, text in _said(found) if each.code == "request_never_asked"],
    }  # fmt: skip
    return (
        shown
        | (form_context(flow, form) if form and form.table != HEAD else {})
        | {"kinds": flow_terms.terms_of("KINDS")}
    )


def _said(found: list[Finding]) -> list[tuple[Finding, str]]:
    return [(each, finding_words(each)) for each in found]


def _anchor(flow: Flow, found: Finding) -> str:
    if found.step is not None:
        return f"step-{found.step}"
    if found.stage in flow.stages:
        return f"stage-{found.stage}"
    return "requests" if found.value in flow.requests else ""


def groups(flow: Flow, lines: list[StepLine]) -> list[dict[str, Any]]:
    """Steps by the place they are offered in: beginning, each stage, everywhere, then stages that do not exist."""
    unknown = [
        line.row.from_stage
        for line in lines
        if line.row.from_stage not in (*flow.stages, BEGINNING, ANY_STAGE)
    ]
    keys = dict.fromkeys((BEGINNING, *flow.stages, ANY_STAGE, *unknown))
    found = []
    for key in keys:
        mine = [line for line in lines if line.row.from_stage == key]
        found.append({
            "key": key, "name": flow_page.stage_words(flow, key),
            "lines": [(line, key_text((key, line.row.action, line.row.condition))) for line in mine],
            "final": key in flow.stages and flow.stages[key].is_final,
        })  # fmt: skip
    return found


def form_context(flow: Flow, form: OpenForm) -> dict[str, Any]:
    """Lists of words for the fields of the open form."""
    common = {"roles": flow_terms.roles(), "most_rows": flow_files.MOST_ROWS}
    if form.table == "stages":
        return common | {"lamps": flow_terms.terms_of("LAMPS"), "units": flow_terms.terms_of("LIMIT_UNITS")}
    if form.table == "fields":
        return common | {"field_kinds": flow_terms.terms_of("FIELD_KINDS")}
    return common | (_step_context(flow, form) if form.table == "transitions" else {})


def _step_context(flow: Flow, form: OpenForm) -> dict[str, Any]:
    values = form.values
    target = (
        f"{values['to_procedure']}/{values['to_stage']}"
        if values.get("to_procedure")
        else values.get("to_stage")
    )
    fields = flow_terms.fields_of(flow)
    named = {each.word for each in fields}
    asked = [*values["requires"], *values["takes"]]
    fields += [flow_terms.Term(key, key, gettext("not known")) for key in asked if key not in named]
    return {
        "origins": _origins(flow, str(values.get("from_stage", ""))),
        "targets": _targets(flow), "target": target,
        "other_targets": _other_targets(flow.key),
        **{name.lower(): flow_terms.terms_of(name) for name in LISTS},
        "asked_fields": [
            (each, "requires" if each.word in values["requires"] else "takes" if each.word in values["takes"] else "")
            for each in fields
        ],
        "effect_terms": _chosen(flow_terms.argued_terms(flow_words.EFFECTS, flow_terms.EFFECTS), values["effects"]),
        "guard_terms": _chosen(flow_terms.argued_terms(flow_words.GUARDS, flow_terms.GUARDS), values["guards"]),
        "audiences": flow_terms.audiences(),
        "request_kinds": [flow_terms.Term(row.key, in_language(row)) for row in flow.requests.values()],
        "marks": marks_of(flow),
    }  # fmt: skip


def _origins(flow: Flow, chosen: str) -> list[tuple[str, str]]:
    keys = dict.fromkeys((BEGINNING, *flow.stages, ANY_STAGE, chosen))
    return [(key, flow_page.stage_words(flow, key)) for key in keys]


def _targets(flow: Flow) -> list[tuple[str, str]]:
    return [(key, in_language(stage)) for key, stage in flow.stages.items()]


def _other_targets(own: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Stages of the other published flows."""
    others = sorted(reference.current().active_flows.values(), key=lambda flow: flow.key)
    return [
        (in_language(flow), [(f"{flow.key}/{key}", in_language(stage)) for key, stage in flow.stages.items()])
        for flow in others
        if flow.key != own
    ]


def _chosen(terms: list[flow_terms.Term], values: list[str]) -> list[tuple[flow_terms.Term, bool, str]]:
    """(word, chosen or not, its arguments)."""
    found = []
    for each in terms:
        mine = [value for value in values if flow_words.word_of(value) == each.word]
        found.append((each, bool(mine), " ".join(filter(None, map(flow_words.argument_of, mine)))))
    return found


def marks_of(flow: Flow) -> list[str]:
    """Marks that steps of the flow note."""
    terms = [term for step in flow.transitions for term in step.effects if flow_words.word_of(term) == "mark"]
    return sorted({flow_words.argument_of(term) for term in terms})


def stored_beside(flow: Flow, table: str, was: Key, typed: Row) -> list[tuple[str, str, str]]:
    """Columns in which the stored row is another than the typed one: (column, stored, typed)."""
    stored = find(flow, table, was)
    return [
        (str(COLUMNS.get(column, column)), _cell(flow, stored, column), _cell(flow, typed, column))
        for column in columns_between(stored, typed)
    ]


def _cell(flow: Flow, row: Row, column: str) -> str:
    return value_words(flow, column, getattr(row, column))
