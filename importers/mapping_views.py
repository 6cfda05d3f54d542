"""The page where an operator sees what each column was taken for and corrects it, and the profiles an office keeps."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from geodata.errors import DomainError
from importers import actions, mapping_form, pages, queries, report, saved_profiles, states
from importers.profile import built_in
from importers.views import importer_of, require_county, require_prefixes


@require_safe
@login_required
def mapping(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """The columns of the file with the fields they were taken for."""
    batch = queries.visible_batch(importer_of(request), batch_id)
    context = {
        **mapping_form.context(batch),
        "may_map": batch.state in states.MAPPABLE and not batch.wanted,
        "error": report.error_text(batch),
    }
    return render(request, "importers/mapping.html", context)


@require_POST
@login_required
def correct(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Reads the file anew by the corrected mapping; ``do=keep`` keeps it as a profile as well."""
    user = importer_of(request)
    batch = queries.visible_batch(user, batch_id)
    prefixes, now = queries.writable_prefixes(user), timezone.now()
    try:
        require_prefixes(user, batch)
        profile = mapping_form.profile_from(batch, request.POST)
        require_county(profile, prefixes)
        if request.POST.get("do") == "keep":
            saved = saved_profiles.save(
                name=request.POST.get("name", ""), profile=profile, prefixes=prefixes, by=user.pk, at=now
            )
            profile = profile.model_copy(update={"name": saved.name})
            messages.success(request, _("Kept as the profile “%(name)s”.") % {"name": saved.name})
        actions.remap(batch_id=batch.pk, profile=profile, by=user.pk, at=now)
    except DomainError as error:
        messages.error(request, error.text())
        return redirect("importers:mapping", batch.pk)
    return redirect("importers:batch", batch.pk)


@require_safe
@login_required
def profiles(request: HttpRequest) -> HttpResponse:
    """Profiles the office keeps, and those that ship."""
    prefixes = queries.writable_prefixes(importer_of(request))
    english = (get_language() or "").startswith("en")
    context: dict[str, Any] = {
        "saved": [
            {
                "profile": saved,
                "kind": pages.KIND_NAMES[saved.kind],
                "mine": any(saved.scope_code.startswith(prefix) for prefix in prefixes),
            }
            for saved in saved_profiles.usable(prefixes)
        ],
        "shipped": [
            (profile.name, (profile.title_en if english else profile.title), pages.KIND_NAMES[profile.kind])
            for profile in built_in()
        ],
    }
    return render(request, "importers/profiles.html", context)


@require_POST
@login_required
def change_profile(request: HttpRequest, profile_id: UUID) -> HttpResponse:
    """Renames a profile of the office, or deletes it (``do=delete``)."""
    user = importer_of(request)
    prefixes = queries.writable_prefixes(user)
    try:
        if request.POST.get("do") == "delete":
            saved_profiles.delete(profile_id=profile_id, prefixes=prefixes)
        else:
            name = request.POST.get("name", "")
            saved_profiles.rename(
                profile_id=profile_id, name=name, prefixes=prefixes, by=user.pk, at=timezone.now()
            )
    except DomainError as error:
        messages.error(request, error.text())
    return redirect("importers:profiles")
