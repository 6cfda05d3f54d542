"""From a form to an action: what each act on a person or household reads, and the action it calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone

from geodata.models import Household, Person
from gridmgmt.registers import household_actions, move_actions, person_actions
from gridmgmt.registers.errors import refusal
from map_ui import register_life
from map_ui.noted import version
from map_ui.sending import signed_in_user

Post = Mapping[str, str]
VALUES = ("name", "sex", "birth_date", "id_no", "phone", "education", "marital", "employment")


def _birth(request: HttpRequest, one: Person) -> None:
    post = request.POST.dict()
    person_actions.birth(
        parent_id=one.pk,
        values=values_of(post),
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
    joined = None if home in {"keep", "own"} else register_life.key(post, "home")
    move_actions.move(
        person_id=one.pk,
        dwelling_id=_door(post),
        on=register_life.day(post),
        keep_household=home == "keep",
        household_id=joined,
        household_version=version(post, f"version-{joined}"),
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
    joined = register_life.key(post, "home")
    move_actions.move_back(
        person_id=one.pk,
        dwelling_id=_door(post),
        on=register_life.day(post),
        household_id=joined,
        household_version=version(post, f"version-{joined}"),
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
        values=values_of(post),
        dwelling_id=_door(post),
        on=register_life.day(post),
        household_id=home.pk,
        household_version=version(post),
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
        into_version=version(post, f"version-{into}"),
        **_signed(request),
    )
    return into


def _number(request: HttpRequest, home: Household) -> UUID:
    household_actions.renumber(
        household_id=home.pk, number=request.POST.get("number", ""), **_signed(request)
    )
    return home.pk


PERSON: dict[str, Callable[[HttpRequest, Person], None]] = {
    "birth": _birth,
    "correct": _correct,
    "move": _move,
    "move-out": _move_out,
    "move-back": _move_back,
    "death": _death,
}
HOUSEHOLD: dict[str, Callable[[HttpRequest, Household], UUID]] = {
    "move-in": _move_in,
    "head": _head,
    "address": _address,
    "split": _split,
    "merge": _merge,
    "number": _number,
}


def _signed(request: HttpRequest) -> dict[str, Any]:
    """Who, when, and the version the form was made with."""
    return {
        "by": signed_in_user(request),
        "at": timezone.now(),
        "version": version(request.POST),
    }


def values_of(post: Post) -> dict[str, str]:
    """The fields of a person that a form filled in."""
    return {name: post[name] for name in VALUES if post.get(name, "").strip()}


def _succession(post: Post) -> dict[str, Any]:
    return {"new_head": register_life.key(post, "new_head"), "said": register_life.said(post)}


def _door(post: Post) -> UUID:
    door = register_life.key(post, "dwelling")
    if door is None:
        raise refusal("dwelling_unknown", field="dwelling")
    return door
