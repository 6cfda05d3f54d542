"""For everybody, signed in or not: how far a case is by number and code, rating it, rating it by a link."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from geodata.errors import DomainError
from gridmgmt.cases.models import Case
from gridmgmt.contact import ratings, receipts
from gridmgmt.contact.models import Rating
from gridmgmt.contact.progress import progress_of


@ensure_csrf_cookie
@sensitive_post_parameters("code", "number")
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """The form, and the progress once number and code are right. Neither ever stands in an address."""
    if request.method != "POST":
        return _form(request)
    number, code = request.POST.get("number", ""), request.POST.get("code", "")
    try:
        case = receipts.look_up(
            number=number, code=code, address=request.META.get("REMOTE_ADDR", ""), at=timezone.now()
        )
    except DomainError as error:
        return _form(request, number=number[:32], error=error)
    return _progress(request, case)


@require_POST
def rate(request: HttpRequest) -> HttpResponse:
    """A rating, or the one addition to it, by the proof that the progress page carries."""
    try:
        case = receipts.case_of_proof(request.POST.get("proof", ""))
    except DomainError as error:
        return _form(request, error=error)
    text, now = request.POST.get("text", ""), timezone.now()
    try:
        if request.POST.get("act") == "add":
            ratings.add(case=case, text=text, at=now)
        else:
            ratings.rate(
                case=case,
                value=request.POST.get("value", ""),
                text=text,
                channel=Rating.Channel.CODE,
                at=now,
            )
    except DomainError as error:
        return _progress(request, case, error=error)
    return _progress(request, case, said=gettext("Thank you. Your answer has been kept."))


@ensure_csrf_cookie
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind a link on the phone: looking uses nothing up, answering does."""
    now = timezone.now()
    try:
        if request.method == "POST":
            value, text = request.POST.get("value", ""), request.POST.get("text", "")
            ratings.rate_by_link(token=token, value=value, text=text, at=now)
            return render(request, "map_ui/rate_link.html", {"done": True})
        case = receipts.link_of(token, at=now).case
    except DomainError as error:
        if error.code == "rating_missing":
            case = receipts.link_of(token, at=now).case
            return render(
                request, "map_ui/rate_link.html", {**_link_context(case), "error": error.text()}, status=422
            )
        return render(request, "map_ui/rate_link.html", {"error": error.text()}, status=error.status)
    return render(request, "map_ui/rate_link.html", _link_context(case))


def _link_context(case: Case) -> dict[str, Any]:
    return {"progress": progress_of(case), "values": Rating.Value.choices}


def _form(request: HttpRequest, *, number: str = "", error: DomainError | None = None) -> HttpResponse:
    context = {"number": number, "error": error.text() if error else ""}
    return render(request, "map_ui/track.html", context, status=error.status if error else 200)


def _progress(
    request: HttpRequest, case: Case, *, said: str = "", error: DomainError | None = None
) -> HttpResponse:
    context = {
        "progress": progress_of(case),
        "proof": receipts.proof(case),
        "values": Rating.Value.choices,
        "said": said,
        "error": error.text() if error else "",
    }
    return render(request, "map_ui/track_progress.html", context, status=error.status if error else 200)
