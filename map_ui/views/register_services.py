"""Services proposed after life events: a department's to-dos, what a resident may be told, the rules."""

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
from gridmgmt.audit.models import AccessAction, SubjectKind
from gridmgmt.organisation.models import Role
from gridmgmt.organisation.scope import Scope, scope_of
from gridmgmt.registers import life_actions, life_rules
from gridmgmt.registers.errors import refusal
from gridmgmt.registers.models import LifeRule, TodoState
from map_ui.noted import note
from map_ui.sending import signed_in_user

PAGE_SIZE = 30


def _owing(request: HttpRequest) -> Scope:
    scope = scope_of(request.user)
    if not scope.has_role(*life_actions.ROLES):
        raise refusal("register_not_permitted")
    return scope


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """What is owed, the most urgent first; or what has ended."""
    scope = _owing(request)
    state = request.GET.get("show", "")
    state = state if state in TodoState.values else TodoState.OPEN.value
    rows = life_actions.todos(scope).filter(state=state)
    shown = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    note(request, AccessAction.LISTED, SubjectKind.PERSON, [row.person_id for row in shown])
    context = {
        "shown": shown,
        "rows": [(row, mask_name(row.person.name)) for row in shown],
        "state": state,
        "states": TodoState.choices,
        "today": timezone.localdate(),
    }
    return render(request, "map_ui/services.html", context)


@require_POST
def finish(request: HttpRequest, todo_id: UUID) -> HttpResponse:
    """Done, or not wanted."""
    _owing(request)
    try:
        life_actions.finish(
            todo_id=todo_id,
            outcome=request.POST.get("act", ""),
            reason=request.POST.get("reason", ""),
            by=signed_in_user(request),
            at=timezone.now(),
        )
    except DomainError as error:
        messages.error(request, error.text())
    else:
        messages.success(request, gettext("Saved."))
    return redirect("map_ui:services")


@require_safe
def of_person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Everything that was proposed to one resident, as it may be shown to them."""
    rows = list(life_actions.todos(_owing(request)).filter(person=person_id).order_by("-happened_on"))
    note(request, AccessAction.VIEWED, SubjectKind.PERSON, [person_id] if rows else [])
    name = mask_name(rows[0].person.name) if rows else ""
    return render(request, "map_ui/services_of.html", {"rows": rows, "name": name, "person_id": person_id})


@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """Which events propose what, by which law."""
    scope = scope_of(request.user)
    if not scope.has_role(Role.ADMIN, *life_actions.ROLES):
        raise refusal("register_not_permitted")
    context = {
        "rules": LifeRule.objects.select_related("changed_by"),
        "may_arrange": scope.has_role(Role.ADMIN),
    }
    return render(request, "map_ui/service_rules.html", context)


@require_POST
def switch(request: HttpRequest) -> HttpResponse:
    """A rule is switched on or off."""
    life_rules.switch(
        key=request.POST.get("key", ""),
        active=request.POST.get("active") == "1",
        by=signed_in_user(request),
        at=timezone.now(),
    )
    messages.success(request, gettext("Saved."))
    return redirect("map_ui:service_rules")
