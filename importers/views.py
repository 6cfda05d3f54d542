"""The page of the importer: choose a file, see the dry run, apply, take back. Work is done by the worker."""

from __future__ import annotations

import csv
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from geodata.errors import DomainError
from gridmgmt.organisation.models import Role, User
from gridmgmt.organisation.scope import scope_of
from importers import (
    actions,
    activation,
    files,
    filling,
    findings_file,
    limits,
    marked,
    pages,
    queries,
    states,
)
from importers.errors import refusal
from importers.kinds import kind_named
from importers.models import ImportBatch
from importers.profile import Profile
from importers.saved_profiles import load_any

PER_PAGE: Final = 20
XLSX_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """The form and the imports so far."""
    return _home(request, importer_of(request), error=None)


@require_POST
@login_required
def upload(request: HttpRequest) -> HttpResponse:
    """Takes a file in and asks for its dry run."""
    user = importer_of(request)
    try:
        batch = _taken(request, user)
    except DomainError as error:
        return _home(request, user, error=error)
    return redirect("importers:batch", batch.pk)


@require_safe
@login_required
def batch(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """One import: figures, reasons, sample, what can be done."""
    user = importer_of(request)
    found = queries.visible_batch(user, batch_id)
    context = {**pages.batch_context(found, request.GET.get("code", "")), "marked": marked.state(found, user)}
    return render(request, "importers/batch.html", context)


@require_safe
@login_required
def progress(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """What the open page asks for while the worker is busy; once it is done the page is loaded anew."""
    found = queries.visible_batch(importer_of(request), batch_id)
    response = render(request, "importers/_progress.html", pages.batch_context(found))
    if not found.wanted:
        response["HX-Refresh"] = "true"
    return response


@require_safe
@login_required
def report_json(request: HttpRequest, batch_id: UUID) -> JsonResponse:
    """Figures, reasons and facts for programs, as the command line gives them."""
    found = queries.visible_batch(importer_of(request), batch_id)
    return JsonResponse(queries.as_data(found), json_dumps_params={"ensure_ascii": False})


@require_safe
@login_required
def findings(request: HttpRequest, batch_id: UUID) -> StreamingHttpResponse:
    """All reasons as CSV for a spreadsheet."""
    found = queries.visible_batch(importer_of(request), batch_id)
    lines = pages.finding_lines(found)
    writer = csv.writer(_Echo())
    response = StreamingHttpResponse(
        (("\ufeff" if number == 0 else "") + writer.writerow(line) for number, line in enumerate(lines)),
        content_type="text/csv; charset=utf-8",
    )
    response["Content-Disposition"] = f'attachment; filename="import-{found.pk}.csv"'
    return response


@require_safe
@login_required
def findings_workbook(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """The reasons as a workbook with colours."""
    found = queries.visible_batch(importer_of(request), batch_id)
    response = HttpResponse(findings_file.workbook(found), content_type=XLSX_TYPE)
    response["Content-Disposition"] = f'attachment; filename="import-{found.pk}.xlsx"'
    return response


@require_safe
@login_required
def template(request: HttpRequest, kind: str) -> HttpResponse:
    """A workbook to be filled in: headings, and a row of notes that is recognised and left out."""
    importer_of(request)
    response = HttpResponse(filling.workbook(kind_named(kind)), content_type=XLSX_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{kind}.xlsx"'
    return response


@require_POST
@login_required
def act(request: HttpRequest, batch_id: UUID, action: str) -> HttpResponse:
    """Apply, check anew, undo, discard or activate."""
    user = importer_of(request)
    found = queries.visible_batch(user, batch_id)
    try:
        require_prefixes(user, found)
        _ACTIONS[action](found, user)
    except DomainError as error:
        messages.error(request, error.text())
    return redirect("importers:batch", found.pk)


class _Echo:
    """A file for csv.writer that hands back what is written."""

    def write(self, text: str) -> str:
        return text


def importer_of(request: HttpRequest) -> User:
    """The signed-in importer. Error: not_an_importer."""
    user = request.user
    if not isinstance(user, User):
        raise refusal("not_an_importer")
    queries.writable_prefixes(user)
    return user


def require_county(profile: Profile, prefixes: tuple[str, ...]) -> None:
    """Nobody imports for a county that is not theirs. Error: outside_your_scope."""
    if profile.county and not any(
        profile.county.startswith(prefix) or prefix.startswith(profile.county) for prefix in prefixes
    ):
        raise refusal("outside_your_scope")


def require_prefixes(user: User, found: ImportBatch) -> None:
    """Nobody carries out an import that may write where they may not. Error: outside_your_scope."""
    mine = queries.prefixes_for(user, found.kind)
    if not all(any(wanted.startswith(prefix) for prefix in mine) for wanted in found.prefixes):
        raise refusal("outside_your_scope")


def _taken(request: HttpRequest, user: User) -> ImportBatch:
    sent = request.FILES.get("file")
    if not isinstance(sent, UploadedFile):
        raise refusal("file_missing", name="–")
    prefixes = queries.writable_prefixes(user)
    asked = pages.Asked.read(request.POST, prefixes)
    prefixes = queries.prefixes_for(user, asked.kind)
    # Only the command line may name a file of the server as a profile.
    profile = load_any(asked.profile, asked.kind, prefixes=prefixes, **asked.overrides())
    require_county(profile, prefixes)
    batch_id, now = actions.new_batch_id(), timezone.now()
    stored = files.take_stream(
        sent.chunks(), sent.name or "", batch_id, profile.layer, limit=limits.UPLOAD_BYTES
    )
    found = actions.receive(
        stored=stored, batch_id=batch_id, profile=profile, prefixes=prefixes, by=user.pk, at=now
    )
    actions.want(batch_id=found.pk, state=states.CHECKED, by=user.pk, at=now)
    return found


def _home(request: HttpRequest, user: User, error: DomainError | None) -> HttpResponse:
    shown = Paginator(queries.visible_batches(scope_of(user)), PER_PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = pages.home_context(shown, queries.writable_prefixes(user), request.POST)
    if not scope_of(user).has_role(Role.ADMIN):
        for offered in ("kinds", "templates"):
            context[offered] = [one for one in context[offered] if one[0] not in queries.ADMINISTERED]
    status = 200 if error is None else error.status
    return render(
        request, "importers/home.html", {**context, "error": error.text() if error else ""}, status=status
    )


def _want(state: str) -> Any:
    def ask(found: ImportBatch, user: User) -> None:
        actions.want(batch_id=found.pk, state=state, by=user.pk, at=timezone.now())

    return ask


def _activate(found: ImportBatch, user: User) -> None:
    activation.activate(batch_id=found.pk, by=user, at=timezone.now())


def _discard(found: ImportBatch, _user: User) -> None:
    actions.discard(batch_id=found.pk)
    marked.forget(found)


_ACTIONS: Final = {
    "check": _want(states.CHECKED),
    "apply": _want(states.APPLIED),
    "undo": _want(states.UNDONE),
    "discard": _discard,
    "activate": _activate,
}
