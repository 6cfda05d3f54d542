"""Reading what the editor of flows sends: a row as plain values (which `flow_parse` judges), and what is to be done."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from geodata.errors import DomainError
from gridmgmt.cases import flow_parse, flow_words
from gridmgmt.cases.flow_diff import Row
from gridmgmt.cases.flow_edits import TABLES, Key
from gridmgmt.cases.workflow import Flow, TransitionDef
from map_ui import flow_terms

HEAD = "head"
SAID = {
    "flow_value_missing": _("This must be filled in."),
    "flow_value_invalid": _("This is not allowed here."),
    "flow_row_twice": _("There is such a row already."),
}
ACTS = ("save", "remove", "up", "down")


def whole(form: QueryDict, name: str) -> int:
    """A whole number of a form of ours. Error flow_form_unreadable 422."""
    text = str(form.get(name, ""))
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise unreadable()
    return int(text)


def unreadable() -> DomainError:
    """A form that no page of ours sends."""
    return DomainError(
        code="flow_form_unreadable", status=422, message="The form is incomplete. Reload the page."
    )


def table_of(form: QueryDict) -> str:
    """Which table a row is of, or "head". Error flow_form_unreadable."""
    table = str(form.get("table", ""))
    if table not in (*TABLES, HEAD):
        raise unreadable()
    return table


def act_of(form: QueryDict) -> str:
    """What is to be done with the row. Error flow_form_unreadable."""
    act = str(form.get("act", "save"))
    if act not in ACTS:
        raise unreadable()
    return act


def key_text(key: Key) -> str:
    """A key as an address and a form carry it."""
    return key if isinstance(key, str) else "|".join(key)


def key_from(table: str, text: str) -> Key | None:
    """The key of the row that is meant; None for a new one."""
    if not text:
        return None
    if table != "transitions":
        return text
    parts = text.split("|")
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 else ("", text, "")


def raw_row(table: str, form: QueryDict, flow: Flow, was: Row | None) -> dict[str, Any]:
    """The row a form describes, as plain values of the columns."""
    return RAW[table](form, flow, was)


def parsed(table: str, raw: dict[str, Any]) -> Row:
    """The same, judged. Errors of flow_parse."""
    if table == "stages":
        return flow_parse.stage(raw, gettext("stage"), 0)
    return PARSE[table](raw, gettext("row"))


def fault_of(error: DomainError) -> tuple[str, str]:
    """(column, sentence) of an error about one value, for beside the field."""
    sentence = SAID.get(error.code)
    if error.code == "flow_value_too_long":
        return error.data["column"], gettext("At most %(most)s characters.") % error.data
    return str(error.data.get("column", "")), str(sentence) if sentence else error.text()


def _said(form: QueryDict, name: str) -> str:
    return str(form.get(name, "")).strip()


def _number(form: QueryDict, name: str) -> int | str | None:
    """A number, nothing, or the text that is none."""
    text = _said(form, name)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else text or None


def _texts(form: QueryDict, *names: str) -> dict[str, Any]:
    return {name: _said(form, name) for name in names}


def _stage(form: QueryDict, _flow: Flow, _was: Row | None) -> dict[str, Any]:
    texts = _texts(
        form, "key", "name", "name_en", "owner_role", "clock", "limit_unit", "public_name", "public_name_en"
    )
    limit = _number(form, "limit_value")
    # The unit is a list with a choice of its own: without a limit it says nothing.
    return {**texts, "limit_value": limit, "limit_unit": texts["limit_unit"] if limit is not None else ""}


def _request(form: QueryDict, _flow: Flow, _was: Row | None) -> dict[str, Any]:
    return {**_texts(form, "key", "name", "name_en"), "most_granted": _number(form, "most_granted")}


def _field(form: QueryDict, _flow: Flow, _was: Row | None) -> dict[str, Any]:
    texts = _texts(form, "key", "name", "name_en", "kind")
    lines = [line.strip() for line in _said(form, "choices").splitlines()]
    return {**texts, "choices": [line for line in lines if line] if texts["kind"] == "choice" else []}


def _step(form: QueryDict, flow: Flow, was: Row | None) -> dict[str, Any]:
    old = was if isinstance(was, TransitionDef) else None
    procedure, slash, stage = _said(form, "to").partition("/")
    asked = {each.word: _said(form, f"field_{each.word}") for each in flow_terms.fields_of(flow)}
    for key in old.fields if old else ():  # a field nobody knows is kept until somebody takes it out
        asked.setdefault(key, _said(form, f"field_{key}"))
    return {
        **_texts(form, "from_stage", "action", "condition", "name", "name_en", "tone", "relation", "clock_effect"),
        **_texts(form, "request", "request_move", "trigger"),
        "to_procedure": procedure if slash else "",
        "to_stage": stage if slash else procedure,
        "roles": form.getlist("roles"),
        "notify": form.getlist("notify"),
        "requires": _in_order((key for key, how in asked.items() if how == "requires"), old.requires if old else ()),
        "takes": _in_order((key for key, how in asked.items() if how == "takes"), old.takes if old else ()),
        "effects": _in_order(_terms(form, "effects", flow_words.EFFECTS), old.effects if old else ()),
        "guards": _in_order(_terms(form, "guards", flow_words.GUARDS), old.guards if old else ()),
        "request_level": _number(form, "request_level"),
    }  # fmt: skip


def _terms(form: QueryDict, column: str, known: dict[str, bool]) -> Iterable[str]:
    """Chosen words; one that needs an argument once for each of its arguments, which are parted by spaces."""
    for word in form.getlist(column):
        if known.get(word):
            arguments = _said(form, f"{column}_{word}").replace(",", " ").split()
            yield from (f"{word}:{argument}" for argument in arguments or [""])
        else:
            yield word


def _in_order(chosen: Iterable[str], before: tuple[str, ...]) -> list[str]:
    """Words in the order they had; new ones behind them."""
    words = list(dict.fromkeys(chosen))
    kept = [word for word in before if word in words]
    return [*kept, *(word for word in words if word not in kept)]


RAW: dict[str, Callable[[QueryDict, Flow, Row | None], dict[str, Any]]] = {
    "stages": _stage, "transitions": _step, "requests": _request, "fields": _field,
}  # fmt: skip
PARSE: dict[str, Callable[[object, str], Row]] = {
    "transitions": flow_parse.transition, "requests": flow_parse.request, "fields": flow_parse.field,
}  # fmt: skip
