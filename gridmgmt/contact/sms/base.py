"""What every gateway is asked, and what it may answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from gridmgmt.events import outbound


class Failed(Exception):  # noqa: N818 - an answer, not a fault
    """The gateway did not take the message; ``str()`` is a short code without anything of the message."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message on its way out; its repr tells neither number nor words, so that no log does."""

    id: str
    number: str = field(repr=False)
    text: str = field(repr=False)
    template: str = ""
    values: Mapping[str, str] = field(default_factory=dict, repr=False)


class Backend(Protocol):
    """A gateway."""

    def __init__(self, **options: str) -> None: ...

    def send(self, message: Outgoing) -> str:
        """Hand the message over; answers the gateway's own id. Failed when it was not taken."""


def post(url: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    """A POST to a gateway; Failed for whatever is not a 2xx answer."""
    try:
        answer = outbound.post(url, body, headers)
    except outbound.Refused as refused:
        raise Failed(str(refused)) from None
    if not 200 <= answer.status < 300:
        raise Failed(f"http_{answer.status}")
    return answer.body
