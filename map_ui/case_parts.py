"""Small reads and names that several parts of a case's panel share."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gridmgmt.cases import rederive, reference
from gridmgmt.cases.models import Case, Photo
from gridmgmt.cases.workflow import Flow
from gridmgmt.organisation.models import Department, Role
from gridmgmt.organisation.scope import Scope
from map_ui.language import in_language


def stage_name(flow: Flow, key: str) -> str:
    """A stage in the page's language; an unknown one shows its key."""
    stage = next((each.stages[key] for each in _flows_from(flow) if key in each.stages), None)
    return key if stage is None else in_language(stage)


def action_name(flow: Flow, action: str) -> str:
    """A step in the page's language."""
    if action == rederive.ACTION:
        return gettext("Deadline computed again")
    steps = (step for each in _flows_from(flow) for step in each.transitions if step.action == action)
    step = next(steps, None)
    return action if step is None else in_language(step)


def _flows_from(flow: Flow) -> Iterator[Flow]:
    """A case's own flow first, then those it may have come from."""
    yield flow
    yield from reference.current().flows.values()


def role_name(role: str) -> str:
    """A role in words; what the platform did itself has none."""
    return str(Role(role).label) if role in Role.values else ""


def department_name(department: Department | None) -> str:
    """A department in the page's language."""
    return "" if department is None else in_language(department)


PHOTO_FLAGS = {
    "far_from_report": _("taken far from the place of the report"),
    "seen_before": _("the same photo stands at another case of this reporter"),
    "type_mismatch": _("sent as another kind of file"),
    "exif_broken": _("the camera's notes are damaged"),
    "exif_gps_broken": _("the camera's place is damaged"),
}


def photo_remarks(photo: Photo) -> list[str]:
    """What is worth a look about a photo, in words; how far it was taken from the place of the report."""
    words = [str(PHOTO_FLAGS.get(flag, flag)) for flag in photo.flags]
    if photo.exif_distance_m is not None and "far_from_report" in photo.flags:
        words.append(gettext("%(metres)s m away") % {"metres": round(photo.exif_distance_m)})
    return words


def photos_of(case: Case) -> list[Photo]:
    """Photos before and after, in order; those not yet here show as expected."""
    return sorted(
        case.photos.all(), key=lambda photo: (photo.role != Photo.Role.BEFORE, photo.position, photo.pk)
    )


def departments_for(case: Case) -> list[Department]:
    """Active departments that serve the case's place, the nearest level first."""
    prefixes = [case.cell_code[:digits] for digits in (12, 9, 6) if len(case.cell_code) >= digits]
    rows = Department.objects.filter(scope_code__in=prefixes, active=True)
    return sorted(rows, key=lambda row: (-len(row.scope_code), row.path))


def sees_reporters(scope: Scope, case: Case) -> bool:
    """Departments never learn which resident reported; the centre of the case's own area does."""
    return scope.everything or any(
        not held.department_only and case.cell_code.startswith(held.prefix) for held in scope.held
    )
