"""What the pages show: plain data for the templates, and the form's answers read strictly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.core.paginator import Page
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from geodata.spreadsheets import safe
from gridmgmt.organisation.models import User
from importers import conflicts, limits, queries, report, states
from importers.filling import FILLABLE
from importers.kinds import KINDS
from importers.models import ImportBatch, Severity
from importers.pace import pace_of
from importers.planning import FATES
from importers.profile import built_in
from importers.report import field_name
from importers.saved_profiles import usable

KIND_NAMES: Final = {
    "areas": _("Areas"),
    "cells": _("Cells (draft edition)"),
    "buildings": _("Buildings"),
    "context": _("Map context"),
    "components": _("Components"),
    "organisations": _("Organisations"),
    "dwellings": _("Dwellings"),
    "people": _("People and households"),
    "care": _("Care groups"),
    "staff": _("Staff and duties"),
}
FATE_NAMES: Final = {
    "new": _("new"),
    "changed": _("changed"),
    "same": _("unchanged"),
    "conflict": _("conflict"),
    "rejected": _("rejected"),
}
FATE_COLOURS: Final = {
    "new": "green",
    "changed": "blue",
    "same": "secondary",
    "conflict": "orange",
    "rejected": "red",
}
STATE_COLOURS: Final = {
    states.RECEIVED: "secondary",
    states.READ: "secondary",
    states.CHECKED: "blue",
    states.APPLIED: "green",
    states.UNDONE: "secondary",
    states.FAILED: "red",
    states.DISCARDED: "secondary",
}
DATUMS: Final = (
    ("wgs84", "WGS 84 (GPS, OSM)"),
    ("cgcs2000", "CGCS2000"),
    ("gcj02", _("GCJ-02 (Amap, Tencent)")),
    ("bd09", _("BD-09 (Baidu)")),
    ("epsg:4547", "EPSG:4547 · CGCS2000 3° CM 114E"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form asks for."""

    kind: str
    profile: str
    datum: str
    county: str
    encoding: str
    outside: str

    @classmethod
    def read(cls, form: QueryDict, prefixes: tuple[str, ...]) -> Asked:
        """From the posted form; a profile brings its own kind."""
        profile = form.get("profile", "")
        known = {str(saved.pk): saved.kind for saved in usable(prefixes)}
        known |= {found.name: found.kind for found in built_in()}
        return cls(
            kind=known.get(profile, form.get("kind", "")),
            profile=profile,
            datum=(form.get("epsg", "").strip() or form.get("datum", "")).lower(),
            county=form.get("county", "").strip(),
            encoding=form.get("encoding", ""),
            outside=form.get("outside", ""),
        )

    def overrides(self) -> dict[str, Any]:
        """What the operator says on top of the profile."""
        return {
            "datum": self.datum,
            "county": self.county,
            "encoding": self.encoding,
            "outside": self.outside,
        }


def home_context(shown: Page[ImportBatch], prefixes: tuple[str, ...], asked: QueryDict) -> dict[str, Any]:
    """The form's choices and a page of the history."""
    names = names_of({batch.created_by for batch in shown})
    county = next((prefix[:6] for prefix in prefixes if len(prefix) >= 6), "")
    return {
        "kinds": [(name, KIND_NAMES[name]) for name in KINDS],
        "profiles": _profiles(),
        "saved": [(str(saved.pk), saved.name, KIND_NAMES[saved.kind]) for saved in usable(prefixes)],
        "datums": DATUMS,
        "asked": asked,
        "county": asked.get("county", county),
        "shown": shown,
        "rows": [{**_row(batch), "by": names.get(batch.created_by, "–")} for batch in shown],
        "templates": [(name, KIND_NAMES[name]) for name in FILLABLE],
        "limit_mb": limits.UPLOAD_BYTES // limits.MEGABYTE,
    }


