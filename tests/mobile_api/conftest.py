"""A phone that talks to the API as a named person, and pictures made on the spot."""

from __future__ import annotations

import copy
import hashlib
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from django.test import Client
from PIL import Image

from geodata.ids import uuid7
from gridmgmt.organisation.devices import device_register
from mobile_api import queries, tokens
from tests.world import AT, World, build


class Phone:
    """One device with its token."""

    def __init__(self, world: World, name: str, **options: Any) -> None:
        issued = device_register(user=world.people[name], name="test", platform="android", at=AT)
        self.device, self.token = issued.device, issued.token
        self.client = Client(**options)
        self.headers = {"authorization": f"Bearer {self.token}", "accept-language": "en"}

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(f"/api/v1/{path}", headers=self.headers | headers)

    def put_bytes(
        self, path: str, body: bytes, content_type: str = "application/json", **headers: str
    ) -> Any:
        return self.client.put(
            f"/api/v1/{path}", body, content_type=content_type, headers=self.headers | headers
        )

    def report(self, body: dict[str, Any] | bytes, report_id: UUID | None = None) -> Any:
        raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        return self.put_bytes(f"reports/{report_id or uuid7()}", raw)

    def photo(
        self, photo_id: UUID | str, data: bytes, content_type: str = "image/jpeg", **headers: str
    ) -> Any:
        return self.put_bytes(f"photos/{photo_id}", data, content_type, **headers)

    def announce(self, world: World, *pictures: bytes) -> list[UUID]:
        """A report that announces these photos; their numbers."""
        ids = [uuid7() for _ in pictures]
        photos = [
            {"id": str(i), "sha256": hashlib.sha256(data).hexdigest()}
            for i, data in zip(ids, pictures, strict=True)
        ]
        answer = self.report(body(world, photos=photos))
        assert answer.status_code == 201, answer.content
        return ids


def body(world: World, letter: str = "A", **changes: Any) -> dict[str, Any]:
    """A plain report."""
    x, y = world.point(letter)
    plain: dict[str, Any] = {
        "category": "E0110",
        "point": {"x": x, "y": y, "datum": "wgs84", "accuracy_m": 6.5},
        "captured_at": datetime.now(UTC).isoformat(),
        "text": "路边有一堆垃圾",
    }
    return plain | changes


def picture(
    colour: str = "red", kind: str = "JPEG", size: tuple[int, int] = (64, 48), **options: Any
) -> bytes:
    """A small picture as bytes."""
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.fixture(autouse=True)
def _fresh_process(settings: Any, tmp_path: Path) -> None:
    """Nothing remembered from another test; media in a folder of its own."""
    queries._catalogue.clear()
    tokens._remembered.clear()
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(scope="module")
def _world_of_module(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """The world once per module, in a transaction around its tests: building it takes most of a second."""
    with django_db_blocker.unblock():
        around = transaction.atomic()
        around.__enter__()
        yield build()
        transaction.set_rollback(True)
        around.__exit__(None, None, None)


@pytest.fixture
def world(_world_of_module: World, db: None) -> World:
    """A copy for each test; its rows are rolled back with the test."""
    return copy.deepcopy(_world_of_module)


@pytest.fixture
def phone(world: World) -> Phone:
    """The worker's phone."""
    return Phone(world, "worker")
