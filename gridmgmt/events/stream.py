"""One event as an entry of the Redis stream and as a frame of server-sent events."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

# A change of the map concerns everybody whose area touches it, also those whose own code is longer than the event's.
PLACE_TOPICS = frozenset({"tiles.changed", "edition.activated"})
# Keeps the stream from ever being empty, so that "resume after this id" always has an id that exists.
OPENED = "feed.opened"
ENTRY_ID = re.compile(r"[0-9]{1,16}-[0-9]{1,16}")

EntryId = tuple[int, int]


class Audience(Protocol):
    """What the feed asks about a listener; ``organisation.scope.Scope`` answers it."""

    @property
    def user_id(self) -> UUID | None:
        """Whose stream it is."""

    @property
    def place_prefixes(self) -> tuple[str, ...]:
        """Code prefixes whose places may be seen."""

    def sees(self, *, cell_code: str, department_path: str = "") -> bool:
        """May rows of this cell and department be seen?"""


def entry_key(entry_id: str) -> EntryId:
    """A stream id as two numbers that compare in stream order; ValueError when it is none."""
    if not ENTRY_ID.fullmatch(entry_id):
        raise ValueError("not a stream id")
    milliseconds, _, sequence = entry_id.partition("-")
    return int(milliseconds), int(sequence)


def fields(
    *, event_id: str, topic: str, cell_code: str, department_path: str, payload: str
) -> dict[str, str]:
    """The stream entry of an event; ``payload`` is JSON text."""
    return {
        "event_id": event_id,
        "topic": topic,
        "cell_code": cell_code,
        "department_path": department_path,
        "payload": payload,
    }


@dataclass(frozen=True, slots=True)
class Entry:
    """An event read from the stream; ``frame`` is ready to be sent to any number of listeners."""

    key: EntryId
    topic: str
    cell_code: str
    department_path: str
    frame: bytes
    users: frozenset[str] = frozenset()

    def heard_by(self, audience: Audience) -> bool:
        """True when the event is for this very listener, or lies in their scope."""
        if self.users:
            return str(audience.user_id) in self.users
        if self.topic in PLACE_TOPICS:
            code = self.cell_code
            return any(code.startswith(p) or p.startswith(code) for p in audience.place_prefixes)
        return audience.sees(cell_code=self.cell_code, department_path=self.department_path)


def read(entry_id: str, raw: Mapping[str, str]) -> Entry | None:
    """The event of a stream entry; None for the marker of a new stream."""
    topic = raw.get("topic", "")
    if not topic or topic == OPENED:
        return None
    data: dict[str, Any] = {"event_id": raw["event_id"], **json.loads(raw["payload"])}
    return Entry(
        key=entry_key(entry_id),
        topic=topic,
        cell_code=raw.get("cell_code", ""),
        department_path=raw.get("department_path", ""),
        frame=frame(topic, data, entry_id=entry_id),
        users=frozenset(filter(None, raw.get("users", "").split(","))),
    )


def frame(event: str, data: dict[str, Any], *, entry_id: str = "") -> bytes:
    """One server-sent event; without an id the browser keeps the last one it saw."""
    head = f"id: {entry_id}\n" if entry_id else ""
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"{head}event: {event}\ndata: {body}\n\n".encode()