def batch_context(batch: ImportBatch, code: str = "") -> dict[str, Any]:
    """Everything the page of one import shows."""
    facts = batch.summary
    names = names_of({batch.created_by, batch.applied_by, batch.undone_by})
    pace = pace_of(batch, timezone.now())
    return {
        "batch": batch,
        "row": _row(batch),
        "by": {
            "created": names.get(batch.created_by, ""),
            "applied": names.get(batch.applied_by, ""),
            "undone": names.get(batch.undone_by, ""),
        },
        "fates": [(fate, FATE_NAMES[fate], FATE_COLOURS[fate], batch.counts.get(fate, 0)) for fate in FATES],
        "reasons": report.reasons(batch),
        "chosen": code[:40],
        "findings": _sample(batch, code[:40]),
        "sample_size": limits.SAMPLE_FINDINGS,
        "mapping": sorted(
            (field_name(batch.kind, name), ", ".join(columns))
            for name, columns in facts.get("mapping", {}).items()
        ),
        "facts": facts,
        "decided": sum(facts.get("decided", {}).values()),
        "datum_warning": report.datum_text(batch),
        "step": report.step_text(batch),
        "pace": pace,
        "left": report.seconds_text(pace.seconds_left),
        "error": report.error_text(batch),
        "may_apply": batch.state in {states.READ, states.CHECKED} and not batch.wanted,
        "may_undo": batch.state == states.APPLIED and not batch.wanted,
        "may_map": batch.state in states.MAPPABLE and not batch.wanted,
        "missing_fields": [field_name(batch.kind, name) for name in facts.get("missing_fields", [])],
        "may_discard": states.may_follow(batch.state, states.DISCARDED),
        "may_activate": batch.state == states.APPLIED
        and facts.get("edition", {}).get("state", "draft") == "draft"
        and "edition" in facts,
        "open_conflicts": conflicts.open_findings(batch).count() if batch.state in states.UNFINISHED else 0,
        "open_questions": batch.questions.filter(decided_at=None).count(),
        "nothing_to_write": not any(batch.counts.get(fate) for fate in ("new", "changed", "gone")),
    }


def names_of(users: set[UUID | None]) -> dict[UUID | None, str]:
    """Names of the people who did something with an import; whoever is gone, and the command line, have none."""
    known = [user for user in users if user is not None]
    return dict(User.objects.filter(pk__in=known).values_list("pk", "name"))


def finding_lines(batch: ImportBatch) -> Iterator[list[str]]:
    """The findings as rows of a table; what a spreadsheet would run as a formula is quoted."""
    yield [str(word) for word in _HEADINGS]
    for row in batch.findings.order_by("row_no", "id").iterator(2000):
        cells = [
            report.place_text(row.ref),
            str(Severity(row.severity).label),
            row.code,
            report.reason_text(row.code),
            field_name(batch.kind, row.field),
            row.value,
        ]
        yield [safe(cell) for cell in cells]


_HEADINGS: Final = (_("Place in the file"), _("Weight"), _("Code"), _("Reason"), _("Field"), _("Value"))


def _profiles() -> list[tuple[str, list[tuple[str, str]]]]:
    """Profiles under the name of their kind."""
    english = (get_language() or "").startswith("en")
    groups: dict[str, list[tuple[str, str]]] = {}
    for profile in built_in():
        title = (profile.title_en if english else profile.title) or profile.name
        groups.setdefault(str(KIND_NAMES[profile.kind]), []).append((profile.name, title))
    return list(groups.items())


def _row(batch: ImportBatch) -> dict[str, Any]:
    return {
        "batch": batch,
        "kind": KIND_NAMES.get(batch.kind, batch.kind),
        "state": batch.get_state_display(),
        "colour": STATE_COLOURS[batch.state],
        "busy": bool(batch.wanted),
    }


def _sample(batch: ImportBatch, code: str) -> list[dict[str, Any]]:
    severities = ("error", "conflict", "note") if code else ("error", "conflict")
    found = queries.sample(batch, severities=severities, most=limits.SAMPLE_FINDINGS, code=code)
    return [
        {
            "row": row,
            "ref": report.place_text(row.ref),
            "text": report.reason_text(row.code),
            "field": field_name(batch.kind, row.field),
        }
        for row in found
    ]
