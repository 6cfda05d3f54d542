"""The uploader's own file with its faults marked: asked for, made by the worker, taken."""

from __future__ import annotations

from pathlib import PurePath
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from geodata.errors import DomainError
from importers import marked, queries
from importers.views import XLSX_TYPE, importer_of


@require_POST
@login_required
def ask(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Asks the worker for a copy."""
    user = importer_of(request)
    batch = queries.visible_batch(user, batch_id)
    try:
        marked.ask(batch=batch, by=user.pk, at=timezone.now())
    except DomainError as error:
        messages.error(request, error.text())
    return redirect("importers:batch", batch.pk)


@require_safe
@login_required
def state(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """What the open page asks for while the copy is made."""
    user = importer_of(request)
    batch = queries.visible_batch(user, batch_id)
    return render(request, "importers/_marked.html", {"batch": batch, "marked": marked.state(batch, user)})


@require_safe
@login_required
def take(request: HttpRequest, batch_id: UUID) -> FileResponse:
    """The copy, for whoever sent the file."""
    user = importer_of(request)
    batch = queries.visible_batch(user, batch_id)
    path = marked.take(batch=batch, by=user.pk, at=timezone.now())
    name = f"{PurePath(batch.file_name).stem}-{_('checked')}.xlsx"
    return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=XLSX_TYPE)
