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
from gridmgmt.wsgi import behind_doors
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


def at_door(
    client: Client, path: str, method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """What comes out of the door in front of the site; status 0 when it lets the request through."""
    seen: list[tuple[str, list[tuple[str, str]]]] = []
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    environ = {"PATH_INFO": path, "REQUEST_METHOD": method, "HTTP_COOKIE": cookies, **headers}
    site = behind_doors(lambda _environ, _start: [b"the site"])
    content = b"".join(site(environ, lambda status, given: seen.append((status, given))))
    if not seen:
        assert content == b"the site"
        return 0, {}, b""
    return int(seen[0][0][:3]), dict(seen[0][1]), content


@pytest.mark.parametrize("known", ["", "the tag"])
@pytest.mark.parametrize("packing", ["gzip, br", ""])
def test_the_door_says_what_the_view_says(
    world: World, placed: dict[str, Any], packing: str, known: str
) -> None:
    client = signed_in(world, "worker")
    tag = client.get(address(placed))["ETag"] if known else ""
    asked = {"HTTP_ACCEPT_ENCODING": packing, "HTTP_IF_NONE_MATCH": tag}
    status, headers, content = at_door(client, address(placed), **asked)
    view = client.get(address(placed), **asked)  # type: ignore[arg-type]
    assert (status, content) == (view.status_code, view.content)
    assert status == (304 if known else 200)
    for name in ("ETag", "Cache-Control", "X-Content-Type-Options", "Cross-Origin-Opener-Policy"):
        assert headers[name] == view[name]
    assert headers.get("Content-Encoding") == view.headers.get("Content-Encoding")
    assert headers["Vary"] == "Accept-Encoding, Cookie"
    assert headers["Content-Length"] == str(len(content))


@pytest.mark.parametrize("path", ["/tiles/roads/16/1/1.mvt", "/tiles/cells/99/1/1.mvt", "/tiles/cells/x.mvt"])
def test_the_door_lets_everything_odd_through(world: World, placed: dict[str, Any], path: str) -> None:
    client = signed_in(world, "worker")
    assert at_door(client, path)[0] == 0
    assert at_door(client, address(placed), "POST")[0] == 0
    assert at_door(Client(), address(placed))[0] == 0


def test_refused_tiles_are_kept_nowhere(placed: dict[str, Any]) -> None:
    assert Client().get(address(placed), headers={"Accept-Language": "en"})["Cache-Control"] == "no-store"


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
