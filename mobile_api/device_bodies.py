"""What phones tell about themselves."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field

from gridmgmt.cases.report_body import ONE_LINE, Body, possible_clock
from gridmgmt.organisation.devices import Queue

COUNT_MOST = 1_000_000
SAFE_INTEGER = 2**53 - 1

Count = Annotated[int, Field(ge=0, le=COUNT_MOST)]


class QueueBody(Body):
    """What still waits on this phone."""

    last_seq: Annotated[int, Field(ge=0, le=SAFE_INTEGER, description="Number of the last entry ever made")]
    waiting: Annotated[Count, Field(description="Entries that the platform has not taken, photos too")]
    photos: Annotated[Count, Field(description="Photos among them")]
    refused: Annotated[Count, Field(description="Entries that were refused and that somebody must look at")]
    oldest_at: Annotated[
        Annotated[AwareDatetime, AfterValidator(possible_clock)] | None,
        Field(description="When the oldest of them was made, by the phone's clock"),
    ]
    app: Annotated[str, Field(max_length=40, pattern=ONE_LINE, description="Version of the phone's program")]
    free_bytes: Annotated[
        Annotated[int, Field(ge=0, le=SAFE_INTEGER)] | None, Field(description="Left in the phone's store")
    ]

    def told(self) -> Queue:
        """The same for the organisation."""
        return Queue(**self.model_dump())


class EnrolmentBody(Body):
    """A code as scanned or typed."""

    code: Annotated[str, Field(min_length=1, max_length=40, pattern=ONE_LINE)]


class WipedBody(Body):
    """What went with the phone's store."""

    waiting: Annotated[Count, Field(description="Entries that the platform had not taken")]
