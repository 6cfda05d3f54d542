"""Door-step changes as phones send and receive them."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field

from gridmgmt.cases.report_body import ONE_LINE, Body, possible_clock, somebodys
from gridmgmt.registers.amendment_actions import AmendmentDraft
from gridmgmt.registers.amendment_fields import key_of
from gridmgmt.registers.models import Amendment

FIELD = r"^(person|household|dwelling)\.[a-z_0-9]{1,24}$"


class AmendmentBody(Body):
    """One field of one record, frozen on the phone: send the very same bytes again until there is an answer."""

    field: Annotated[str, Field(pattern=FIELD, examples=["person.phone"])]
    row: Annotated[UUID, AfterValidator(somebodys), Field(description="The person, household or dwelling")]
    old: Annotated[
        str, Field(max_length=200, pattern=ONE_LINE, description="As the worker saw it, masked as shown")
    ]
    new: Annotated[str, Field(max_length=200, pattern=ONE_LINE, description="As it should be, in full")]
    captured_at: Annotated[AwareDatetime, AfterValidator(possible_clock)]
    note: Annotated[str, Field(max_length=400, pattern=ONE_LINE)] = ""
    photo_sha256: Annotated[
        str | None, Field(pattern=r"^[0-9a-f]{64}$", description="Of a photo that follows by PUT …/photo")
    ] = None


class AmendmentAnswer(BaseModel):
    """The lasting answer: how it was taken in. What became of it stands in the list."""

    amendment: UUID
    received_at: datetime
    taken: Literal["waiting", "written"]
    problem: Annotated[
        str, Field(description="Why a keeper must look at the value; empty when nothing is wrong")
    ]
    photo: Literal["none", "expected"]


class AmendmentState(BaseModel):
    """One of mine, with what became of it."""

    amendment: UUID
    field: str
    row: UUID | None
    new: Annotated[str, Field(description="Masked where it is a number")]
    state: Literal["waiting", "approved", "rejected"]
    automatic: bool
    received_at: datetime
    decided_at: datetime | None
    reason: str
    problem: str
    photo_stored: bool


class AmendmentPage(BaseModel):
    """My amendments, newest first."""

    results: list[AmendmentState]


class AmendmentPhotoAnswer(BaseModel):
    """The photo arrived whole."""

    amendment: UUID
    sha256: str


def read_amendment(amendment_id: UUID, raw: bytes, device: UUID) -> AmendmentDraft:
    """The draft in a body; its hash is of the very bytes sent. Raises pydantic's ValidationError."""
    body = AmendmentBody.model_validate_json(raw)
    return AmendmentDraft(
        id=amendment_id,
        key=body.field,
        row=body.row,
        old=body.old,
        new=body.new,
        captured_at=body.captured_at,
        body_sha256=hashlib.sha256(raw).digest(),
        note=body.note,
        photo_sha256=bytes.fromhex(body.photo_sha256) if body.photo_sha256 else None,
        device=device,
    )


def taken_answer(row: Amendment) -> dict[str, Any]:
    """How it was taken in, in the shape of AmendmentAnswer; of nothing that changes later."""
    written = row.automatic
    return {
        "amendment": row.pk,
        "received_at": row.received_at,
        "taken": "written" if written else "waiting",
        "problem": row.problem,
        "photo": "none" if row.photo_sha256 is None else "expected",
    }


def state_answer(row: Amendment) -> dict[str, Any]:
    """In the shape of AmendmentState."""
    return {
        "amendment": row.pk,
        "field": key_of(row),
        "row": row.person_id or row.household_id or row.dwelling_id,
        "new": row.new_masked if row.new_sealed is not None else row.new,
        "state": row.state,
        "automatic": row.automatic,
        "received_at": row.received_at,
        "decided_at": row.decided_at,
        "reason": row.reason,
        "problem": row.problem,
        "photo_stored": bool(row.photo),
    }
