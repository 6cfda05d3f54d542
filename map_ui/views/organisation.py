"""People, roles, duties, phones and departments, for administrators of a place. Rules stand in gridmgmt.organisation."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from geodata.errors import DomainError
from geodata.models import Area
from gridmgmt.cases import department_actions
from gridmgmt.cases.catalogue import found_street
from gridmgmt.organisation import enrolments, people, queries
from gridmgmt.organisation.authority import administered, require_administration
from gridmgmt.organisation.models import Role, User
from gridmgmt.organisation.scope import Scope, scope_of
from map_ui import case_filters, organisation_page
from map_ui.language import in_language
from map_ui.qr import code_of

PAGE_SIZE = 50
View = Callable[..., HttpResponse]


def administrator(view: View) -> View:
    """Only for who administers some place; what exactly is decided by the rules themselves."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not scope_of(request.user).has_role(Role.ADMIN):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


@require_safe
@administrator
def page(request: HttpRequest) -> HttpResponse:
    """The list of people, with what a new street still lacks above it."""
    scope, now = scope_of(request.user), timezone.now()
    filters = organisation_page.read_filters(request.GET.dict())
    rows = queries.people(scope, filters, at=now)
    total = rows.count()
    number = min(case_filters.page_number(request.GET.dict()), -(-total // PAGE_SIZE) or 1)
    begin = (number - 1) * PAGE_SIZE
    context = {
        "rows": rows[begin : begin + PAGE_SIZE],
        "found": {"total": total},
        "first": begin + 1,
        "last": min(begin + PAGE_SIZE, total),
        "before": organisation_page.as_query(filters, number - 1) if number > 1 else "",
        "after": organisation_page.as_query(filters, number + 1) if begin + PAGE_SIZE < total else "",
        "filters": filters,
        "roles": Role.choices,
        "ready": queries.readiness(scope, at=now),
        "role_names": dict(Role.choices),
    }
    return render(request, "map_ui/organisation.html", context)


@require_safe
@administrator
def departments(request: HttpRequest) -> HttpResponse:
    """The tree of departments of each area."""
    scope = scope_of(request.user)
    context = {"branches": organisation_page.branches(queries.departments(scope), scope)}
    return render(request, "map_ui/organisation_departments.html", context)


@require_POST
@administrator
def department_state(request: HttpRequest, department_id: UUID) -> HttpResponse:
    """Closes a department or puts it into use again, as the form's ``do`` says."""
    scope, wish = scope_of(request.user), request.POST.get("do", "")
    try:
        if wish == "close":
            department_actions.department_close(by=scope, department_id=department_id, at=timezone.now())
        elif wish == "reopen":
            department_actions.department_reopen(by=scope, department_id=department_id)
        else:
            raise Http404
    except DomainError as error:
        messages.error(request, error.text())
    else:
        messages.success(request, gettext("Done."))
    return redirect("map_ui:organisation_departments")


@administrator
def add(request: HttpRequest) -> HttpResponse:
    """A new account; its password is shown once, on the answer."""
    scope = scope_of(request.user)
    if request.method == "POST":
        try:
            user, password = people.person_create(
                by=scope,
                username=request.POST.get("username", ""),
                name=request.POST.get("name", ""),
                at=timezone.now(),
                **organisation_page.role_wish(request.POST),
            )
        except DomainError as error:
            return _form(request, scope, error=error)
        return _person(request, scope, user.pk, password=password)
    return _form(request, scope)


@require_safe
@administrator
def person(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """One person: roles, duties, phones, account."""
    return _person(request, scope_of(request.user), user_id)


@require_POST
@administrator
def change(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """One change of a person, named by the form's ``do``."""
    scope = scope_of(request.user)
    wish = request.POST.get("do", "")
    change_of = organisation_page.CHANGES.get(wish)
    if change_of is None:
        raise Http404
    try:
        shown = change_of(scope, user_id, request.POST)
    except DomainError as error:
        messages.error(request, error.text())
        return redirect("map_ui:organisation_person", user_id=user_id)
    if shown:
        return _person(request, scope, user_id, password=shown)
    messages.success(request, gettext("Done."))
    return redirect("map_ui:organisation_person", user_id=user_id)


@sensitive_variables("code")
@require_POST
@administrator
def enrol(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """A code for a person's phone, shown this once as QR code and as text."""
    scope = scope_of(request.user)
    try:
        code = enrolments.enrolment_make(by=scope, user_id=user_id, at=timezone.now())
    except DomainError as error:
        messages.error(request, error.text())
        return redirect("map_ui:organisation_person", user_id=user_id)
    response = _person(request, scope, user_id, code=code)
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@administrator
def found(request: HttpRequest) -> HttpResponse:
    """The usual departments of a street that has none."""
    scope, code = scope_of(request.user), request.POST.get("code", "")
    area = Area.objects.filter(code=code, level=9).first()
    if area is None:
        raise Http404
    require_administration(scope, code)
    made = found_street(street_code=code)
    said = gettext("%(count)s departments of %(street)s are there now.")
    messages.success(request, said % {"count": len(made), "street": in_language(area)})
    return redirect("map_ui:organisation_departments")


def _form(request: HttpRequest, scope: Scope, error: DomainError | None = None) -> HttpResponse:
    context = {
        "error": error.text() if error else "",
        "given": request.POST,
        **organisation_page.choices(scope),
    }
    return render(request, "map_ui/organisation_add.html", context, status=error.status if error else 200)


@sensitive_variables("password", "code")
def _person(
    request: HttpRequest, scope: Scope, user_id: UUID, password: str = "", code: str = ""
) -> HttpResponse:
    now = timezone.now()
    row: User | None = queries.person(scope, user_id, at=now)
    if row is None:
        raise Http404
    context = {
        "person": row,
        "password": password,
        "code": enrolments.spaced(code),
        "qr": code_of(enrolments.link(code), title=gettext("Code for the phone")) if code else "",
        "may_change": organisation_page.may_change(scope, row, at=now),
        "self": row.pk == scope.user_id,
        "administered": administered(scope),
        "role_names": dict(Role.choices),
        **organisation_page.facts(row, at=now),
        **organisation_page.choices(scope),
    }
    return render(request, "map_ui/organisation_person.html", context)
