"""The page where a person decides rows in conflict: both sides next to each other, one row or all of one reason."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from geodata.errors import DomainError
from gridmgmt.audit.actions import record
from gridmgmt.audit.models import AccessAction, Door
from gridmgmt.organisation.models import User
from importers import conflict_sides, conflicts, decisions, queries, report, states
from importers.errors import refusal
from importers.kinds import kind_named
from importers.models import Choice, ImportBatch, RowDecision
from importers.views import importer_of, require_prefixes
from importers.whole import whole

PER_PAGE: Final = 10
SHOWN_DECISIONS: Final = 50
WORDS: Final = {
    Choice.TAKE: gettext_lazy("The file is right"),
    Choice.KEEP: gettext_lazy("Leave this row out; the register stays"),
    Choice.CANDIDATE: gettext_lazy("This one is meant"),
    Choice.NEW: gettext_lazy("Somebody new"),
}
ANOTHER_THING: Final = gettext_lazy("Another one; the code of the file is left out")
OF_SEVERAL: Final = gettext_lazy("This row counts; the others stay out")


@require_safe
@login_required
def page(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Open conflicts with their sides, then what has been decided."""
    user = importer_of(request)
    batch = queries.visible_batch(user, batch_id)
    require_prefixes(user, batch)
    code = request.GET.get("code", "")[:40]
    ready = batch.state in states.UNFINISHED and not batch.wanted and conflicts.planned(batch)
    found = conflicts.open_findings(batch, code) if ready else batch.findings.none()
    shown = Paginator(found.order_by("row_no", "id"), PER_PAGE).get_page(request.GET.get("page"))
    cards = conflicts.conflicts(batch, list(shown))
    _record(user, batch, cards)
    context = {
        "batch": batch,
        "ready": ready,
        "code": code,
        "shown": shown,
        "cards": [_card(batch, one) for one in cards],
        "reasons": _reasons(batch) if ready else [],
        "decided": _decided(batch),
        "may_check": batch.state in states.UNFINISHED and not batch.wanted,
    }
    return render(request, "importers/conflicts.html", context)


@require_POST
@login_required
def decide(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Keeps a decision on one row (``row``), on all of one reason (``all``), or forgets one (``forget``)."""
    user = importer_of(request)
    batch = queries.visible_batch(user, batch_id)
    try:
        require_prefixes(user, batch)
        _carry_out(request, batch, user)
    except DomainError as error:
        messages.error(request, error.text())
    code = request.POST.get("code", "")[:40]
    return redirect(
        f"{reverse('importers:conflicts', args=[batch.pk])}{f'?code={code}' if code.isidentifier() else ''}"
    )


def _record(user: User, batch: ImportBatch, cards: list[conflicts.Conflict]) -> None:
    """Whoever is shown, masked, of a register about people was listed."""
    kind = kind_named(batch.kind)
    shown = [UUID(side.subject) for card in cards for side in card.sides if side.subject]
    if kind.logged and shown:
        record(
            user_id=user.pk,
            action=AccessAction.LISTED,
            subject_kind=kind.subject,
            subject_ids=shown,
            at=timezone.now(),
            door=Door.PAGES,
            purpose="conflicts of an import",
            asked={"batch": str(batch.pk)},
        )


def _carry_out(request: HttpRequest, batch: ImportBatch, user: User) -> None:
    form, at = request.POST, timezone.now()
    if "forget" in form:
        conflicts.take_back(batch=batch, decision_id=_uuid(form["forget"]))
        return
    choice, _mark, target = form.get("choice", "").partition(":")
    if "all" in form:
        count = conflicts.decide_all(batch=batch, code=form["all"], choice=choice, by=user.pk, at=at)
    else:
        row_no = whole(form.get("row", ""))
        count = conflicts.decide(batch=batch, row_no=row_no, choice=choice, target=target, by=user.pk, at=at)
    done = ngettext("%(count)d row decided.", "%(count)d rows decided.", count) % {"count": count}
    messages.success(request, done)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise refusal("conflict_unknown") from None


def _words(code: str) -> dict[Choice, Any]:
    """What may be said of rows in conflict for this reason."""
    return {**WORDS, Choice.NEW: ANOTHER_THING} if code == "code_taken" else WORDS


def _said(row: RowDecision) -> str:
    another = row.code == "code_taken" and row.choice == Choice.NEW
    return str(ANOTHER_THING) if another else row.get_choice_display()


def _card(batch: ImportBatch, conflict: conflicts.Conflict) -> dict[str, Any]:
    code = conflict.finding.code
    words = {**WORDS, Choice.TAKE: OF_SEVERAL} if code in decisions.IN_FILE else _words(code)
    options = []
    for choice in conflict.choices:
        if choice == Choice.CANDIDATE:
            there = [side for side in conflict.sides if side.target]
            options += [
                (f"candidate:{side.target}", f"{words[Choice.CANDIDATE]} · {number}")
                for number, side in enumerate(there, start=1)
            ]
        else:
            options.append((choice, str(words[Choice(choice)])))
    numbered = [side for side in conflict.sides if side.target] if "candidate" in conflict.choices else []
    return {
        "finding": conflict.finding,
        "place": report.place_text(conflict.finding.ref),
        "reason": report.reason_text(code),
        "heads": [
            f"{side.title} · {numbered.index(side) + 1}" if side in numbered else side.title
            for side in conflict.sides
        ],
        "lines": conflict_sides.lines(conflict.sides) if conflict.sides else [],
        "options": options,
        "elsewhere": code == "household_has_other_head",
    }


def _reasons(batch: ImportBatch) -> list[dict[str, Any]]:
    """Open conflicts by reason, with what may be said of all of them."""
    counts = dict(
        conflicts.open_findings(batch)
        .order_by()
        .values_list("code")
        .annotate(rows=Count("id"))
        .order_by("code")
    )
    return [
        {
            "code": code,
            "text": report.reason_text(code),
            "count": count,
            "options": [
                (choice, _words(code)[Choice(choice)])
                for choice in decisions.choices(batch.kind, code)
                if choice in decisions.FOR_ALL.get(code, ())
            ],
        }
        for code, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]


def _decided(batch: ImportBatch) -> dict[str, Any]:
    made = decisions.made_for(batch)
    rows: list[RowDecision] = list(made[:SHOWN_DECISIONS])
    names = dict(User.objects.filter(pk__in={row.decided_by for row in rows}).values_list("pk", "name"))
    return {
        "count": made.count(),
        "rows": [
            {
                "decision": row,
                "place": report.place_text(row.ref),
                "reason": report.reason_text(row.code),
                "said": _said(row),
                "by": names.get(row.decided_by, "–") if row.decided_by else "–",
            }
            for row in rows
        ],
    }
