"""Cards: the list with its export, one card with what may be done, its document."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from geodata.errors import DomainError
from gridmgmt.organisation.scope import scope_of
from gridmgmt.supervision import actions, errors, files, queries
from gridmgmt.supervision.models import Card
from map_ui import case_filters, supervision_page, tables
from map_ui.language import in_language
from map_ui.sending import signed_in_user
from map_ui.templatetags.grid import named, stamp

PAGE_SIZE = 30
MOST_EXPORTED = 50_000
MOST_TEXT = 2000


@require_safe
def cards(request: HttpRequest) -> HttpResponse:
    """Cards of the scope: levels as tabs, filters, one row a card."""
    scope, now = scope_of(request.user), timezone.now()
    filters = supervision_page.read_filters(request.GET.dict())
    page = case_filters.page_number(request.GET.dict())
    found = queries.card_list(scope, filters=filters, now=now, page=page, size=PAGE_SIZE)
    context = {
        "filters": filters,
        "found": found,
        "now": now,
        "first": (found.page - 1) * found.size + 1,
        "last": (found.page - 1) * found.size + len(found.rows),
        "query": supervision_page.as_query(filters),
        "narrowed": bool(supervision_page.as_query(filters, order="")),
        "tabs": [
            (level, name, supervision_page.as_query(filters, level=level))
            for level, name in supervision_page.choices(scope)["levels"]
        ],
        "all_levels": supervision_page.as_query(filters, level=""),
        "before": supervision_page.as_query(filters, page=found.page - 1) if found.page > 1 else "",
        "after": supervision_page.as_query(filters, page=found.page + 1) if found.page < found.pages else "",
        **supervision_page.choices(scope),
    }
    return render(request, "map_ui/cards.html", context)


@require_safe
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The same rows as CSV, all pages of them."""
    scope, now = scope_of(request.user), timezone.now()
    filters = supervision_page.read_filters(request.GET.dict())
    rows = queries.filtered(scope, filters, now=now).select_related("department", "notice")[:MOST_EXPORTED]
    told = urlencode(request.GET.dict())
    lines = tables.lines(_heading(), (_cells(card) for card in rows.iterator(chunk_size=2000)), told=told)
    name = timezone.localtime().strftime("cards-%Y%m%d-%H%M.csv")
    return StreamingHttpResponse(
        lines,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@require_safe
def card(request: HttpRequest, card_id: UUID) -> HttpResponse:
    """One card: what caused it, what happened, what may be done."""
    user = signed_in_user(request)
    found = queries.card_of(scope_of(user), card_id)
    notice = getattr(found, "notice", None)
    context = {
        "card": found,
        "notice": notice,
        "notice_title": supervision_page.notice_title(notice.kind) if notice else "",
        "facts": supervision_page.facts(found),
        "trail": supervision_page.trail(found),
        "steps": supervision_page.steps(found, user),
        "today": timezone.localdate(),
        "now": timezone.now(),
    }
    return render(request, "map_ui/card.html", context)


@require_POST
def step(request: HttpRequest, card_id: UUID) -> HttpResponse:
    """Takes a step on a card and goes back to it; a refusal is said there."""
    user = signed_in_user(request)
    action = request.POST.get("action", "")
    text = request.POST.get("text", "")[:MOST_TEXT]
    try:
        _take(request, card_id, action, text)
    except DomainError as error:
        if error.status == 404:
            raise
        messages.error(request, error.text())
    else:
        messages.success(request, gettext("Done and kept in the card's history."))
    queries.card_of(scope_of(user), card_id)
    return redirect("map_ui:card", card_id=card_id)


def _take(request: HttpRequest, card_id: UUID, action: str, text: str) -> None:
    user, at = signed_in_user(request), timezone.now()
    if action == "serve":
        actions.serve(card_id=card_id, by=user, at=at)
    elif action == "answer":
        plan = _day(request.POST.get("plan_date", ""))
        actions.answer(card_id=card_id, by=user, at=at, text=text, plan_date=plan)
    elif action == "ask_cancel":
        actions.ask_cancel(card_id=card_id, by=user, at=at, reason=text)
    elif action == "cancel":
        actions.cancel(card_id=card_id, by=user, at=at)
    elif action == "keep":
        actions.keep(card_id=card_id, by=user, at=at, reason=text)
    else:
        raise errors.not_permitted(action[:16])


@require_safe
def document(request: HttpRequest, notice_id: UUID) -> HttpResponse:
    """The document as it was issued; asked for again each time, because rights may be lost."""
    notice = queries.notice_of(scope_of(request.user), notice_id)
    content = files.read(notice)
    headers = {
        "Cache-Control": "private, no-store",
        "Content-Disposition": f'inline; filename="{notice.kind}-{notice.year}-{notice.serial}.pdf"',
    }
    return HttpResponse(content, content_type="application/pdf", headers=headers)


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise errors.date_invalid("plan_date") from None


def _heading() -> list[str]:
    return [
        gettext("Level"), gettext("State"), gettext("Raised"), gettext("Case"), gettext("Category"), gettext("Stage"),
        gettext("Department"), gettext("Document"), gettext("Due"), gettext("Answer due"), gettext("Answered"),
        gettext("Score"), gettext("Cell"), gettext("Rule"),
    ]  # fmt: skip


def _cells(row: Card) -> Iterator[str]:
    notice = getattr(row, "notice", None)
    yield from (
        str(row.get_level_display()), str(row.get_state_display()), stamp(row.raised_at), row.number,
        in_language(row, "subject"), in_language(row, "stage_name"), named(row.department),
        notice.number if notice else "", stamp(row.due_at) if row.due_at else "",
        stamp(row.reply_due_at) if row.reply_due_at else "", stamp(row.answered_at) if row.answered_at else "",
        str(row.score), row.cell_code, row.rule_key,
    )  # fmt: skip
