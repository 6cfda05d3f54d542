"""What phones receive: the shapes (also the source of the OpenAPI description) and how they are filled."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpResponse
from pydantic import BaseModel, Field
from pydantic_core import to_json

from gridmgmt.cases.intake import Receipt
from gridmgmt.cases.models import CaseHistory

PhotoAnswerState = Literal["stored", "missing"]


class ErrorAnswer(BaseModel):
    """Any failure."""

    code: str
    message: str
    data: dict[str, Any]


class ManifestAnswer(BaseModel):
    """What the server holds of a report. The phone deletes nothing before ``complete`` is true."""

    report: UUID
    case: UUID
    number: str
    stage: str
    version: int
    due_at: datetime | None
    cell: str
    department: str
    flags: list[str]
    photos: dict[UUID, PhotoAnswerState]
    complete: bool


class StepAnswer(BaseModel):
    """One step of the tracker."""

    seq: int
    action: str
    from_stage: str
    to_stage: str
    at: datetime
    who: str
    department: str
    text: str


class ReportAnswer(ManifestAnswer):
    """A report with what has happened to it."""

    category: str
    text: str
    address: str
    tracker: list[StepAnswer]


class ReportLine(BaseModel):
    """A line of "my reports"."""

    report: UUID
    case: UUID
    number: str
    stage: str
    stage_name: str
    stage_name_en: str
    category: str
    text: str
    address: str
    captured_at: datetime
    received_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    complete: bool
    flags: list[str]


class ReportPage(BaseModel):
    """A page of own reports; ``next`` is the cursor of the following one."""

    results: list[ReportLine]
    next: str | None


class PhotoAnswer(BaseModel):
    """A stored photo; the same for ever."""

    photo: UUID
    case: UUID
    sha256: str
    size: int
    media_type: str
    width: int
    height: int
    flags: list[str]
    complete: bool = Field(description="All photos announced for the case are there")
    missing: list[UUID]


class UploadAnswer(BaseModel):
    """How much of a photo is here."""

    offset: int = Field(description="Bytes that are here; the next piece begins with this one")
    stored: bool = Field(description="The photo is whole, verified and kept")


class RoleAnswer(BaseModel):
    """A role and the code prefix it is held for."""

    role: str
    scope_code: str
    department: str | None


class MeAnswer(BaseModel):
    """Who is signed in, with which roles, where, for which cells."""

    id: UUID
    username: str
    name: str
    device: UUID
    roles: list[RoleAnswer]
    scope_codes: list[str]
    cells: list[str]


class TokenAnswer(BaseModel):
    """The token is shown this once."""

    token: str
    device: UUID
    name: str
    vault: str | None = Field(
        description="Key of the phone's own store (32 bytes, base64url): the same for ever for the same person and "
        "installation; null without an installation"
    )


class EnrolmentAnswer(BaseModel):
    """Whose phone a code is for."""

    username: str
    name: str
    place: str = Field(description="Street or county of the person's widest role; empty without one")


class StandardAnswer(BaseModel):
    """A case standard: when to file, when it is done, by when."""

    seq: int
    condition: str
    condition_en: str
    closing: str
    closing_en: str
    limit_value: int
    limit_unit: str
    before_photos: int
    after_photos: int


class CategoryAnswer(BaseModel):
    """A minor class of the catalogue."""

    key: str
    kind: str
    major_code: str
    major: str
    major_en: str
    name: str
    name_en: str
    initials: str
    icon: str
    rank: int
    standards: list[StandardAnswer]


class SourceAnswer(BaseModel):
    """How a report may come in."""

    key: str
    name: str
    name_en: str
    is_public: bool


class StageAnswer(BaseModel):
    """A state of a case."""

    key: str
    name: str
    name_en: str
    clock: str


class CatalogueAnswer(BaseModel):
    """Everything a phone needs to report and to show a case, in both languages."""

    categories: list[CategoryAnswer]
    sources: list[SourceAnswer]
    stages: list[StageAnswer]


class CellsAnswer(BaseModel):
    """A GeoJSON FeatureCollection; properties: code, name, community."""

    type: Literal["FeatureCollection"]
    features: list[dict[str, Any]]


def answer(content: Any, status: int = 200) -> HttpResponse:
    """Any content as JSON."""
    return HttpResponse(to_json(content), content_type="application/json", status=status)


def manifest(report_id: UUID, receipt: Receipt, photos: Mapping[UUID, str]) -> dict[str, Any]:
    """The lasting answer to a report, in the shape of ManifestAnswer."""
    return {
        "report": report_id,
        "case": receipt.case_id,
        "number": receipt.number,
        "stage": receipt.stage,
        "version": receipt.version,
        "due_at": receipt.due_at,
        "cell": receipt.cell_code,
        "department": receipt.department_name,
        "flags": receipt.flags,
        "photos": {
            str(photo): "stored" if state == "stored" else "missing" for photo, state in photos.items()
        },
        "complete": receipt.complete,
    }


def tagged(tag: str, body: str | None) -> HttpResponse:
    """The body with its tag, or 304 when ``body`` is None because the phone has it already."""
    response = (
        HttpResponse(status=304)
        if body is None
        else HttpResponse(body.encode(), content_type="application/json")
    )
    response["ETag"] = f'"{tag}"'
    response["Cache-Control"] = "private, no-cache"
    return response


def has(request: Any, tag: str) -> bool:
    """True when the phone says that it holds this very version (If-None-Match)."""
    known = {
        part.strip().removeprefix("W/").strip('"')
        for part in request.headers.get("If-None-Match", "").split(",")
    }
    return tag in known or "*" in known


def step_answer(step: CaseHistory) -> dict[str, Any]:
    """A step in the shape of StepAnswer."""
    return {
        "seq": step.seq,
        "action": step.action,
        "from_stage": step.from_stage,
        "to_stage": step.to_stage,
        "at": step.at,
        "who": step.actor.name if step.actor else "",
        "department": step.department.name if step.department else "",
        "text": step.text,
    }
