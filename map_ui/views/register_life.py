"""Forms for what happens to people and households, and the history of either. The rules are in gridmgmt.registers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from geodata.errors import DomainError
from geodata.masking import mask_name
from geodata.models import Dwelling, Household, Person
from gridmgmt.audit.models import AccessAction, SubjectKind
from gridmgmt.organisation.scope import scope_of
from gridmgmt.registers import history, move_actions, relations, taking
from gridmgmt.registers.errors import refusal
from gridmgmt.registers.readers import people_scope
from map_ui import life_acts, register_life
from map_ui.noted import note
from map_ui.sending import signed_in_user


@require_http_methods(["GET", "HEAD", "POST"])
def person_act(request: HttpRequest, person_id: UUID, what: str) -> HttpResponse:
    """The form of one act on a person, and doing it."""
    one = _person(request, person_id)
    if what not in register_life.acts_for(one):
        raise Http404
    if request.method == "POST":
        try:
            life_acts.PERSON[what](request, one)
        except DomainError as error:
            return _form(request, register_life.PERSON_ACTS[what], person=one, error=error)
        messages.success(request, gettext("Saved."))
        return redirect("map_ui:person", person_id)
    return _form(request, register_life.PERSON_ACTS[what], person=one)


@require_http_methods(["GET", "HEAD", "POST"])
def household_act(request: HttpRequest, household_id: UUID, what: str) -> HttpResponse:
    """The form of one act on a household, and doing it."""
    home = _household(request, household_id)
    if what not in register_life.HOUSEHOLD_ACTS:
        raise Http404
    if request.method == "POST":
        try:
            shown = life_acts.HOUSEHOLD[what](request, home)
        except DomainError as error:
            return _form(request, register_life.HOUSEHOLD_ACTS[what], home=home, error=error)
        messages.success(request, gettext("Saved."))
        return redirect("map_ui:household", shown)
    return _form(request, register_life.HOUSEHOLD_ACTS[what], home=home)


@require_http_methods(["GET", "HEAD", "POST"])
def arrival(request: HttpRequest, dwelling_id: UUID) -> HttpResponse:
    """Somebody unknown so far begins to live at a door, with a household of their own."""
    door = taking.dwelling(dwelling_id, by=signed_in_user(request))
    if request.method != "POST":
        return _form(request, register_life.ARRIVAL, door=door)
    post = request.POST.dict()
    try:
        one = move_actions.move_in(
            values=life_acts.values_of(post),
            dwelling_id=door.pk,
            on=register_life.day(post),
            registered="registered" in post,
            registered_elsewhere=post.get("registered_elsewhere", ""),
            by=signed_in_user(request),
            at=timezone.now(),
        )
    except DomainError as error:
        return _form(request, register_life.ARRIVAL, door=door, error=error)
    messages.success(request, gettext("Saved."))
    return redirect("map_ui:person", one.pk)


@require_safe
def person_history(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """What changed, when, by whom, through what; masked."""
    one = _person(request, person_id, read=True)
    note(request, AccessAction.VIEWED, SubjectKind.PERSON, [person_id])
    return _history(
        request, history.of_person(person_id), title=mask_name(one.name), back=("map_ui:person", one.pk)
    )


@require_safe
def household_history(request: HttpRequest, household_id: UUID) -> HttpResponse:
    """The same of a household."""
    home = _household(request, household_id, read=True)
    note(request, AccessAction.VIEWED, SubjectKind.HOUSEHOLD, [household_id])
    title = f"{gettext('Household')} {home.number}"
    return _history(request, history.of_household(home.pk), title=title, back=("map_ui:household", home.pk))


def _history(request: HttpRequest, entries: list[history.Entry], *, title: str, back: Any) -> HttpResponse:
    context = {
        "entries": entries,
        "title": title,
        "back": back,
        "causes": register_life.CAUSES,
        "most": history.MOST,
    }
    return render(request, "map_ui/register_history.html", context)


def _person(request: HttpRequest, person_id: UUID, *, read: bool = False) -> Person:
    """Somebody whose record the user keeps (or reads)."""
    scope = scope_of(request.user)
    one = Person.objects.select_related("building").filter(pk=person_id).first()
    if one is None or not scope.covers(one.cell_code):
        raise refusal("person_unknown")
    _may(request, one.cell_code, read=read)
    return one


def _household(request: HttpRequest, household_id: UUID, *, read: bool = False) -> Household:
    home = Household.objects.select_related("building", "dwelling").filter(pk=household_id).first()
    if home is None or not scope_of(request.user).covers(taking.code_of(home)):
        raise refusal("household_unknown")
    _may(request, taking.code_of(home), read=read)
    return home


def _may(request: HttpRequest, code: str, *, read: bool) -> None:
    if read and people_scope(scope_of(request.user)).covers(code):
        return
    taking.require_keeper(signed_in_user(request), code)


def _form(
    request: HttpRequest,
    act: register_life.Act,
    *,
    person: Person | None = None,
    home: Household | None = None,
    door: Dwelling | None = None,
    error: DomainError | None = None,
) -> HttpResponse:
    """The form, also with what is wrong; everybody whom it names is noted, whatever the method."""
    keeping, given = taking.keeping(scope_of(request.user)), request.POST or request.GET
    home_id = home.pk if home else taking.household_of(person.pk) if person else None
    members = register_life.member_rows(home_id) if home_id else []
    usual = home.building_id if home else person.building_id if person else None
    building, doors = register_life.doors(keeping, register_life.key(request.GET.dict(), "building") or usual)
    near = register_life.neighbours(building) if act.names_neighbours else []
    homes = [line for line in near if line.household.pk != home_id]
    named = members if act.names_members else []
    if subject := person or home or door:
        people = [*(row.person_id for row in named), *(line.head_id for line in homes)]
        note(request, AccessAction.VIEWED, type(subject).__name__.lower(), [subject.pk, *people])
    version = (
        history.person_version(person.pk) if person else history.household_version(home.pk) if home else 0
    )
    today = timezone.localdate()
    context = {
        "act": act,
        "person": person,
        "home": home,
        "door": door,
        "shown_name": mask_name(person.name) if person else "",
        "members": register_life.masked(named),
        "others": register_life.masked(row for row in named if not person or row.person_id != person.pk),
        "is_head": any(row.relation == "02" and person and row.person_id == person.pk for row in members),
        "needs_head": act is register_life.HOUSEHOLD_ACTS["head"],
        "relations": [(code, name) for code, name in relations.OFFERED.items() if code != "02"],
        "codes": {name: register_life.code_choices(name) for name in ("education", "marital", "employment")},
        "building": building,
        "doors": doors,
        "homes": homes,
        "buildings": register_life.buildings(keeping, given.get("q", "")),
        "q": given.get("q", ""),
        "given": given,
        "version": version,
        "today": today.isoformat(),
        "yesterday": (today - timedelta(days=1)).isoformat(),
        "keeps_seen": error is not None and error.code != "register_changed",
        "error": error.text() if error else "",
    }
    return render(request, "map_ui/register_act.html", context, status=error.status if error else 200)
