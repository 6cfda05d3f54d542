"""Profiles that an office keeps: found by name or id beside those that ship, saved, renamed, deleted."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from importers.errors import refusal
from importers.models import SavedProfile
from importers.profile import Profile, built_in, checked, load, overlaid

_LONGEST: Final = 60


def usable(prefixes: tuple[str, ...]) -> QuerySet[SavedProfile]:
    """Profiles of one's own offices, of those below, and of the county above."""
    found = Q()
    for prefix in prefixes:
        above = [prefix[:length] for length in (0, 6, 9) if length < len(prefix)]
        found |= Q(scope_code__startswith=prefix) | Q(scope_code__in=above)
    return SavedProfile.objects.filter(found) if prefixes else SavedProfile.objects.none()


def own(profile_id: UUID, prefixes: tuple[str, ...]) -> SavedProfile:
    """One that may be changed: of an office one imports for. Error: profile_unknown."""
    found = usable(prefixes).filter(pk=profile_id).first()
    if found is None or not any(found.scope_code.startswith(prefix) for prefix in prefixes):
        raise refusal("profile_unknown", name=str(profile_id))
    return found


def load_any(
    name: str, kind: str, *, prefixes: tuple[str, ...], own_file: bool = False, **overrides: Any
) -> Profile:
    """A saved profile by id or name, one that ships, or (``own_file``) a file. Errors: those of profile.load,
    profile_several."""
    saved = _saved(name, prefixes) if name and not any(name == known.name for known in built_in()) else None
    if saved is None:
        return load(name, kind, own_file=own_file, **overrides)
    return overlaid({**saved.data, "name": saved.name}, kind, **overrides)


def save(
    *, name: str, profile: Profile, prefixes: tuple[str, ...], by: UUID | None, at: datetime
) -> SavedProfile:
    """Keeps a mapping under a name; the office's own profile of that name and kind is replaced.

    Errors: profile_name_missing, profile_name_taken."""
    name = _good_name(name)
    scope = prefixes[0]
    data = {
        key: value for key, value in profile.as_json().items() if key not in {"name", "title", "title_en"}
    }
    with transaction.atomic():
        there = SavedProfile.objects.select_for_update().filter(scope_code=scope, name=name).first()
        if there is not None and there.kind != profile.kind:
            raise refusal("profile_name_taken", name=name)
        saved = there or SavedProfile(
            scope_code=scope, name=name, kind=profile.kind, created_by=by, created_at=at
        )
        saved.data, saved.updated_by, saved.updated_at = data, by, at
        saved.save()
    return saved


def rename(*, profile_id: UUID, name: str, prefixes: tuple[str, ...], by: UUID | None, at: datetime) -> None:
    """Errors: profile_unknown, profile_name_missing, profile_name_taken."""
    name = _good_name(name)
    with transaction.atomic():
        saved = own(profile_id, prefixes)
        others = SavedProfile.objects.filter(scope_code=saved.scope_code, name=name).exclude(pk=saved.pk)
        if others.exists():
            raise refusal("profile_name_taken", name=name)
        saved.name, saved.updated_by, saved.updated_at = name, by, at
        saved.save(update_fields=["name", "updated_by", "updated_at"])


def delete(*, profile_id: UUID, prefixes: tuple[str, ...]) -> None:
    """Batches keep the mapping they were read by. Error: profile_unknown."""
    own(profile_id, prefixes).delete()


def _good_name(name: str) -> str:
    name = " ".join(name.split())
    if not 0 < len(name) <= _LONGEST or not name.isprintable():
        raise refusal("profile_name_missing")
    if any(name == known.name for known in built_in()):
        raise refusal("profile_name_taken", name=name)
    return name


def _saved(name: str, prefixes: tuple[str, ...]) -> SavedProfile | None:
    try:
        named = Q(pk=UUID(name))
    except ValueError:
        named = Q(name=name)
    found = list(usable(prefixes).filter(named)[:2])
    if len(found) > 1:
        raise refusal("profile_several", name=name[:_LONGEST])
    if found:
        checked(found[0].data)
    return found[0] if found else None
