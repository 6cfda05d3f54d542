"""A report as it is sent, by whatever door: strict, and the same bytes are the same report for ever.

Unknown keys, wrong types, endless numbers and control characters are refused; what is wrong is told by field, never repeated.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError, from_json

from geodata.errors import DomainError
from gridmgmt.cases.intake import PhotoDeclaration, ReportDraft

BODY_MAX_BYTES = 64 * 1024
PHOTOS_PER_ROLE = 9
# Line breaks and tabs are text; other control characters are not (PostgreSQL cannot even store NUL).
PLAIN_TEXT = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
ONE_LINE = r"^[^\x00-\x1f\x7f-\x9f]*$"


class Body(BaseModel):
    """Base: strict types, no key that is not described."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


def possible_clock(value: datetime) -> datetime:
    """Any phone clock is taken, also one that is years off; only what no clock shows is refused."""
    if not datetime(1970, 1, 1, tzinfo=UTC) <= value < datetime(2200, 1, 1, tzinfo=UTC):
        raise PydanticCustomError("clock_impossible", "no clock shows this time")
    return value


def somebodys(value: UUID) -> UUID:
    """The empty UUID is what a broken client sends, and it would be everybody's."""
    if value.int == 0:
        raise PydanticCustomError("uuid_empty", "the empty UUID is nobody's")
    return value


class PhotoBody(Body):
    """A photo announced by a report; its bytes follow by PUT /photos/{id}."""

    id: Annotated[UUID, AfterValidator(somebodys)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="Of the bytes that will be sent")]
    role: Literal["before", "after"] = "before"


class PointBody(Body):
    """Where: east or longitude first, in the datum named. Nothing is guessed."""

    x: Annotated[float, Field(description="Longitude in degrees, or east in metres for a projected epsg")]
    y: Annotated[float, Field(description="Latitude in degrees, or north in metres")]
    datum: Annotated[str, Field(pattern=r"^(wgs84|cgcs2000|gcj02|bd09|epsg:[0-9]{4,5})$")]
    accuracy_m: Annotated[float | None, Field(ge=0, le=1_000_000)] = None
    mock: Annotated[bool, Field(description="The phone says that the position is simulated")] = False


class ReportBody(Body):
    """A report, frozen on the phone: send the very same bytes again until the manifest says complete."""

    category: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,8}$", examples=["E0110"])]
    point: PointBody
    captured_at: Annotated[AwareDatetime, AfterValidator(possible_clock)]
    source: Annotated[str, Field(pattern=r"^[a-z_]{1,24}$")] = "worker"
    standard: Annotated[int | None, Field(ge=1, le=999)] = None
    text: Annotated[str, Field(max_length=2000, pattern=PLAIN_TEXT)] = ""
    address: Annotated[str, Field(max_length=160, pattern=ONE_LINE)] = ""
    component: Annotated[
        str | None, Field(pattern=r"^[0-9]{16}$", description="Code of a city component")
    ] = None
    photos: Annotated[list[PhotoBody], Field(max_length=2 * PHOTOS_PER_ROLE)] = []
    fixed: Annotated[
        bool | None,
        Field(
            description="Put right on the spot; needs a photo `after`. Left out: yes when there is such a photo"
        ),
    ] = None
    clock_offset_s: Annotated[
        float | None,
        Field(
            ge=-1e9, le=1e9, description="Server's clock minus the phone's in seconds, when they last spoke"
        ),
    ] = None
    app: Annotated[
        str, Field(max_length=40, pattern=ONE_LINE, description="Version of the phone's program")
    ] = ""

    @model_validator(mode="after")
    def _photos_fit(self) -> Self:
        if len({photo.id for photo in self.photos}) < len(self.photos):
            raise PydanticCustomError("photo_twice", "a photo is announced twice")
        for role in ("before", "after"):
            if sum(photo.role == role for photo in self.photos) > PHOTOS_PER_ROLE:
                raise PydanticCustomError("too_long", "at most 9 photos of each kind")
        if self.fixed and not any(photo.role == "after" for photo in self.photos):
            raise PydanticCustomError("photo_after_missing", "fixed needs a photo after the work")
        return self


def read_report(report_id: UUID, raw: bytes) -> ReportDraft:
    """The draft in a body; its hash is of the very bytes sent. Raises pydantic's ValidationError (``body_error`` words it)."""
    body = ReportBody.model_validate_json(raw)
    payload: dict[str, Any] = from_json(raw)
    payload.pop("photos", None)
    point = body.point
    return ReportDraft(
        id=report_id,
        category_key=body.category,
        standard_seq=body.standard,
        source=body.source,
        text=body.text,
        address=body.address,
        x=point.x,
        y=point.y,
        datum=point.datum,
        accuracy_m=point.accuracy_m,
        mock_location=point.mock,
        captured_at=body.captured_at,
        component_code=body.component,
        photos=tuple(
            PhotoDeclaration(photo.id, bytes.fromhex(photo.sha256), photo.role) for photo in body.photos
        ),
        fixed=body.fixed,
        clock_offset_s=body.clock_offset_s,
        payload=payload,
        payload_sha256=hashlib.sha256(raw).digest(),
    )


def too_large() -> DomainError:
    """The refusal of a body beyond BODY_MAX_BYTES."""
    return DomainError(
        code="body_too_large",
        status=413,
        message=_("The body is larger than %(limit_bytes)s bytes."),
        data={"limit_bytes": BODY_MAX_BYTES},
    )


def uuid_empty() -> DomainError:
    """The empty UUID is what a broken client sends, and it would be everybody's."""
    return DomainError(code="uuid_empty", status=422, message=_("The empty UUID is nobody's."))


CODES: dict[str, tuple[str, str]] = {
    "extra_forbidden": ("field_unknown", _("This field is not known.")),
    "missing": ("field_missing", _("This field is needed.")),
    "finite_number": ("number_not_finite", _("A number must be finite.")),
    "string_too_long": ("field_too_long", _("This text is too long.")),
    "too_long": ("list_too_long", _("Too many entries.")),
    "photo_twice": ("photo_twice", _("A photo is announced twice.")),
    "photo_after_missing": (
        "photo_after_missing",
        _("What was put right on the spot needs a photo taken after the work."),
    ),
    "clock_impossible": ("clock_impossible", _("No clock shows this time.")),
    "taker_missing": ("task_taker_missing", _("Name the colleague, and only when tasks are given.")),
}
TEXT_FIELDS = frozenset(
    {"text", "reason", "address", "app", "username", "password", "device_name", "device_platform"}
)


def body_error(error: ValidationError) -> DomainError:
    """What is wrong with a body: the first fault's code, all faults in data.errors. Values are never repeated."""
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    if faults[0]["type"] == "json_invalid":
        return DomainError(code="body_not_json", status=400, message=_("The body is not JSON."))
    named = [_fault(dict(fault)) for fault in faults[:20]]
    code, message = named[0][1:]
    found = [{"field": field, "code": code, "message": gettext(message)} for field, code, message in named]
    return DomainError(code=code, status=422, message=message, data={"errors": found})


def _fault(fault: dict[str, Any]) -> tuple[str, str, str]:
    """Field ("photos.0.sha256"), code, message."""
    path = ".".join(str(step) for step in fault["loc"])[:80]
    if fault["type"] == "string_pattern_mismatch" and path in TEXT_FIELDS:
        return path, "text_control_character", _("The text contains a control character.")
    code, message = CODES.get(
        fault["type"], ("field_invalid", _("This field has a value that is not possible."))
    )
    return path, code, message
