"""For administrators: what the outbox could not deliver, and the webhooks of other systems."""

from __future__ import annotations

import csv
import io
import json
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from geodata.spreadsheets import safe
from gridmgmt.events import parked, webhooks
from gridmgmt.events.parked import Parked
from gridmgmt.organisation.models import Role, User
from gridmgmt.organisation.scope import scope_of
from map_ui.sending import signed_in_user
from map_ui.tables import BOM


def areas_of(request: HttpRequest) -> tuple[str, ...]:
    """Code prefixes the signed-in person administers; others may not know that these pages exist."""
    prefixes = scope_of(request.user).prefixes_of(Role.ADMIN)
    if not prefixes:
        raise PermissionDenied
    return prefixes


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """What is parked, or the record of what was discarded."""
    areas = areas_of(request)
    discarded, text = request.GET.get("show") == "discarded", request.GET.get("text", "").strip()
    rows = parked.parked(areas, discarded=discarded, text=text)
    names = dict(User.objects.filter(pk__in={row.discarded_by for row in rows}).values_list("pk", "name"))
    context = {
        "rows": [
            (
                row,
                names.get(row.discarded_by) if row.discarded_by else None,
                json.dumps(row.payload, ensure_ascii=False, indent=1),
            )
            for row in rows
        ],
        "discarded": discarded,
        "text": text,
        "backlog": parked.backlog(timezone.now()),
        "count": parked.count(areas),
        "receivers": {str(row.pk): row.name for row in webhooks.subscriptions(areas)},
        "most": parked.MOST_ROWS,
    }
    return render(request, "map_ui/outbox.html", context)


@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """The same as CSV."""
    rows = parked.parked(areas_of(request), discarded=request.GET.get("show") == "discarded")
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(
        [
            "parked_at",
            "consumer",
            "topic",
            "event_id",
            "cell_code",
            "error",
            "attempts",
            "discarded_at",
            "reason",
        ]
    )
    for row in rows:
        writer.writerow([safe(str(value or "")) for value in _cells(row)])
    name = timezone.localtime().strftime("outbox-%Y%m%d-%H%M.csv")
    return HttpResponse(
        BOM + text.getvalue(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _cells(row: Parked) -> tuple[Any, ...]:
    return (
        row.parked_at.isoformat(), row.what, row.topic, row.event_id, row.cell_code, row.error, row.attempts,
        row.discarded_at and row.discarded_at.isoformat(), row.reason,
    )  # fmt: skip


@require_POST
def act(request: HttpRequest) -> HttpResponse:
    """Try again or discard: one ("kind:id"), those that are ticked, or all that are parked."""
    areas = areas_of(request)
    chosen = _chosen(request, areas)
    count = 0
    for kind in (parked.EVENT, parked.DELIVERY):
        ids = [one for of_kind, one in chosen if of_kind == kind]
        if request.POST.get("act") == "discard":
            count += parked.discard(
                kind=kind,
                ids=ids,
                prefixes=areas,
                by=signed_in_user(request).pk,
                at=timezone.now(),
                reason=request.POST.get("reason", ""),
            )
        else:
            count += parked.retry(kind=kind, ids=ids, prefixes=areas)
    if request.POST.get("act") == "discard":
        said = ngettext(
            "%(count)s discarded; the record is kept.", "%(count)s discarded; the records are kept.", count
        )
    else:
        said = ngettext("%(count)s is tried again.", "%(count)s are tried again.", count)
    messages.success(request, said % {"count": count})
    return redirect("map_ui:outbox")


def _chosen(request: HttpRequest, areas: tuple[str, ...]) -> list[tuple[str, int]]:
    if request.POST.get("all"):
        return [(row.kind, row.id) for row in parked.parked(areas)]
    found = []
    for value in request.POST.getlist("row"):
        kind, _, number = value.partition(":")
        if number.isdecimal() and len(number) < 19:
            found.append((kind, int(number)))
    return found


@require_safe
def hooks(request: HttpRequest) -> HttpResponse:
    """The webhooks of the administrator's area."""
    areas = areas_of(request)
    return render(
        request,
        "map_ui/webhooks.html",
        {"rows": webhooks.subscriptions(areas), "topics": settings.WEBHOOK_TOPICS, "area": areas[0]},
    )


@require_POST
def hook_new(request: HttpRequest) -> HttpResponse:
    """Makes a webhook and shows its secret, this once."""
    made = webhooks.subscribe(**_values(request), prefixes=areas_of(request))
    return _hook_page(request, made.subscription, secret=made.secret)


@require_safe
def hook(request: HttpRequest, hook_id: UUID) -> HttpResponse:
    """One webhook: its values and its newest deliveries."""
    return _hook_page(request, webhooks.subscription(hook_id, areas_of(request)))


@require_POST
def hook_act(request: HttpRequest, hook_id: UUID) -> HttpResponse:
    """Changes it, sends a test, or gives it a new secret that is shown this once."""
    areas, wish = areas_of(request), request.POST.get("act", "")
    if wish == "test":
        webhooks.send_test(subscription_id=hook_id, prefixes=areas)
        messages.success(request, gettext("The test is on its way; reload to see the answer."))
    elif wish == "secret":
        made = webhooks.renew_secret(subscription_id=hook_id, prefixes=areas)
        return _hook_page(request, made.subscription, secret=made.secret)
    else:
        webhooks.change(
            subscription_id=hook_id,
            **_values(request),
            active=request.POST.get("active") == "1",
            prefixes=areas,
        )
        messages.success(request, gettext("Saved."))
    return redirect("map_ui:webhook", hook_id=hook_id)


def _values(request: HttpRequest) -> dict[str, Any]:
    return {
        "name": request.POST.get("name", "")[:60],
        "url": request.POST.get("url", "")[:400],
        "topics": request.POST.getlist("topics"),
        "code_prefix": request.POST.get("code_prefix", "").strip()[:16],
    }


def _hook_page(request: HttpRequest, row: Any, *, secret: str = "") -> HttpResponse:
    context = {"row": row, "secret": secret, "topics": settings.WEBHOOK_TOPICS, "log": webhooks.log_of(row)}
    return render(request, "map_ui/webhook.html", context)
