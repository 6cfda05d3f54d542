"""The page where a person says which building an address means."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from geodata.errors import DomainError
from geodata.models import Building
from importers import queries, states
from importers.building_map import building_at, map_data, spot, within
from importers.errors import refusal
from importers.models import AddressQuestion, ImportBatch
from importers.people.questions import decide
from importers.views import importer_of

PER_PAGE: Final = 20
_MOST_FOUND: Final = 12


@require_safe
@login_required
def addresses(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """The open questions of an import with the buildings that may be meant; the answered ones below."""
    user = importer_of(request)
    batch = queries.visible_batch(user, batch_id)
    prefixes = queries.writable_prefixes(user)
    shown = Paginator(batch.questions.filter(decided_at=None), PER_PAGE).get_page(request.GET.get("page"))
    searched, asked = request.GET.get("q", "").strip()[:60], request.GET.get("question", "")
    found = list(_search(prefixes, searched)) if searched else []
    cards = _cards(list(shown), prefixes, asked, found)
    context = {
        "batch": batch,
        "shown": shown,
        "cards": cards,
        "map": {
            "map": map_data(prefixes),
            "spots": {str(card["question"].pk): [spot(one) for one in card["buildings"]] for card in cards},
            "at": reverse("importers:building_at"),
        },
        "searched": searched,
        "answered": batch.questions.exclude(decided_at=None).select_related("building")[:PER_PAGE],
        "may_check": batch.state in states.UNFINISHED and not batch.wanted,
    }
    return render(request, "importers/addresses.html", context)


@require_POST
@login_required
def answer(request: HttpRequest, question_id: UUID) -> HttpResponse:
    """Keeps an answer and goes on with the next question."""
    user = importer_of(request)
    question = get_object_or_404(AddressQuestion.objects.select_related("batch"), pk=question_id)
    batch: ImportBatch = queries.visible_batch(user, question.batch_id)
    try:
        decide(
            question=question,
            building_id=_building_id(request.POST.get("building", "")),
            prefixes=queries.writable_prefixes(user),
            by=user.pk,
            at=timezone.now(),
        )
        messages.success(request, _("Kept; every later import knows it."))
    except DomainError as error:
        messages.error(request, error.text())
    return redirect("importers:addresses", batch.pk)


@require_safe
@login_required
def at(request: HttpRequest) -> JsonResponse:
    """The building where somebody tapped on the map; none is no error. Error: place_malformed."""
    prefixes = queries.writable_prefixes(importer_of(request))
    try:
        lon, lat = float(request.GET["lon"]), float(request.GET["lat"])
    except (KeyError, ValueError):
        raise refusal("place_malformed") from None
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise refusal("place_malformed")
    found = building_at(prefixes, lon, lat)
    return JsonResponse({"building": spot(found) if found else None})


def _building_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise refusal("building_unknown") from None


def _search(prefixes: tuple[str, ...], text: str) -> QuerySet[Building]:
    named = Q(name__icontains=text) | Q(estate__icontains=text) | Q(address__icontains=text)
    return within(prefixes).filter(named).order_by("estate", "name", "address")[:_MOST_FOUND]


def _cards(
    questions: list[AddressQuestion], prefixes: tuple[str, ...], asked: str, found: list[Building]
) -> list[dict[str, Any]]:
    """Each question with the buildings to choose from: its candidates, or what was searched for it."""
    ids = {candidate[0] for question in questions for candidate in question.candidates}
    known = {str(building.pk): building for building in within(prefixes).filter(pk__in=ids)}
    cards = []
    for question in questions:
        offered = [known[key] for key, _score, _why in question.candidates if key in known]
        here = str(question.pk) == asked
        cards.append({"question": question, "buildings": found if here else offered, "searching": here})
    return cards
