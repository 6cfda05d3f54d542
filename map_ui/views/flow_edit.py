"""The editor of a draft: every row by a form of its own, stored one at a time; what somebody else stored is never lost."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods

from geodata.errors import DomainError
from gridmgmt.cases import flow_actions, flow_edits, flow_errors, flow_parse, flow_queries, flow_words
from gridmgmt.cases.flow_diff import Row
from gridmgmt.cases.flow_edits import Key
from gridmgmt.cases.flow_rows import read_flow
from gridmgmt.cases.models import Procedure, ProcedureState
from gridmgmt.cases.workflow import Flow
from gridmgmt.organisation.models import User
from map_ui import flow_editor, flow_form
from map_ui.flow_editor import OpenForm
from map_ui.flow_form import HEAD
from map_ui.sending import signed_in_user

MOVES = {"up": flow_edits.UP, "down": flow_edits.DOWN}


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """The draft with one of its rows open, or storing that row."""
    user = signed_in_user(request)
    if not flow_actions.may_edit(user):
        raise flow_errors.not_permitted()
    draft = flow_queries.version_of(key, number, drafts=True)
    if draft.state != ProcedureState.DRAFT:
        raise flow_errors.not_a_draft(draft.state)
    if request.method == "POST":
        return _write(request, draft, user)
    given = request.GET.dict()
    table = given.get("table", "")
    if table not in (*flow_edits.TABLES, HEAD):
        return _shown(request, draft, None)
    try:
        row_key = flow_form.key_from(table, given.get("key", ""))
        form = flow_editor.opened(draft, read_flow(draft), table, row_key, given)
    except DomainError as error:
        return _shown(request, draft, None, fault=error.text(), status=error.status)
    return _shown(request, draft, form)


def _write(request: HttpRequest, draft: Procedure, user: User) -> HttpResponse:
    form, flow = request.POST, read_flow(draft)
    table, act = flow_form.table_of(form), flow_form.act_of(form)
    was = flow_form.key_from(table, str(form.get("was", "")))
    edits = flow_form.whole(form, "edits")
    if act != "save":
        return _put_away(request, draft, user, flow, table, was, act)
    stale = edits != draft.edits
    typed = _typed(form, flow, table, None if stale else was)
    try:
        if table == HEAD:
            changed, note, anchor = _head(flow, typed.values), typed.values["note"], ""
        else:
            row = flow_form.parsed(table, typed.values)
            changed = flow_edits.put(
                flow, table, row, was=None if stale and _is_gone(flow, table, was) else was
            )
            note, anchor = draft.note, _anchor(changed, table, row)
        saved = flow_actions.save_draft(procedure_id=draft.pk, flow=changed, note=note, edits=edits, by=user)
    except DomainError as error:
        return _told(request, draft, typed, was, error)
    _say_stored(request, saved)
    return _back(saved, anchor)


def _put_away(
    request: HttpRequest, draft: Procedure, user: User, flow: Flow, table: str, was: Key | None, act: str
) -> HttpResponse:
    """Taking a row out, or moving it."""
    if was is None or table == HEAD:
        raise flow_form.unreadable()
    try:
        row = flow_edits.find(flow, table, was)
        changed = (
            flow_edits.remove(flow, table, was)
            if act == "remove"
            else flow_edits.move(flow, table, was, MOVES[act])
        )
        saved = flow_actions.save_draft(
            procedure_id=draft.pk,
            flow=changed,
            note=draft.note,
            edits=flow_form.whole(request.POST, "edits"),
            by=user,
        )
    except DomainError as error:
        return _shown(request, _again(draft), None, fault=error.text(), status=error.status)
    if act == "remove":
        _say_stored(request, saved)
    return _back(saved, table if act == "remove" else _anchor(changed, table, row))


def _typed(form: QueryDict, flow: Flow, table: str, was: Key | None) -> OpenForm:
    """What the form holds, as it was typed."""
    if table == HEAD:
        return OpenForm(
            HEAD,
            values={name: str(form.get(name, "")).strip() for name in ("name", "name_en", "kind", "note")},
        )
    old = None if was is None or _is_gone(flow, table, was) else flow_edits.find(flow, table, was)
    return OpenForm(table, was, flow_form.raw_row(table, form, flow, old))


def _head(flow: Flow, values: dict[str, str]) -> Flow:
    row = flow_parse.RawRow(values, gettext("flow"), values)
    row.text("note", 200)
    return replace(
        flow, name=row.text("name", 60, needed=True), name_en=row.text("name_en", 80), kind=row.choice("kind", flow_words.KINDS)
    )  # fmt: skip


def _told(
    request: HttpRequest, draft: Procedure, typed: OpenForm, was: Key | None, error: DomainError
) -> HttpResponse:
    """The form again, nothing of what was typed lost; beside it what is wrong, or what somebody else stored meanwhile."""
    draft = _again(draft)
    flow = read_flow(draft)
    typed.was = None if _is_gone(flow, typed.table, was) else was
    if error.code == "flow_edited_meanwhile":
        typed.meanwhile = True
        if typed.was is not None:
            row: Row = flow_form.parsed(typed.table, typed.values)
            typed.stored = flow_editor.stored_beside(flow, typed.table, typed.was, row)
    elif "column" in error.data or error.code == "flow_row_twice":
        column, sentence = flow_form.fault_of(error)
        typed.faults = {column or ("action" if typed.table == "transitions" else "key"): sentence}
    else:
        typed.fault = error.text()
    return _shown(request, draft, typed, status=error.status)


def _is_gone(flow: Flow, table: str, was: Key | None) -> bool:
    if was is None or table == HEAD:
        return was is None
    return all(flow_edits.key_of(row) != was for row in flow_edits.rows_of(flow, table))


def _again(draft: Procedure) -> Procedure:
    return flow_queries.version_of(draft.key, draft.version, drafts=True)


def _anchor(flow: Flow, table: str, row: Row) -> str:
    """Where the row stands on the page."""
    if table == "stages":
        return f"stage-{flow_edits.key_of(row)}"
    keys = [flow_edits.key_of(each) for each in flow_edits.rows_of(flow, table)]
    return f"step-{keys.index(flow_edits.key_of(row))}" if table == "transitions" else table


def _back(draft: Procedure, anchor: str) -> HttpResponse:
    address = reverse("map_ui:flow_edit", kwargs={"key": draft.key, "number": draft.version})
    return redirect(f"{address}#{urlencode({'': anchor})[1:]}" if anchor else address)


def _say_stored(request: HttpRequest, draft: Procedure) -> None:
    number = len(flow_actions.faults_of(draft))
    left = ngettext("%(n)d fault is left.", "%(n)d faults are left.", number) % {"n": number}
    messages.success(request, f"{gettext('Stored.')} {left if number else gettext('The flow is sound.')}")


def _shown(
    request: HttpRequest, draft: Procedure, form: OpenForm | None, *, fault: str = "", status: int = 200
) -> HttpResponse:
    context = flow_editor.context(draft, form, fault=fault)
    return render(request, "map_ui/flow_edit.html", context, status=status)
