"""What phones send about tasks, steps and shifts, read as strictly as reports."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field, model_validator
from pydantic_core import PydanticCustomError

from gridmgmt.cases.report_body import ONE_LINE, PLAIN_TEXT, Body, possible_clock, somebodys
from gridmgmt.organisation.shifts import Seen

Reason = Annotated[str, Field(max_length=400, pattern=ONE_LINE)]


class ReasonBody(Body):
    """Why a task is put back; needed when it is somebody else's."""

    reason: Reason = ""


class GiveBody(Body):
    """To whom and why."""

    to: UUID
    reason: Reason


class HandOverBody(Body):
    """All my tasks: to a colleague, or back to the pool without one."""

    to: UUID | None = None
    reason: Reason = ""


class ShiftBody(Body):
    """A shift that begins now."""

    hours: Annotated[float | None, Field(gt=0, le=16, description="Planned length; 12 when not given")] = None


class ShiftEndBody(Body):
    """The shift ends now; ``tasks`` says what becomes of those in hand and is needed when there are any."""

    tasks: Literal["keep", "pool", "give"] | None = None
    to: UUID | None = None
    reason: Reason = ""

    @model_validator(mode="after")
    def _taker_named(self) -> Self:
        if (self.tasks == "give") != (self.to is not None):
            raise PydanticCustomError("taker_missing", "give needs to, and only give")
        return self


class PositionBody(Body):
    """Where a phone is; the datum is named, never guessed."""

    x: float
    y: float
    datum: Annotated[str, Field(pattern=r"^(wgs84|cgcs2000|gcj02|bd09|epsg:[0-9]{4,5})$")]
    accuracy_m: Annotated[float | None, Field(ge=0, le=1_000_000)] = None
    captured_at: Annotated[AwareDatetime, AfterValidator(possible_clock)]

    def seen(self) -> Seen:
        """As the shift and the step keep it."""
        return Seen(self.x, self.y, self.datum, self.accuracy_m, self.captured_at)


FieldKey = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,23}$")]
OwnValue = bool | int | Annotated[str, Field(max_length=500, pattern=ONE_LINE)]


class PartBody(Body):
    """One department's part of a joint case: its own standard or limit, else those of the case."""

    department: UUID
    lead: bool = False
    standard: Annotated[int | None, Field(ge=1, le=999)] = None
    limit_value: Annotated[int | None, Field(ge=1, le=365)] = None
    limit_unit: Literal["urgent_hour", "urgent_day", "work_hour", "work_day"] | None = None


class StepFields(Body):
    """What a step fixes; which of them a step takes stands in the task's ``steps``."""

    department: UUID | None = None
    standard: Annotated[int | None, Field(ge=1, le=999)] = None
    staff: UUID | None = None
    master: Annotated[str | None, Field(max_length=32, pattern=ONE_LINE)] = None
    until: date | None = None
    days: Annotated[int | None, Field(ge=1, le=365)] = None
    departments: Annotated[list[PartBody] | None, Field(max_length=8)] = None
    branches: Annotated[
        list[Annotated[str, Field(max_length=32, pattern=ONE_LINE)]] | None,
        Field(max_length=8, description="Numbers of parts of a joint case"),
    ] = None
    own: Annotated[
        dict[FieldKey, OwnValue] | None,
        Field(max_length=12, description="Fields the flow brings itself, by key"),
    ] = None


class StepBody(Body):
    """A step, frozen on the phone: send the very same bytes again until there is an answer."""

    key: Annotated[
        UUID, AfterValidator(somebodys), Field(description="Made by the phone, one for every step")
    ]
    version: Annotated[int, Field(ge=1, description="Version of the case that was looked at")]
    action: Annotated[str, Field(pattern=r"^[a-z_]{1,24}$", examples=["check_pass"])]
    text: Annotated[str, Field(max_length=2000, pattern=PLAIN_TEXT)] = ""
    fields: StepFields = StepFields()
    position: Annotated[
        PositionBody | None,
        Field(
            description="Where the phone was at that moment: kept with the step and its distance, never a condition"
        ),
    ] = None

    def seen(self) -> Seen | None:
        """Where the phone was, if it said so."""
        return self.position.seen() if self.position else None

    def given_fields(self) -> dict[str, Any]:
        """Every field by its key, the flow's own among them."""
        return {**(self.fields.own or {}), **self.fields.model_dump(exclude_none=True, exclude={"own"})}


class CasePhotoBody(Body):
    """A photo of the work done, or of the place for a step that wants `photo_site`; its bytes follow by PUT photos/{id}."""

    id: Annotated[UUID, AfterValidator(somebodys)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    action: Annotated[str, Field(pattern=r"^[a-z_]{1,24}$", description="Step it is meant for")]
