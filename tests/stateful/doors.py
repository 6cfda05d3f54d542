"""The two real doors, pages and phone API, with everything a request passes through, at a time that the test sets."""

from __future__ import annotations

import hashlib
import io
import json
from datetime import datetime
from itertools import count
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from geodata.ids import uuid7
from gridmgmt.organisation.devices import device_register
from tests.stateful.model import Attempt, Matter
from tests.world import AT, World

PAGE = {"Accept": "application/json"}
_colours = count()


def picture() -> bytes:
    """Small, and unlike all others."""
    number = next(_colours)
    kept = io.BytesIO()
    colour = (number % 256, number // 256 % 256, number // 65536 % 256)
    Image.new("RGB", (32, 24), colour).save(kept, "PNG")
    return kept.getvalue()


class Told:
    """An answer: status, code of a refusal, content."""

    def __init__(self, answer: Any) -> None:
        self.status: int = answer.status_code
        is_json = "json" in answer.headers.get("Content-Type", "")
        self.body: Any = json.loads(answer.content) if is_json and answer.content else {}
        self.raw: bytes = answer.content
        self.code: str = self.body.get("code", "") if self.status >= 400 else ""

    def __repr__(self) -> str:
        return f"{self.status} {self.code} {self.raw[:300]!r}"


class Doors:
    """Browsers and phones of everybody; signed in once, tokens and sessions kept."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.now = AT
        self._tokens: dict[str, str] = {}
        self._browsers: dict[str, tuple[datetime, Client]] = {}

    def browser(self, name: str) -> Client:
        """A signed-in browser; whenever time has moved one signs in again."""
        begun, client = self._browsers.get(name, (None, None))
        if client is None or begun != self.now:
            client = Client()
            client.force_login(self.world.people[name])
            self._browsers[name] = (self.now, client)
        return client

    def phone(self, name: str, method: str, path: str, body: bytes, kind: str = "application/json") -> Told:
        """One request of somebody's phone."""
        if name not in self._tokens:
            made = device_register(user=self.world.people[name], name="p", platform="test", at=AT)
            self._tokens[name] = made.token
        headers = {"authorization": f"Bearer {self._tokens[name]}", "accept-language": "en"}
        return Told(getattr(Client(), method)(f"/api/v1/{path}", body, content_type=kind, headers=headers))

    def page(self, name: str, path: str, data: dict[str, Any]) -> Told:
        """One form of somebody's browser, sent by a script."""
        return Told(self.browser(name).post(path, data, headers=PAGE))

    def step(self, matter: Matter, attempt: Attempt, *, by_phone: bool) -> Told:
        """A step through one of the doors; photos go before it by phone, with it by page."""
        return self._by_phone(matter, attempt) if by_phone else self._by_page(matter, attempt)

    def _by_page(self, matter: Matter, attempt: Attempt) -> Told:
        data: dict[str, Any] = {
            "action": attempt.action, "version": attempt.version, "text": attempt.text, **attempt.fields,
        }  # fmt: skip
        if attempt.photos:
            data["photos"] = [
                SimpleUploadedFile("p.png", picture(), "image/png") for _ in range(attempt.photos)
            ]
        return self.page(attempt.person.name, f"/cases/{matter.number}/steps", data)

    def _by_phone(self, matter: Matter, attempt: Attempt) -> Told:
        for _ in range(attempt.photos):
            told = self.photo(matter, attempt)
            if told.status >= 400:
                return told
        return self.send(matter, attempt.person.name, step_body(attempt))

    def send(self, matter: Matter, name: str, body: bytes) -> Told:
        """The bytes of a step, new or again."""
        return self.phone(name, "post", f"cases/{matter.id}/steps", body)

    def photo(self, matter: Matter, attempt: Attempt) -> Told:
        """Announce a photo and send it."""
        data, photo_id = picture(), uuid7()
        body = {"id": str(photo_id), "sha256": hashlib.sha256(data).hexdigest(), "action": attempt.action}
        name = attempt.person.name
        told = self.phone(name, "post", f"cases/{matter.id}/photos", json.dumps(body).encode())
        if told.status >= 400:
            return told
        return self.phone(name, "put", f"photos/{photo_id}", data, "image/png")


def step_body(attempt: Attempt) -> bytes:
    """What a phone freezes: the engine's fields by name, those of the flow below ``own``."""
    own = {name: value for name, value in attempt.fields.items() if name in ("reason_class", "nonsense")}
    fields: dict[str, Any] = {name: value for name, value in attempt.fields.items() if name not in own}
    if own:
        fields["own"] = own
    body = {
        "key": str(uuid7()), "version": attempt.version, "action": attempt.action, "text": attempt.text, "fields": fields,
    }  # fmt: skip
    return json.dumps(body, ensure_ascii=False).encode()
