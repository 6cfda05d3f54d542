"""What is done with whole versions: begin, copy, export, import, publish, retire, discard. Faults are told on the page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from geodata.errors import DomainError
from gridmgmt.cases import flow_actions, flow_choices, flow_errors, flow_files, flow_parse, flow_queries
from gridmgmt.cases.flow_messages import finding_words
from gridmgmt.cases.flow_rows import read_flow
from gridmgmt.cases.models import Procedure, ProcedureState
from gridmgmt.organisation.models import User
from map_ui import flow_form, flow_page
from map_ui.flow_differences import told_differences
from map_ui.language import in_language
from map_ui.sending import signed_in_user
from map_ui.views.flows import list_context


@require_POST
def begin(request: HttpRequest, key: str) -> HttpResponse:
    """A draft from the newest version; when one is there already, that one."""
    user = _editor(request)

    def act() -> HttpResponse:
        draft = flow_actions.begin_draft(key=key, by=user, at=timezone.now())
        return redirect("map_ui:flow_edit", key=draft.key, number=draft.version)

    return _tried(request, act)


@require_POST
def copy(request: HttpRequest) -> HttpResponse:
    """A new procedure that begins as a copy of a version of another."""
    user = _editor(request)

    def act() -> HttpResponse:
        given = flow_parse.RawRow(request.POST.dict(), "flow", [*request.POST])
        source, _slash, number = given.text("source", 40, needed=True).partition("/")
        key, name = given.key("key"), given.text("name", 60, needed=True)
        if Procedure.objects.filter(key=key).exists():
            raise flow_errors.key_taken(key)
        row = flow_queries.version_of(
            source, int(number) if number.isdecimal() else 0, drafts=flow_actions.may_edit(user)
        )
        flow = replace(read_flow(row), key=key, name=name, name_en=given.text("name_en", 80))
        draft = flow_actions.import_flow(flow=flow, note="", by=user, at=timezone.now())
        return redirect("map_ui:flow_edit", key=draft.key, number=draft.version)

    return _tried(request, act)


@require_safe
def export(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """The version as a file."""
    _scope, writes = flow_page.reader(request.user)
    row = flow_queries.version_of(key, number, drafts=writes)
    answer = HttpResponse(
        flow_files.write(read_flow(row), note=row.note), content_type="application/json; charset=utf-8"
    )
    answer["Content-Disposition"] = f'attachment; filename="flow-{row.key}-{row.version}.json"'
    return answer


@require_POST
def take_in(request: HttpRequest) -> HttpResponse:
    """A draft from a file."""
    user = _editor(request)

    def act() -> HttpResponse:
        upload = request.FILES.get("file")
        content = upload.read(flow_files.MOST_BYTES + 1) if upload else b""
        flow, note = flow_files.read(content)
        draft = flow_actions.import_flow(flow=flow, note=note, by=user, at=timezone.now())
        said = gettext("The file is now the draft %(name)s, version %(number)d.")
        messages.success(request, said % {"name": in_language(draft), "number": draft.version})
        return redirect("map_ui:flow_edit", key=draft.key, number=draft.version)

    return _tried(request, act)


@require_POST
def discard(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """Throws a draft away."""
    user = _editor(request)

    def act() -> HttpResponse:
        row = flow_queries.version_of(key, number, drafts=True)
        flow_actions.discard(procedure_id=row.pk, by=user)
        messages.success(request, gettext("The draft is gone."))
        return redirect("map_ui:flows")

    return _tried(request, act)


@require_POST
def add_rule(request: HttpRequest) -> HttpResponse:
    """Sends reports of some kind to a flow."""
    user = _editor(request)
    sent = {name: request.POST.get(name, "").strip()[:24] for name in flow_choices.CONDITIONS}

    def act() -> HttpResponse:
        flow_choices.add_rule(procedure_key=request.POST.get("procedure", "")[:24], by=user, **sent)
        messages.success(request, gettext("The rule holds from the next report on."))
        return redirect("map_ui:flows")

    return _tried(request, act)


@require_POST
def remove_rule(request: HttpRequest) -> HttpResponse:
    """Takes a rule away."""
    user = _editor(request)

    def act() -> HttpResponse:
        flow_choices.remove_rule(key=request.POST.get("rule", "")[:60], by=user)
        messages.success(request, gettext("The rule is gone; its reports go by the next one that fits."))
        return redirect("map_ui:flows")

    return _tried(request, act)


@require_POST
def retire(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """Takes a published flow out of use."""
    user = _editor(request)

    def act() -> HttpResponse:
        row = flow_queries.version_of(key, number, drafts=True)
        flow_actions.retire(procedure_id=row.pk, by=user, at=timezone.now())
        said = gettext("%(name)s is out of use; its cases keep their history.")
        messages.success(request, said % {"name": in_language(row)})
        return redirect("map_ui:flows")

    return _tried(request, act)


@require_http_methods(["GET", "HEAD", "POST"])
def publish(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """What publishing means, then publishing. Somebody faster, a fault: told here, nothing is published."""
    user = _editor(request)
    draft = flow_queries.version_of(key, number, drafts=True)
    if draft.state != ProcedureState.DRAFT:
        raise flow_errors.not_a_draft(draft.state)
    if request.method != "POST":
        return render(request, "map_ui/flow_publish.html", _publishing(draft))
    try:
        edits = flow_form.whole(request.POST, "edits")
        flow_actions.publish(procedure_id=draft.pk, edits=edits, by=user, at=timezone.now())
    except DomainError as error:
        context = _publishing(draft) | {"fault": error.text()}
        return render(request, "map_ui/flow_publish.html", context, status=error.status)
    said = gettext("%(name)s, version %(number)d: new cases take it from now on.")
    messages.success(request, said % {"name": in_language(draft), "number": draft.version})
    return redirect("map_ui:flow", key=draft.key, number=draft.version)


def _editor(request: HttpRequest) -> User:
    """Who asks, when they may write flows. Error flow_not_permitted 403 before anything else is looked at."""
    user = signed_in_user(request)
    if not flow_actions.may_edit(user):
        raise flow_errors.not_permitted()
    return user


def _publishing(draft: Procedure) -> dict[str, object]:
    overview = flow_queries.overview_of(draft.key, drafts=True)
    flow, found = read_flow(draft), flow_actions.faults_of(draft)
    before = overview.published
    staying = [(v.row.version, v.running) for v in overview.versions if v.running]
    return {
        **flow_page.heading(draft),
        "published": before, "staying": staying, "running": overview.running,
        "rules": flow_page.rule_words(overview.rules), "led_from": overview.led_from,
        "findings": [(flow_page.finding_place(flow, each), finding_words(each)) for each in found],
        "told": told_differences(read_flow(before), flow) if before else [],
    }  # fmt: skip


def _tried(request: HttpRequest, act: Callable[[], HttpResponse]) -> HttpResponse:
    """The list again with the fault, when there is one."""
    try:
        return act()
    except DomainError as error:
        context = list_context(request) | {"fault": error.text()}
        return render(request, "map_ui/flows.html", context, status=error.status)
