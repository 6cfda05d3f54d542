"""The trays: my tasks, those to be taken on, those of the absent; taking on, giving away, handing over; the shift."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST, require_safe

from geodata.errors import DomainError
from gridmgmt.cases import request_queries, task_actions, task_queries
from gridmgmt.cases.models import TaskKind
from gridmgmt.organisation import shifts
from gridmgmt.organisation.models import User
from gridmgmt.organisation.scope import scope_of
from gridmgmt.organisation.shifts import Seen
from map_ui import case_filters, task_page, task_table
from map_ui.sending import signed_in_user

PAGE_SIZE = 30
MOST_EXPORTED = 20_000
MOST_ASKED = 200


@require_safe
@ensure_csrf_cookie
def page(request: HttpRequest) -> HttpResponse:
    """One list of the tray with its filters."""
    user, now = signed_in_user(request), timezone.now()
    context = _list(request, user, now) | task_page.shift_context(user, now)
    data = {
        "feed_url": "/feed/events",
        "list_url": f"{reverse('map_ui:tasks_list')}?{request.GET.urlencode()}",
        "position_url": reverse("map_ui:shift_position") if context["shift"] else "",
    }
    return render(request, "map_ui/tasks.html", {**context, "data": data})


@require_safe
def rows(request: HttpRequest) -> HttpResponse:
    """The same list as a fragment, for when something has moved."""
    return render(request, "map_ui/_task_list.html", _list(request, signed_in_user(request), timezone.now()))


def _list(request: HttpRequest, user: User, now: datetime) -> dict[str, Any]:
    filters = task_page.read_filters(request.GET.dict(), scope_of(user))
    context: dict[str, Any] = {
        "filters": filters,
        "tabs": task_page.tabs(user, filters, now),
        "kinds": TaskKind.choices,
        "orders": _orders(),
        "now": now,
        "back": f"{reverse('map_ui:tasks')}?{request.GET.urlencode()}",
        "query": task_page.as_query(filters),
    }
    if filters.view == "moves":
        return context | {"moves": task_queries.moves_of(user, now=now)}
    if filters.view == "asked":
        return context | {"asked": task_page.asked(request_queries.waiting(user)[:MOST_ASKED])}
    found = task_queries.tray(user, filters, now=now)
    total = found.count()
    number = max(1, min(case_filters.page_number(request.GET.dict()), -(-total // PAGE_SIZE) or 1))
    chosen = list(found[(number - 1) * PAGE_SIZE : number * PAGE_SIZE])
    return context | {
        "found": {"total": total},
        "rows": task_page.shown(chosen, user),
        "first": (number - 1) * PAGE_SIZE + 1,
        "last": (number - 1) * PAGE_SIZE + len(chosen),
        "before": task_page.as_query(filters, page=number - 1) if number > 1 else "",
        "after": task_page.as_query(filters, page=number + 1) if number * PAGE_SIZE < total else "",
    }


def _orders() -> list[tuple[str, str]]:
    return [
        ("due", gettext("Due first")),
        ("near", gettext("Nearest first")),
        ("newest", gettext("Newest first")),
    ]


@require_safe
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The list as CSV, all pages of it."""
    user, now = signed_in_user(request), timezone.now()
    filters = task_page.read_filters(request.GET.dict(), scope_of(user))
    found = task_queries.tray(user, filters, now=now)[:MOST_EXPORTED]
    lines = task_table.csv_lines(found, user, told=task_page.as_query(filters))
    name = timezone.localtime(now).strftime("tasks-%Y%m%d-%H%M.csv")
    return StreamingHttpResponse(
        lines,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _done(request: HttpRequest, act: Callable[[], str]) -> HttpResponse:
    """Does it and goes back where the form came from; a refusal is told there, or as JSON to scripts."""
    try:
        said = act()
    except DomainError as error:
        if "application/json" in request.headers.get("Accept", ""):
            raise
        messages.error(request, error.text())
        return _back(request)
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"said": said})
    messages.success(request, said)
    return _back(request)


def _back(request: HttpRequest) -> HttpResponseRedirect:
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return HttpResponseRedirect(wanted if safe else reverse("map_ui:tasks"))


