"""Phones of a bench, made in a few statements: workers with a device and a token each. Run inside the platform it is for."""

from __future__ import annotations

import json
import os
from pathlib import Path

from knox.crypto import create_token_string, hash_token
from knox.models import AuthToken

from gridmgmt.organisation.models import Device, Grant, Role, User
from tests.world import PASSWORD, STREET, World, build


def make(count: int, file: str) -> None:
    """The small street of the tests and so many phones in it; tokens and points inside cells go to a file."""
    world = build()
    users = User.objects.bulk_create(
        User(username=f"bench{number:05}", name=f"网格员{number}", password="!") for number in range(count)
    )
    Grant.objects.bulk_create(
        Grant(user=user, role=Role.WORKER, scope_code=STREET + ("001", "002")[number % 2])
        for number, user in enumerate(users)
    )
    tokens = [create_token_string() for _ in users]
    AuthToken.objects.bulk_create(
        AuthToken(digest=hash_token(token), token_key=token[:15], user=user)
        for user, token in zip(users, tokens, strict=True)
    )
    devices = Device.objects.bulk_create(
        Device(user=user, name="bench", token_digest=hash_token(token))
        for user, token in zip(users, tokens, strict=True)
    )
    made = {
        "devices": [
            {"device": str(device.pk), "token": token} for device, token in zip(devices, tokens, strict=True)
        ],
        "points": points(world),
        "username": "worker",
        "password": PASSWORD,
        "database": os.environ["DATABASE_URL"],  # the caller stands in the environment of other servers
    }
    Path(file).write_text(json.dumps(made))


def points(world: World) -> list[tuple[float, float]]:
    """A point inside each cell."""
    return [world.point(letter) for letter in world.cells]
