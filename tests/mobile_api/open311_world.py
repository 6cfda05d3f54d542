"""A program with a key of its own, and how it talks to the door."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

from django.test import Client

from gridmgmt.cases.models import Case
from gridmgmt.contact import reporting_keys
from tests.cases.test_steps import open_case, step, to_handling
from tests.world import AT, STREET, World

ROOT = "/open311/v2"
RANGE = {"start_date": "2026-11-01T00:00:00Z", "end_date": "2026-12-01T00:00:00Z"}  # around AT


class Program:
    """Another program with its key."""

    def __init__(self, name: str = "城市随手拍", scope_code: str = STREET, source: str = "app") -> None:
        made = reporting_keys.make(name=name, source=source, scope_code=scope_code, by=None, at=AT)
        self.row, self.key = made.row, made.key
        self.client = Client(headers={"accept-language": "en"})

    def post(
        self, world: World, letter: str = "A", *, form: str = "json", once: str = "", **changes: Any
    ) -> Any:
        x, y = world.point(letter)
        fields: dict[str, Any] = {
            "api_key": self.key, "service_code": "E0110", "lat": y, "long": x, "description": "路边有一堆垃圾",
        } | changes  # fmt: skip
        sent = {name: value for name, value in fields.items() if value is not None}
        headers = {"idempotency-key": once} if once else {}
        return self.client.post(f"{ROOT}/requests.{form}", sent, headers=headers)

    def get(self, path: str, **given: Any) -> Any:
        return self.client.get(f"{ROOT}/{path}", given)


def handled(world: World, letter: str = "A", **changes: Any) -> Case:
    """A case that everybody may know of."""
    case = open_case(world, letter=letter, **changes)
    to_handling(world, case)
    case.refresh_from_db()
    return case


def filed(world: World, **changes: Any) -> Case:
    case = open_case(world, **changes)
    step(world, case, "acceptor", "accept")
    return step(world, case, "registrar", "register", standard=1)


def numbers(answer: Any) -> list[str]:
    """Of a JSON list of requests."""
    assert answer.status_code == 200, answer.content
    return [row["service_request_id"] for row in answer.json()]


def tree(answer: Any) -> ElementTree.Element:
    """The document of an answer, with its heading checked."""
    assert answer["Content-Type"] == "text/xml; charset=utf-8"
    assert answer.content.startswith(b'<?xml version="1.0" encoding="utf-8"?>')
    return ElementTree.fromstring(answer.content)  # noqa: S314 - our own answer
