"""Forms for what happens to people and households, and the history of either. The rules are in gridmgmt.registers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
from gridmgmt.audit import actions as audit
from gridmgmt.organisation.scope import scope_of
from gridmgmt.registers import history, household_actions, move_actions, person_actions, relations, taking
from gridmgmt.registers.errors import refusal
from gridmgmt.registers.readers import people_scope
from map_ui import register_life
from map_ui.sending import signed_in_user

Post = Mapping[str, str]
VALUES = ("name", "sex", "birth_date", "id_no", "phone", "education", "marital", "employment")


@require_http_methods(["GET", "HEAD", "POST"])
def person_act(request: HttpRequest, person_id: UUID, what: str) -> HttpResponse:
    """The form of one act on a person, and doing it."""
    one = _person(request, person_id)
    if what not in register_life.acts_for(one):
        raise Http404
    if request.method == "POST":
        try:
            _PERSON[what](request, one)
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
            shown = _HOUSEHOLD[what](request, home)
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
        _note(request, "dwelling", dwelling_id)
        return _form(request, register_life.ARRIVAL, door=door)
    post = request.POST.dict()
    try:
        one = move_actions.move_in(
            values=_values(post),
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
    return _history(
        request, history.of_person(person_id), title=mask_name(one.name), back=("map_ui:person", one.pk)
    )


@require_safe
def household_history(request: HttpRequest, household_id: UUID) -> HttpResponse:
    """The same of a household."""
    home = _household(request, household_id, read=True)
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


def _birth(request: HttpRequest, one: Person) -> None:
    post = request.POST.dict()
    person_actions.birth(
        parent_id=one.pk,
        values=_values(post),
        relation=post.get("relation", ""),
        registered="registered" in post,
        **_signed(request),
    )


def _correct(request: HttpRequest, one: Person) -> None:
    post = request.POST.dict()
    values = {
        name: "" if f"empty-{name}" in post else post[name]
        for name in VALUES
        if post.get(name, "").strip() or f"empty-{name}" in post
    }
    person_actions.correct(person_id=one.pk, values=values, **_signed(request))


def _move(request: HttpRequest, one: Person) -> None:
    post = request.POST.dict()
    home = post.get("home", "own")
    move_actions.move(
        person_id=one.pk,
        dwelling_id=_door(post),
        on=register_life.day(post),
        keep_household=home == "keep",
        household_id=None if home in {"keep", "own"} else register_life.key(post, "home"),
        relation=post.get("relation", ""),
        registered="registered" in post,
        **_succession(post),
        **_signed(request),
    )


def _move_out(request: HttpRequest, one: Person) -> None:
    post = request.POST.dict()
    move_actions.move_out(
        person_id=one.pk,
        on=register_life.day(post),
        elsewhere=post.get("elsewhere", ""),
        keep_registered="keep_registered" in post,
        **_succession(post),
        **_signed(request),
    )


def _move_back(request: HttpRequest, one: Person) -> None:
    post = request.POST.dict()
    move_actions.move_back(
        person_id=one.pk,
        dwelling_id=_door(post),
        on=register_life.day(post),
        household_id=register_life.key(post, "home"),
        relation=post.get("relation", ""),
        registered="registered" in post,
        **_signed(request),
    )


def _death(request: HttpRequest, one: Person) -> None:
    post = request.POST.dict()
    person_actions.death(
        person_id=one.pk, on=register_life.day(post), **_succession(post), **_signed(request)
    )


def _move_in(request: HttpRequest, home: Household) -> UUID:
    post = request.POST.dict()
    move_actions.move_in(
        values=_values(post),
        dwelling_id=_door(post),
        on=register_life.day(post),
        household_id=home.pk,
        relation=post.get("relation", ""),
        registered="registered" in post,
        registered_elsewhere=post.get("registered_elsewhere", ""),
        by=signed_in_user(request),
        at=timezone.now(),
    )
    return home.pk


def _head(request: HttpRequest, home: Household) -> UUID:
    post = request.POST.dict()
    follow = _succession(post)
    if follow["new_head"] is None:
        raise refusal("head_needed", field="new_head")
    household_actions.change_head(
        household_id=home.pk, on=register_life.day(post), **follow, **_signed(request)
    )
    return home.pk


def _address(request: HttpRequest, home: Household) -> UUID:
    post = request.POST.dict()
    move_actions.change_address(
        household_id=home.pk,
        dwelling_id=_door(post),
        on=register_life.day(post),
        registered="registered" in post,
        **_signed(request),
    )
    return home.pk


def _split(request: HttpRequest, home: Household) -> UUID:
    post = request.POST.dict()
    founded = household_actions.split(
        household_id=home.pk,
        moving=register_life.said(post, "moving-"),
        on=register_life.day(post),
        number=post.get("number", ""),
        **_succession(post),
        **_signed(request),
    )
    return founded.pk


def _merge(request: HttpRequest, home: Household) -> UUID:
    post = request.POST.dict()
    into = register_life.key(post, "into")
    if into is None:
        raise refusal("household_unknown", field="into")
    household_actions.merge(
        household_id=home.pk,
        into_id=into,
        said=register_life.said(post),
        on=register_life.day(post),
        into_version=history.household_version(into),
        **_signed(request),
    )
    return into


def _number(request: HttpRequest, home: Household) -> UUID:
    household_actions.renumber(
        household_id=home.pk, number=request.POST.get("number", ""), **_signed(request)
    )
    return home.pk


_PERSON: dict[str, Callable[[HttpRequest, Person], None]] = {
    "birth": _birth,
    "correct": _correct,
    "move": _move,
    "move-out": _move_out,
    "move-back": _move_back,
    "death": _death,
}
_HOUSEHOLD: dict[str, Callable[[HttpRequest, Household], UUID]] = {
    "move-in": _move_in,
    "head": _head,
    "address": _address,
    "split": _split,
    "merge": _merge,
    "number": _number,
}


def _signed(request: HttpRequest) -> dict[str, Any]:
    """Who, when, and the version the form was made with."""
    version = request.POST.get("version", "")
    return {
        "by": signed_in_user(request),
        "at": timezone.now(),
        "version": int(version) if version.isdecimal() and len(version) < 19 else -1,
    }


def _values(post: Post) -> dict[str, str]:
    return {name: post[name] for name in VALUES if post.get(name, "").strip()}


def _succession(post: Post) -> dict[str, Any]:
    return {"new_head": register_life.key(post, "new_head"), "said": register_life.said(post)}


def _door(post: Post) -> UUID:
    door = register_life.key(post, "dwelling")
    if door is None:
        raise refusal("dwelling_unknown", field="dwelling")
    return door


def _person(request: HttpRequest, person_id: UUID, *, read: bool = False) -> Person:
    """Somebody whose record the user keeps (or reads); reading it is written down."""
    scope = scope_of(request.user)
    one = Person.objects.select_related("building").filter(pk=person_id).first()
    if one is None or not scope.covers(one.cell_code):
        raise refusal("person_unknown")
    _may(request, one.cell_code, read=read)
    if request.method != "POST":
        _note(request, "person", person_id)
    return one


def _household(request: HttpRequest, household_id: UUID, *, read: bool = False) -> Household:
    home = Household.objects.select_related("building", "dwelling").filter(pk=household_id).first()
    if home is None or not scope_of(request.user).covers(taking.code_of(home)):
        raise refusal("household_unknown")
    _may(request, taking.code_of(home), read=read)
    if request.method != "POST":
        _note(request, "household", household_id)
    return home


def _may(request: HttpRequest, code: str, *, read: bool) -> None:
    if read and people_scope(scope_of(request.user)).covers(code):
        return
    taking.require_keeper(signed_in_user(request), code)


def _note(request: HttpRequest, kind: str, subject: UUID) -> None:
    audit.record(
        user_id=signed_in_user(request).pk, action="viewed", subject_kind=kind, subject_ids=[subject],
        at=timezone.now(), door="pages",
    )  # fmt: skip


def _form(
    request: HttpRequest,
    act: register_life.Act,
    *,
    person: Person | None = None,
    home: Household | None = None,
    door: Dwelling | None = None,
    error: DomainError | None = None,
) -> HttpResponse:
    scope, given = scope_of(request.user), request.POST or request.GET
    home_id = home.pk if home else taking.household_of(person.pk) if person else None
    members = register_life.member_rows(home_id) if home_id else []
    usual = home.building_id if home else person.building_id if person else None
    building, doors = register_life.doors(scope, register_life.key(given.dict(), "building") or usual)
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
        "members": register_life.masked(members),
        "others": register_life.masked(row for row in members if not person or row.person_id != person.pk),
        "is_head": any(row.relation == "02" and person and row.person_id == person.pk for row in members),
        "needs_head": act is register_life.HOUSEHOLD_ACTS["head"],
        "relations": [(code, name) for code, name in relations.OFFERED.items() if code != "02"],
        "codes": {name: register_life.code_choices(name) for name in ("education", "marital", "employment")},
        "building": building,
        "doors": doors,
        "homes": [line for line in register_life.homes_at(building) if line[0].pk != home_id],
        "buildings": register_life.buildings(scope, given.get("q", "")),
        "q": given.get("q", ""),
        "given": given,
        "version": version,
        "today": today.isoformat(),
        "yesterday": (today - timedelta(days=1)).isoformat(),
        "error": error.text() if error else "",
    }
    return render(request, "map_ui/register_act.html", context, status=error.status if error else 200)
