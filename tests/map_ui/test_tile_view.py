"""GET /tiles/…: who may, what comes, and what happens after an edit or a withdrawn right."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime
from typing import Any

import pytest
import redis
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client

from geodata.models import TileDirt
from geodata.tiles import invalidation
from gridmgmt.organisation import sessions
from gridmgmt.organisation.models import Grant
from tests.geodata.tile_world import place_everything, tile_over
from tests.world import World


@pytest.fixture
def placed(world: World, fresh_redis: redis.Redis) -> dict[str, Any]:
    sessions.recent_scopes._kept.clear()
    things = place_everything()
    TileDirt.objects.all().delete()
    return things


def signed_in(world: World, name: str) -> Client:
    client = Client()
    client.force_login(world.people[name])
    return client


def address(placed: dict[str, Any], layers: str = "buildings", z: int = 16, where: str = "ours") -> str:
    return f"/tiles/{layers}/{tile_over(placed[where].geom, z)}.mvt"


def test_a_worker_gets_the_own_buildings_packed(world: World, placed: dict[str, Any]) -> None:
    answer = signed_in(world, "worker").get(address(placed), headers={"Accept-Encoding": "gzip, br"})
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/vnd.mapbox-vector-tile"
    assert answer["Content-Encoding"] == "gzip"
    assert answer["Cache-Control"] == "private, no-cache"
    assert "ours楼".encode() in zlib.decompress(answer.content, 31)


def test_the_early_door_adds_what_the_skipped_middleware_would(world: World, placed: dict[str, Any]) -> None:
    answer = signed_in(world, "worker").get(address(placed))
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    refused = Client().get(address(placed), headers={"Accept-Language": "en"})
    assert refused["Cache-Control"] == "no-store"


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_tiles_can_only_be_read(world: World, placed: dict[str, Any], method: str) -> None:
    assert getattr(signed_in(world, "worker"), method)(address(placed)).status_code == 405


def test_who_cannot_unpack_gets_it_plain(world: World, placed: dict[str, Any]) -> None:
    answer = signed_in(world, "worker").get(address(placed))
    assert "Content-Encoding" not in answer
    assert "ours楼".encode() in answer.content


def test_the_neighbour_gets_nothing_there(world: World, placed: dict[str, Any]) -> None:
    client = signed_in(world, "neighbour")
    assert client.get(address(placed)).status_code == 204
    assert client.get(address(placed, where="theirs")).status_code == 200


@pytest.mark.parametrize(
    ("name", "layers", "status", "code"),
    [
        (None, "buildings", 401, "not_signed_in"),
        (None, "context+cells", 401, "not_signed_in"),
        ("nobody", "buildings", 403, "nothing_granted"),
        ("worker", "persons", 404, "tile_layer_unknown"),
        ("worker", "cells+cells", 400, "tile_layer_repeated"),
    ],
)
def test_refusals_are_named(
    world: World, placed: dict[str, Any], name: str | None, layers: str, status: int, code: str
) -> None:
    if name == "nobody":
        Grant.objects.filter(user=world.people["worker"]).delete()
        name = "worker"
    client = signed_in(world, name) if name else Client()
    answer = client.get(address(placed, layers), headers={"Accept-Language": "en"})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize("path", ["cells/x/1/1", "cells/30/1/1", "cells/3/8/1"])
def test_impossible_addresses_are_refused(world: World, placed: dict[str, Any], path: str) -> None:
    assert signed_in(world, "worker").get(f"/tiles/{path}.mvt").status_code in {400, 404}


def test_context_alone_is_public(placed: dict[str, Any]) -> None:
    answer = Client().get(address(placed, "context", 14))
    assert answer.status_code == 200
    assert "滨河路".encode() in answer.content


def test_an_unchanged_tile_is_not_sent_again_and_an_edit_shows(
    world: World, placed: dict[str, Any], fresh_redis: redis.Redis
) -> None:
    client = signed_in(world, "worker")
    etag = client.get(address(placed))["ETag"]
    assert client.get(address(placed), headers={"If-None-Match": etag}).status_code == 304
    assert client.get(address(placed), headers={"If-None-Match": f"W/{etag}"}).status_code == 304
    with connection.cursor() as cursor:
        cursor.execute("UPDATE geodata_building SET name = '改名楼' WHERE id = %s", [placed["ours"].pk])
    invalidation.drain(fresh_redis)
    answer = client.get(address(placed), headers={"If-None-Match": etag})
    assert answer.status_code == 200
    assert "改名楼".encode() in answer.content


def test_a_tile_from_the_cache_asks_the_database_nothing(
    world: World, placed: dict[str, Any], django_assert_num_queries: Any
) -> None:
    client = signed_in(world, "worker")
    client.get(address(placed))
    with django_assert_num_queries(0):
        assert client.get(address(placed)).status_code == 200


@pytest.mark.parametrize("how", ["session", "user", "grant", "password"])
def test_a_withdrawn_right_ends_within_a_second(
    world: World, placed: dict[str, Any], how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, worker = signed_in(world, "worker"), world.people["worker"]
    assert client.get(address(placed)).status_code == 200
    if how == "session":
        Session.objects.all().delete()
    elif how == "user":
        type(worker).objects.filter(pk=worker.pk).update(is_active=False)
    elif how == "grant":
        Grant.objects.filter(user=worker).update(valid_to=datetime(2026, 2, 1, tzinfo=UTC))
    else:
        worker.set_password("another-one-2026")
        worker.save()
    now = sessions.time.monotonic()
    monkeypatch.setattr(sessions.time, "monotonic", lambda: now + 1.01)
    assert client.get(address(placed)).status_code in {401, 403}


def test_the_session_is_read_again_at_most_once_a_second(
    world: World, placed: dict[str, Any], django_assert_num_queries: Any
) -> None:
    client = signed_in(world, "worker")
    client.get(address(placed))
    sessions.recent_scopes._kept.clear()
    with django_assert_num_queries(3):
        client.get(address(placed))
        client.get(address(placed))
