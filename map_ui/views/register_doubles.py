"""Records that may be one person: the list, two side by side, merging by choice, the log with taking back."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from geodata.errors import DomainError
from geodata.masking import mask_name
from geodata.models import Person
from gridmgmt.audit.models import AccessAction, SubjectKind
from gridmgmt.organisation.scope import Scope, scope_of
from gridmgmt.registers import double_actions, doubles, jobs
from gridmgmt.registers.errors import refusal
from gridmgmt.registers.models import Double, DoubleState
from gridmgmt.registers.taking import KEEPERS, keeping
from map_ui import register_doubles, register_life
from map_ui.noted import note, version
from map_ui.sending import signed_in_user

PAGE_SIZE = 30
ACTS = ("different", "again", "merge")


def keeper(request: HttpRequest) -> Scope:
    """The scope of somebody who keeps registers. Error register_not_permitted 403."""
    scope = scope_of(request.user)
    if not scope.has_role(*KEEPERS):
        raise refusal("register_not_permitted")
    return scope


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Pairs to decide about, the likeliest first; or those that were said to be two people."""
    scope = keeper(request)
    state = DoubleState.DIFFERENT if request.GET.get("show") == "different" else DoubleState.OPEN
    shown = Paginator(doubles.visible(scope).filter(state=state), PAGE_SIZE).get_page(request.GET.get("page"))
    subjects = [key for row in shown for key in (row.first_id, row.second_id)]
    note(request, AccessAction.LISTED, SubjectKind.PERSON, subjects)
    context = {
        "shown": shown,
        "rows": [(row, mask_name(row.first.name), mask_name(row.second.name)) for row in shown],
        "different": state == DoubleState.DIFFERENT,
        "weights": doubles.WEIGHTS,
        "may_look": bool(keeping(scope).held),
    }
    return render(request, "map_ui/doubles.html", context)


@require_POST
def look(request: HttpRequest) -> HttpResponse:
    """Asks for the keeper's counties to be looked through now; a worker does it."""
    try:
        jobs.ask_for_doubles(by=scope_of(request.user), at=timezone.now())
    except DomainError as error:
        if error.status != 429:
            raise
        messages.error(request, error.text())
    else:
        messages.success(request, gettext("The register is being looked through; come back in a minute."))
    return redirect("map_ui:doubles")


@require_safe
def pair(request: HttpRequest, double_id: UUID) -> HttpResponse:
    """Two records side by side."""
    return _pair(request, _double(request, double_id))


@require_POST
def decide(request: HttpRequest, double_id: UUID) -> HttpResponse:
    """Two people; or one, merged by what was chosen; or asked again."""
    found, user, now = _double(request, double_id), signed_in_user(request), timezone.now()
    note, act = request.POST.get("note", ""), request.POST.get("act", "")
    if act not in ACTS:
        raise refusal("act_unknown", field="act")
    try:
        if act == "different":
            double_actions.say_different(double_id=double_id, note=note, by=user, at=now)
        elif act == "again":
            double_actions.ask_again(double_id=double_id, by=user)
        else:
            done = double_actions.merge(
                double_id=double_id,
                kept_id=found.first_id if _stays(request) == "first" else found.second_id,
                chosen=_chosen(request),
                reason=note,
                by=user,
                at=now,
                versions=_versions(request, found),
            )
            messages.success(request, gettext("Merged. It can be taken back in the log."))
            return redirect("map_ui:person", done.kept)
    except DomainError as error:
        return _pair(request, _double(request, double_id), error=error)
    messages.success(request, gettext("Saved."))
    return redirect("map_ui:doubles")


@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """Merges, newest first."""
    rows = double_actions.merges(keeper(request)).defer("images")
    shown = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    names = {one.pk: mask_name(one.name) for one in Person.objects.filter(pk__in=[row.kept for row in shown])}
    note(request, AccessAction.LISTED, SubjectKind.PERSON, [row.kept for row in shown])
    lines = [
        (
            row,
            names.get(row.kept, ""),
            [register_life.FIELDS[name] for name, side in row.chosen.items() if side == "gone"],
        )
        for row in shown
    ]
    return render(request, "map_ui/double_log.html", {"shown": shown, "rows": lines})


@require_POST
def take_back(request: HttpRequest, merge_id: UUID) -> HttpResponse:
    """Both records as they were."""
    keeper(request)
    try:
        double_actions.unmerge(merge_id=merge_id, by=signed_in_user(request), at=timezone.now())
    except DomainError as error:
        messages.error(request, error.text())
    else:
        messages.success(request, gettext("Both records are as they were."))
    return redirect("map_ui:double_log")


def _double(request: HttpRequest, double_id: UUID) -> Double:
    found = doubles.visible(keeper(request)).filter(pk=double_id).first()
    if found is None:
        raise refusal("double_unknown")
    return found


def _pair(request: HttpRequest, found: Double, error: DomainError | None = None) -> HttpResponse:
    note(request, AccessAction.VIEWED, SubjectKind.PERSON, [found.first_id, found.second_id])
    context = {
        "row": found,
        "first": mask_name(found.first.name),
        "second": mask_name(found.second.name),
        "fields": register_doubles.rows(found.first, found.second),
        "versions": register_doubles.versions(found.first, found.second),
        "weights": doubles.WEIGHTS,
        "given": request.POST,
        "error": error.text() if error else "",
    }
    return render(request, "map_ui/double.html", context, status=error.status if error else 200)


def _stays(request: HttpRequest) -> str:
    return "second" if request.POST.get("stays") == "second" else "first"


def _chosen(request: HttpRequest) -> dict[str, str]:
    """Each field's side, told from the record that stays."""
    sides = {
        name.removeprefix("take-"): str(value)
        for name, value in request.POST.items()
        if name.startswith("take-")
    }
    return {
        name: double_actions.KEPT if side == _stays(request) else double_actions.GONE
        for name, side in sides.items()
    }


def _versions(request: HttpRequest, found: Double) -> dict[UUID, int]:
    return {key: version(request.POST, f"version-{key}") for key in (found.first_id, found.second_id)}
