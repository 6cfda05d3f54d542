"""People: search and list, one person, and the full values for a reason. Nothing typed stands in an address."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from geodata.errors import DomainError
from geodata.models import Building
from gridmgmt.audit import queries as audit
from gridmgmt.audit.asked import question
from gridmgmt.audit.models import AccessAction, Door, SubjectKind
from gridmgmt.organisation.models import Role
from gridmgmt.organisation.scope import scope_of
from gridmgmt.registers import asking, reading, records, rows
from gridmgmt.registers.readers import require_reader
from gridmgmt.registers.search import Found
from map_ui import register_asked, register_page
from map_ui.noted import note
from map_ui.sending import signed_in_user

LOOKED_AT = 10


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The box with the list under it; under a token, what was found for a question."""
    scope = require_reader(scope_of(request.user))
    given = request.GET.dict()
    token = register_page.read_uuid(given.get("asked", ""))
    text = register_asked.asked(request, token) if token else ""
    if token and not text:
        return redirect("map_ui:people")
    context = _found(request, token, text) if token else _listed(request)
    context |= {
        "places": register_page.communities(scope),
        "groups": register_page.GROUPS.items(),
        "lacking": register_page.LACKS.items(),
        "longest": asking.LONGEST,
    }
    return render(request, "map_ui/people.html", context, status=context.get("status", 200))


@require_POST
def search(request: HttpRequest) -> HttpResponse:
    """Takes what was typed and leads to what is found; the question stays in the session."""
    require_reader(scope_of(request.user))
    token = register_asked.keep(request, request.POST.get("q", "")[: 2 * asking.LONGEST] or " ")
    return redirect(f"{reverse('map_ui:people')}?asked={token}")


@require_safe
def person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """One person with dated facts, masked."""
    return _person(request, person_id)


@require_http_methods(["GET", "POST"])
def reveal(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """The same page with full values, once. Who comes back to the address gets the masked page."""
    if request.method == "GET":
        return redirect("map_ui:person", person_id=person_id)
    try:
        shown = reading.reveal(
            user=signed_in_user(request),
            person_id=person_id,
            fields=request.POST.getlist("field"),
            reason=request.POST.get("reason", ""),
            at=timezone.now(),
            door=Door.PAGES,
        )
    except DomainError as error:
        if error.status == 404:
            raise
        return _person(request, person_id, error=error)
    return _person(request, person_id, shown=shown)


def _found(request: HttpRequest, token: UUID | None, text: str) -> dict[str, Any]:
    after = register_page.read_uuid(request.GET.get("after", ""))
    try:
        answer = reading.search_people(
            user=signed_in_user(request), text=text, after=after, at=timezone.now(), door=Door.PAGES
        )
    except DomainError as error:
        return {"error": error.text(), "status": error.status}
    next_page = f"asked={token}&after={answer.found.people[-1]}" if answer.found.more else ""
    return {
        "asked": answer.asked,
        "asked_kind": register_page.ASKED[answer.asked.kind],
        "asked_masked": question(answer.asked.kind, answer.asked.value)["masked"],
        "buildings": Building.objects.filter(pk__in=answer.found.buildings).defer("geom", "geom_3857"),
        **_rows(answer.found, next_page),
    }


def _listed(request: HttpRequest) -> dict[str, Any]:
    listing = register_page.read_listing(request.GET.dict())
    after = register_page.read_uuid(request.GET.get("after", ""))
    found = reading.list_people(
        user=signed_in_user(request), listing=listing, after=after, at=timezone.now(), door=Door.PAGES
    )
    next_page = register_page.as_query(listing, after=found.people[-1]) if found.more else ""
    return {"listing": listing, "told": register_page.told(listing), **_rows(found, next_page)}


def _rows(found: Found, next_page: str) -> dict[str, Any]:
    shown = register_page.lines(rows.people(found.people), timezone.localdate())
    return {"lines": shown, "next_page": next_page}


@transaction.atomic
def _person(
    request: HttpRequest,
    person_id: UUID,
    *,
    shown: dict[str, str] | None = None,
    error: DomainError | None = None,
) -> HttpResponse:
    scope = require_reader(scope_of(request.user))
    record = records.person(scope, person_id)
    current = next((one for one in record.belongings if one.until is None), None)
    home = records.household_of(scope, current.household_id) if current else None
    people = [member.row.id for member in home.present] if home else []
    note(request, AccessAction.VIEWED, SubjectKind.PERSON, [person_id, *people])
    today = timezone.localdate()
    context = {
        "record": record,
        "line": register_page.lines([record.row], today)[0],
        "education": register_page.code_name("education", record.person.education),
        "marital": register_page.code_name("marital", record.person.marital),
        "employment": register_page.code_name("employment", record.person.employment),
        "sex": register_page.code_name("sex", str(record.person.sex)),
        "document": register_page.code_name("document", record.person.id_type),
        "actual": record.stay("actual"),
        "registered": record.stay("registered"),
        "home": home,
        "members": register_page.member_lines(home.present, today) if home else [],
        "belongings": register_page.belonging_lines(record.belongings),
        "place": register_page.place_name(record.row.cell_code),
        "looked": audit.who_looked_at(person_id)[:LOOKED_AT] if scope.has_role(Role.STAFF) else None,
        "shown": shown,
        "error": error.text() if error else "",
        "given": request.POST,
        "revealable": register_page.REVEALABLE.items(),
        "reasons": register_page.REASONS,
    }
    return render(request, "map_ui/person.html", context, status=error.status if error else 200)
