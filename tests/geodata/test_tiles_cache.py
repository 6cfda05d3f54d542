"""The tile cache: found again until an edit touches it, never stale, never needed."""

from __future__ import annotations

import gzip
import math
from typing import Any

import pytest
import redis
from django.db import connection

from geodata.models import TileDirt
from geodata.tiles import cache, invalidation, query
from geodata.tiles.layers import LAYERS, selection
from geodata.tiles.squares import Box, Tile, touched
from tests.geodata.tile_world import place_everything, tile_over
from tests.redis_server import free_port
from tests.world import STREET, World

BUILDINGS = selection("buildings")
READER = (STREET,)


@pytest.fixture
def placed(world: World, fresh_redis: redis.Redis) -> dict[str, Any]:
    things = place_everything()
    TileDirt.objects.all().delete()
    return things


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[Tile]:
    """The tiles that were computed and not found."""
    seen: list[Tile] = []
    real = query.light_tile

    def watch(chosen: Any, tile: Tile, prefixes: tuple[str, ...]) -> bytes:
        seen.append(tile)
        return real(chosen, tile, prefixes)

    monkeypatch.setattr(query, "light_tile", watch)
    return seen


def rename(building: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE geodata_building SET floors = floors + 1 WHERE id = %s", [building.pk])


def test_a_tile_is_computed_once(placed: dict[str, Any], computed: list[Tile]) -> None:
    tile = tile_over(placed["ours"].geom, 16)
    first, second = (cache.get(BUILDINGS, tile, READER) for _ in range(2))
    assert first == second
    assert "ours楼".encode() in gzip.decompress(first.content)
    assert computed == [tile]


def test_an_empty_tile_is_remembered_too(placed: dict[str, Any], computed: list[Tile]) -> None:
    for _ in range(2):
        assert cache.get(BUILDINGS, Tile(16, 0, 0), READER).content == b""
    assert len(computed) == 1


def test_readers_of_other_areas_never_share_a_tile(placed: dict[str, Any], computed: list[Tile]) -> None:
    tile = tile_over(placed["ours"].geom, 13)
    contents = {
        prefixes: cache.get(BUILDINGS, tile, prefixes).content for prefixes in (READER, ("009901002",), ("",))
    }
    assert len(set(contents.values())) == 3
    assert len(computed) == 3


def test_an_edit_is_seen_in_every_zoom_and_drops_only_tiles_it_touches(
    placed: dict[str, Any], fresh_redis: redis.Redis, computed: list[Tile]
) -> None:
    extent = placed["ours"].geom.transform(3857, clone=True).extent
    around = Box(extent[0] - 3000, extent[1] - 3000, extent[2] + 3000, extent[3] + 3000)
    tiles = [tile for z in range(10, 19) for tile in touched(around, z)]
    for tile in tiles:
        cache.get(BUILDINGS, tile, READER)
    rename(placed["ours"])
    assert [change.layer for change in invalidation.drain(fresh_redis)] == ["buildings"] * 2
    computed.clear()
    for tile in tiles:
        cache.get(BUILDINGS, tile, READER)
    noted = Box(*(math.floor(v) for v in extent[:2]), *(math.ceil(v) for v in extent[2:]))
    assert set(computed) == {tile for z in range(10, 19) for tile in touched(noted, z)}
    assert len(computed) < len(tiles) / 50


def test_an_edit_of_one_layer_leaves_the_others(
    placed: dict[str, Any], fresh_redis: redis.Redis, computed: list[Tile]
) -> None:
    tile = tile_over(placed["ours"].geom, 16)
    cells, both = selection("cells"), selection("cells+buildings")
    for chosen in (cells, both):
        cache.get(chosen, tile, READER)
    rename(placed["ours"])
    invalidation.drain(fresh_redis)
    computed.clear()
    cache.get(cells, tile, READER)
    assert computed == []
    cache.get(both, tile, READER)
    assert computed == [tile]


def test_a_tile_computed_before_the_edit_is_not_found_after_it(
    placed: dict[str, Any], fresh_redis: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The edit is announced between reading the revisions and keeping the tile."""
    tile = tile_over(placed["ours"].geom, 16)
    real = query.light_tile

    def slow(*args: Any) -> bytes:
        before = real(*args)
        rename(placed["ours"])
        invalidation.drain(fresh_redis)
        return before

    monkeypatch.setattr(query, "light_tile", slow)
    stale = cache.get(BUILDINGS, tile, READER)
    monkeypatch.setattr(query, "light_tile", real)
    assert cache.get(BUILDINGS, tile, READER).digest != stale.digest


def test_boxes_stay_noted_while_redis_is_away(placed: dict[str, Any], fresh_redis: redis.Redis) -> None:
    rename(placed["ours"])
    gone = redis.Redis(port=free_port(), socket_connect_timeout=0.2)
    with pytest.raises(redis.ConnectionError):
        invalidation.drain(gone)
    assert TileDirt.objects.count() == 2
    assert len(invalidation.drain(fresh_redis)) == 2
    assert not TileDirt.objects.exists()


def test_without_redis_every_tile_is_computed(
    placed: dict[str, Any], computed: list[Tile], settings: Any
) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    tile = tile_over(placed["ours"].geom, 16)
    assert all(cache.get(BUILDINGS, tile, READER).content for _ in range(3))
    assert len(computed) == 3


def test_another_redis_than_last_time_starts_a_new_epoch(
    placed: dict[str, Any], fresh_redis: redis.Redis, computed: list[Tile]
) -> None:
    assert invalidation.notice_restart(fresh_redis)
    tile = tile_over(placed["ours"].geom, 16)
    cache.get(BUILDINGS, tile, READER)
    assert not invalidation.notice_restart(fresh_redis)
    cache.get(BUILDINGS, tile, READER)
    assert len(computed) == 1
    # What a restored copy of Redis looks like: all its keys, but the run id of another server.
    fresh_redis.set(invalidation.RUN_ID, "the server before")
    assert invalidation.notice_restart(fresh_redis)
    cache.get(BUILDINGS, tile, READER)
    assert len(computed) == 2


def test_a_grown_book_of_revisions_is_begun_anew(
    placed: dict[str, Any], fresh_redis: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename(placed["ours"])
    invalidation.drain(fresh_redis)
    assert not invalidation.compact(fresh_redis)
    monkeypatch.setattr(invalidation, "MOST_REVISIONS", 10)
    assert invalidation.compact(fresh_redis)
    assert all(not fresh_redis.exists(cache.revisions_key(layer)) for layer in LAYERS)


def test_changes_are_told_to_the_streets_they_meet(placed: dict[str, Any]) -> None:
    def change(layer: str, shape: Any) -> invalidation.Change:
        return invalidation.Change(layer, Box(*shape.transform(3857, clone=True).extent))

    ours, theirs = change("buildings", placed["ours"].geom), change("buildings", placed["theirs"].geom)
    road = change("context", placed["ours"].geom)
    nowhere = invalidation.Change("areas", Box(0, 0, 10, 10))
    found = invalidation.streets_of([ours, theirs, road, nowhere])
    assert found == {STREET: [ours], "009901002": [theirs], "": [road, nowhere]}