@require_POST
def claim(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Take a task on."""
    user = signed_in_user(request)

    def act() -> str:
        task = task_actions.claim(task_id=task_id, by=user, at=timezone.now())
        return gettext("%(number)s is yours now.") % {"number": task.case.number}

    return _done(request, act)


@require_POST
def release(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Put a task back."""
    user = signed_in_user(request)

    def act() -> str:
        reason = request.POST.get("reason", "")
        task = task_actions.release(task_id=task_id, by=user, at=timezone.now(), reason=reason)
        return gettext("%(number)s may be taken on by others again.") % {"number": task.case.number}

    return _done(request, act)


@require_safe
@ensure_csrf_cookie
def give_page(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Who could do the task, with what they have in hand."""
    user, now = signed_in_user(request), timezone.now()
    task = task_queries.one_task(user, task_id, now=now)
    [row] = task_page.shown([task], user)
    people = task_queries.colleagues(task, now=now) if row.may_give else []
    context = {
        "row": row,
        "people": [(person, task_page.load_words(person)) for person in people],
        "mine": task.assignee_id == user.pk,
        "moves": task_queries.moves(task),
        "back": reverse("map_ui:tasks"),
        "now": now,
    }
    return render(request, "map_ui/task_give.html", context)


@require_POST
def give(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Give a task to a colleague."""
    user = signed_in_user(request)

    def act() -> str:
        to, reason = _uuid(request, "to"), request.POST.get("reason", "")
        task = task_actions.give(task_id=task_id, to=to, by=user, at=timezone.now(), reason=reason)
        return gettext("%(number)s went to %(name)s.") % {"number": task.case.number, "name": task.assignee}

    return _done(request, act)


@require_safe
@ensure_csrf_cookie
def hand_over_page(request: HttpRequest) -> HttpResponse:
    """All tasks of a person – mine, or those of somebody absent for who distributes work – and who could have them."""
    user, now = signed_in_user(request), timezone.now()
    whose = _whose(request, user)
    tasks = task_queries.in_hand(user, whose, now=now)
    if whose != user and not tasks:
        raise Http404  # also for those who distribute no work there: not even the name is told
    context = {
        "whose": whose,
        "mine": whose == user,
        "rows": task_page.shown(tasks, user),
        "people": [
            (p, task_page.load_words(p)) for p in task_page.takers(tasks, now) if p.user_id != whose.pk
        ],
        "ends_shift": whose == user and request.GET.get("end") == "shift",
        "back": reverse("map_ui:tasks"),
        "now": now,
    }
    return render(request, "map_ui/task_hand_over.html", context)


def _whose(request: HttpRequest, user: User) -> User:
    """Whose tasks: the user's own unless the address names somebody."""
    try:
        named = UUID((request.POST or request.GET).get("whose", ""))
    except ValueError:
        return user
    return get_object_or_404(User, pk=named)


@require_POST
def hand_over(request: HttpRequest) -> HttpResponse:
    """All at once, and with it the end of the shift when the form says so."""
    user, at = signed_in_user(request), timezone.now()
    whose, what = _whose(request, user), request.POST.get("tasks", "")
    reason = request.POST.get("reason", "")

    def act() -> str:
        to = _uuid(request, "to") if what == "give" else None
        if request.POST.get("end") == "shift":
            keep, pool = what == "keep", what == "pool"
            _shift, done = task_actions.end_shift(
                user=user, at=at, to=to, keep=keep, pool=pool, reason=reason
            )
        else:
            done = task_actions.hand_over(whose=whose, to=to, by=user, at=at, reason=reason)
        told = gettext("Handed over: %(given)d to the colleague, %(pooled)d to be taken on by others.")
        return told % {"given": done.given, "pooled": done.pooled}

    return _done(request, act)


@require_POST
def start_shift(request: HttpRequest) -> HttpResponse:
    """Go on duty."""
    user = signed_in_user(request)

    def act() -> str:
        shift = shifts.start_shift(user=user, at=timezone.now())
        until = timezone.localtime(shift.ends_by).strftime("%H:%M")
        return gettext("You are on duty until %(time)s.") % {"time": until}

    return _done(request, act)


@require_POST
def position(request: HttpRequest) -> JsonResponse:
    """Where this browser is (WGS 84), while its user is on duty and the page is open."""
    user, now = signed_in_user(request), timezone.now()
    try:
        body = json.loads(request.body)
        lon, lat, accuracy = float(body["lon"]), float(body["lat"]), float(body["accuracy"])
    except (ValueError, KeyError, TypeError, OverflowError):
        raise DomainError(code="bad_point", message="A point needs lon and lat as numbers.") from None
    shifts.record_position(user=user, seen=Seen(lon, lat, "wgs84", accuracy, now), at=now)
    return JsonResponse({"kept": True})


def _uuid(request: HttpRequest, name: str) -> UUID:
    try:
        return UUID(request.POST.get(name, ""))
    except ValueError:
        raise DomainError(
            code="task_taker_missing",
            status=422,
            message=_("Choose a colleague first."),
            data={"field": name},
        ) from None
