"""The sample plays cases in memory; the same steps taken through the live actions must give the same case."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from geodata.ids import uuid7
from gridmgmt.cases import reference
from gridmgmt.cases.actions import take_step
from gridmgmt.cases.intake import ReportDraft, Sender, submit_report
from gridmgmt.cases.models import Case, CaseHistory, Photo
from gridmgmt.organisation.models import User

FIELDS = (
    "stage", "version", "department_id", "assignee_id", "standard_id", "due_at", "stage_since", "stage_due_at",
    "clock_started_at", "clock_stopped_at", "paused_at", "closed_at", "rework_count", "extensions", "reopened",
    "exempt", "limit_value", "limit_unit", "cell_code", "edition_id", "reported_at", "master_id",
    "paused_until", "misdispatch_count", "marks",
)  # fmt: skip
FIELDS_OF_STEP = {
    "register": ("standard",), "assign_staff": ("staff",), "request_delay": ("days",), "approve_delay": ("days",),
    "request_hang": ("until", "reason_class"), "approve_hang": ("until",), "merge": ("master",),
}  # fmt: skip
RARE = (
    "request_delay", "reject_delay", "approve_hang", "resume", "redispatch", "reject_return", "check_fail",
    "self_handle", "spot_check", "not_fixed", "merge", "void", "verify_false", "not_accept", "endorse_appeal",
    "approve_appeal", "reject_appeal", "reopen",
    "urge", "assign_staff",
)  # fmt: skip


def chosen() -> list[Case]:
    """Three cases for every rare step, and the newest."""
    ids = {
        pk
        for action in RARE
        for pk in Case.objects.filter(history__action=action)
        .order_by("number")
        .values_list("pk", flat=True)[:3]
    }
    newest = Case.objects.order_by("-number").values_list("pk", flat=True)[:20]
    return list(Case.objects.filter(pk__in=ids | set(newest)))


def report_again(case: Case) -> Case:
    first = case.history.get(seq=1)
    draft = ReportDraft(
        id=uuid7(), category_key=case.category_id, source=case.source_id, x=case.geom.x, y=case.geom.y, datum="wgs84",
        captured_at=case.reported_at, payload={}, payload_sha256=b"\x01" * 32, text=case.text, accuracy_m=5.0,
        component_code=case.component.code if case.component else None,
        fixed="fixed" in first.data["flags"],
    )  # fmt: skip
    sender = Sender(first.actor_id, None, case.cell_code, frozenset({first.role}))
    return Case.objects.get(pk=submit_report(draft=draft, sender=sender, at=case.reported_at).case_id)


def copy_step_photos(case: Case, live: Case) -> None:
    for photo in case.photos.exclude(role="before"):
        Photo.objects.create(
            id=uuid7(), case=live, role=photo.role, sha256=photo.sha256, state="stored", size=photo.size,
            original=photo.original, copy=photo.copy, stored_at=photo.stored_at,
        )  # fmt: skip


def repeat(row: CaseHistory, live: Case) -> None:
    fields: dict[str, Any] = {name: row.data[name] for name in FIELDS_OF_STEP.get(row.action, ())}
    if row.action in ("dispatch", "redispatch"):
        fields["department"] = row.department_id
    take_step(
        case_id=live.pk, action=row.action, by=User.objects.get(pk=row.actor_id), expected_version=row.seq - 1,
        at=row.at, text=row.text, fields=fields,
    )  # fmt: skip


@pytest.mark.django_db
def test_every_kind_of_story_gives_what_the_live_steps_give(hamlet: Path) -> None:
    reference.forget()
    cases = chosen()
    assert len(cases) > 40
    for case in cases:
        live = report_again(case)
        copy_step_photos(case, live)
        for row in case.history.exclude(seq=1).order_by("seq"):
            repeat(row, live)
        live.refresh_from_db()
        told = {name: getattr(case, name) for name in FIELDS}
        assert {name: getattr(live, name) for name in FIELDS} == told, case.number
        ours = list(case.clock_entries.order_by("seq").values_list("kind", "at", "due_at"))
        assert list(live.clock_entries.order_by("seq").values_list("kind", "at", "due_at")) == ours
        asked = (
            "kind",
            "state",
            "asked_seq",
            "data",
            "level",
            "decided_seq",
            "decided_by_id",
            "endorsed_by_id",
        )
        assert list(live.requests.order_by("asked_seq").values(*asked)) == list(
            case.requests.order_by("asked_seq").values(*asked)
        )
        steps = ("seq", "action", "from_stage", "to_stage", "role", "department_id", "data")
        assert list(live.history.order_by("seq").values(*steps)) == list(
            case.history.order_by("seq").values(*steps)
        )
