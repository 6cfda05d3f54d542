"""One case: its page, the same as a panel over the map, and the steps one may take."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST, require_safe

from geodata.errors import DomainError
from geodata.ids import uuid7
from gridmgmt.cases import errors as case_errors
from gridmgmt.cases import photos, queries, reference
from gridmgmt.cases.actions import may_take, photo_role, take_step
from gridmgmt.cases.models import Case, Photo
from gridmgmt.organisation.models import User
from gridmgmt.organisation.scope import scope_of
from gridmgmt.supervision import errors as supervision_errors
from gridmgmt.supervision.actions import urge_case
from map_ui import case_branches, case_page, live_data
from map_ui.case_parts import stage_name
from map_ui.sending import sender_of, signed_in_user

NOT_FIELDS = frozenset({"action", "version", "text", "photos", "csrfmiddlewaretoken"})
MOST_PHOTOS = 9


@require_safe
@ensure_csrf_cookie
def page(request: HttpRequest, number: str) -> HttpResponse:
    """The case on a page of its own, with a small map."""
    user = signed_in_user(request)
    case = queries.case_by_number(scope_of(user), number)
    context = case_page.case_context(case, user, timezone.now())
    place = {"lon": case.geom.x, "lat": case.geom.y, "number": case.number, "category": case.category_id}
    data = {
        "map": live_data.map_data(scope_of(user)),
        "case": {**place, "lamp": context["case"].lamp, "version": case.version},
        "panel_url": reverse("map_ui:case_panel", args=[case.number]),
        "feed_url": "/feed/events",
    }
    return render(request, "map_ui/case.html", {**context, "data": data})


@require_safe
def panel(request: HttpRequest, number: str) -> HttpResponse:
    """The same as a fragment."""
    user = signed_in_user(request)
    case = queries.case_by_number(scope_of(user), number)
    return render(request, "map_ui/_case_panel.html", case_page.case_context(case, user, timezone.now()))


@require_POST
def step(request: HttpRequest, number: str) -> HttpResponse:
    """Takes a step; scripts get JSON, a plain form post goes back to the case's page."""
    user = signed_in_user(request)
    case = queries.case_by_number(scope_of(user), number)
    store_step_photos(request, case, user)
    try:
        moved = _urged(request, case, user) if _urges(request) else _moved(request, case, user)
    except DomainError as error:
        raise _in_words(error, case) from error
    flow = reference.current().flows[moved.procedure_id]
    said = gettext("Done. %(number)s is now: %(stage)s.") % {
        "number": number,
        "stage": stage_name(flow, moved.stage),
    }
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"number": number, "stage": moved.stage, "version": moved.version, "said": said})
    messages.success(request, said)
    return redirect("map_ui:case", number=number)


def _urges(request: HttpRequest) -> bool:
    return request.POST.get("action") == "urge"


def _urged(request: HttpRequest, case: Case, user: User) -> Case:
    """A leader's urging goes out as a numbered notice."""
    return urge_case(
        case_id=case.pk,
        by=user,
        expected_version=_version(request),
        at=timezone.now(),
        text=request.POST.get("text", "")[:2000],
        until=_date(request.POST.get("until", "")),
    )


def _moved(request: HttpRequest, case: Case, user: User) -> Case:
    return take_step(
        case_id=case.pk,
        action=request.POST.get("action", ""),
        by=user,
        expected_version=_version(request),
        at=timezone.now(),
        text=request.POST.get("text", "")[:2000],
        fields=_plain_fields(request.POST) | case_branches.fields_of(request.POST),
    )


def _plain_fields(given: QueryDict) -> dict[str, Any]:
    names = (name for name in given if name not in NOT_FIELDS and not case_branches.is_part(name))
    return {name: given[name] for name in names if given[name]}


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise supervision_errors.date_invalid("until") from None


def store_step_photos(request: HttpRequest, case: Case, user: User) -> None:
    """Takes the photos of a step first: each is kept even if the step itself is refused afterwards.

    Only who may take such a step on this case, in whatever stage it stands by now, may add photos by it.
    """
    files = request.FILES.getlist("photos")
    action = request.POST.get("action", "")
    if files and not may_take(case, user, action):
        raise case_errors.not_permitted(action)
    if len(files) > MOST_PHOTOS:
        raise DomainError(
            code="too_many_photos", status=422, message="At most %(most)s photos.", data={"most": MOST_PHOTOS}
        )
    role = photo_role(case, action)
    for file in files:
        store_step_photo(file, case, user, role)


def store_step_photo(file: UploadedFile[Any], case: Case, user: User, role: Photo.Role) -> None:
    """One photo, announced and stored together: an unreadable one leaves nothing. The same bytes are taken once."""
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    sha256 = digest.digest()
    known = Photo.objects.filter(case=case, sha256=sha256, role=role).first()
    photo_id = known.pk if known else uuid7()
    file.seek(0)
    now = timezone.now()
    with transaction.atomic():
        photos.declare_photo(case_id=case.pk, photo_id=photo_id, sha256=sha256, role=role, by=user, at=now)
        photos.store_photo(
            photo_id=photo_id,
            stream=file,
            sender=sender_of(user),
            at=now,
            content_type=file.content_type or "",
            expected_bytes=file.size,
        )


def _version(request: HttpRequest) -> int:
    try:
        return int(request.POST.get("version", ""))
    except ValueError:
        raise DomainError(
            code="version_missing", status=422, message="The form is incomplete. Reload the page."
        ) from None


def _in_words(error: DomainError, case: Case) -> DomainError:
    """Adds the stage's name and the fields' names, so that a page need not know keys."""
    data: dict[str, Any] = dict(error.data)
    if "stage" in data:
        data["stage_name"] = stage_name(reference.current().flows[case.procedure_id], data["stage"])
    if "fields" in data:
        flow = reference.current().flows[case.procedure_id]
        data["names"] = "、".join(case_page.field_name(flow, name) for name in data["fields"])
    return DomainError(code=error.code, message=error.message, status=error.status, data=data)
