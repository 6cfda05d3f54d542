"""What phones send, read strictly, and how a body comes in at all."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, UnreadablePostError
from django.utils.translation import gettext_noop as _
from pydantic import AfterValidator, Field

from geodata.errors import DomainError
from gridmgmt.cases.report_body import BODY_MAX_BYTES, ONE_LINE, Body, somebodys, too_large

DRAIN_MOST_BYTES = 64 * 1024 * 1024
CHUNK_BYTES = 256 * 1024


class LoginBody(Body):
    """Sign-in of a person on a phone."""

    username: Annotated[str, Field(min_length=1, max_length=60, pattern=ONE_LINE)]
    password: Annotated[str, Field(min_length=1, max_length=200, pattern=ONE_LINE)]
    device_name: Annotated[str, Field(max_length=80, pattern=ONE_LINE)] = ""
    device_platform: Annotated[str, Field(max_length=40, pattern=ONE_LINE)] = ""
    installation: Annotated[
        Annotated[UUID, AfterValidator(somebodys)] | None,
        Field(description="Made by the phone's program once, when it is installed"),
    ] = None
    enrolment: Annotated[
        Annotated[str, Field(min_length=1, max_length=40, pattern=ONE_LINE)] | None,
        Field(description="The administrator's code for this person's phone; used up by signing in"),
    ] = None


def length_of(request: HttpRequest) -> int:
    """Bytes the body announces. Error length_required 411: nothing is taken whose end could not be known."""
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length and request.headers.get("Transfer-Encoding"):
        raise DomainError(
            code="length_required", status=411, message=_("The length of the body must be announced.")
        )
    return int(length or 0)


def drain(request: HttpRequest) -> None:
    """Read what a refused request still sends: a phone in the middle of sending would otherwise meet a broken
    connection instead of the refusal, and send for ever."""
    if int(request.META.get("CONTENT_LENGTH") or 0) <= DRAIN_MOST_BYTES:
        with suppress(UnreadablePostError):  # it has hung up; nobody is left to tell
            while request.read(CHUNK_BYTES):
                pass


def body_of(request: HttpRequest) -> bytes:
    """The body of a JSON request. Errors: length_required 411, body_too_large 413, media_type_unsupported 415."""
    if length_of(request) > BODY_MAX_BYTES:
        raise too_large()
    if request.content_type != "application/json":
        raise DomainError(
            code="media_type_unsupported", status=415, message=_("Send JSON (application/json).")
        )
    return request.body
