"""`tiles`: cold against the bare engine and two peers on the same tables, warm, heaviest tile, and what an edit costs."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import django
import redis

from tests.bench.rows import Row
from tests.bench.servers import Load, background, free_port, granian, running, uvicorn, wrk
from tests.redis_server import RedisServer

SCRIPT = Path(__file__).with_name("tiles.lua")
ZOOMS = (14, 15, 16)
LAYERS = {"buildings": "geodata_building", "cells": "geodata_cell"}
# What the live map asks for: one source each.
PLACES = "areas+cells+buildings+components+organisations"
CONTEXT = "context"
CONNECTIONS = 4
MOST_TILES = 300
PACE = {"street": (1, 2), "district": (3, 3), "city": (3, 3)}  # rounds, seconds
CASES = {
    "street": [("buildings", 14), ("buildings", 15), ("buildings", 16), ("cells", 15)],
    "district": [(layer, z) for layer in LAYERS for z in ZOOMS],
}

IN_ZOOM = """
SELECT DISTINCT floor((ST_X(point_3857) + 20037508.342789244) / (40075016.685578488 / (1 << %s)))::int,
                floor((20037508.342789244 - ST_Y(point_3857)) / (40075016.685578488 / (1 << %s)))::int
FROM geodata_building
"""


@dataclass
class Bench:
    """Addresses of the servers and what is needed to ask them."""

    base: dict[str, str]
    cookie: str
    folder: Path
    seconds: int

    def load(self, server: str, layer: str, tiles: list[str], *, seconds: int = 0) -> Load:
        """Ask one server for tiles of a layer."""
        file = self.folder / "tiles.txt"
        file.write_text("\n".join(tiles) + "\n")
        prefix, suffix = {
            "ours": (f"/tiles/{layer}/", ".mvt"),
            "bare asyncpg": (f"/{layer}/", ".mvt"),
            "django-vectortiles": (f"/{layer}/", ".mvt"),
            "tipg": (f"/collections/public.{LAYERS.get(layer)}/tiles/WebMercatorQuad/", ""),
        }[server]
        seen = wrk(
            self.base[server], seconds=seconds or self.seconds, connections=CONNECTIONS, script=SCRIPT,
            BENCH_PREFIX=prefix, BENCH_SUFFIX=suffix, BENCH_COOKIE=self.cookie, BENCH_TILES=str(file),
        )  # fmt: skip
        if seen.errors:
            raise RuntimeError(f"{server}: {seen.errors} of {seen.requests} answers were errors")
        return seen


def run(scale: str) -> list[Row]:
    """Rows of the bench."""
    rounds, seconds = PACE[scale]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = RedisServer(folder)
        server.start()
        stack.callback(server.kill)
        os.environ["REDIS_URL"] = server.url
        django.setup()
        from django.conf import settings

        settings.REDIS_URL = server.url
        prefixes, key = reader()
        bench = Bench(start(stack, prefixes), f"{settings.SESSION_COOKIE_NAME}={key}", folder, seconds)
        rows = cold(bench, CASES.get(scale, CASES["district"]), rounds)
        rows += warm(bench)
        rows += heaviest(prefixes)
        stack.enter_context(
            background([sys.executable, "-m", "django", "scheduler"], GRID_PROCESS="scheduler")
        )
        until_drained(server)
        return rows + edit(bench, prefixes)


def until_drained(server: RedisServer) -> None:
    """Waits until the scheduler knows this Redis and has heard of all earlier edits."""
    from geodata.models import TileDirt
    from geodata.tiles.invalidation import RUN_ID

    deadline = time.monotonic() + 120
    while not server.client().exists(RUN_ID) or TileDirt.objects.exists():
        if time.monotonic() > deadline:
            raise TimeoutError("the scheduler does not drain")
        time.sleep(0.1)


def reader() -> tuple[tuple[str, ...], str]:
    """Somebody who may see the whole county, and their session."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from geodata.models import Area
    from gridmgmt.organisation.models import Grant, Role, User

    county = Area.objects.order_by("level", "code")[0].code
    user, _ = User.objects.get_or_create(username="bench-tiles", defaults={"name": "bench"})
    Grant.objects.get_or_create(user=user, role=Role.LEADER, scope_code=county)
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return (county,), str(store.session_key)


def start(stack: ExitStack, prefixes: tuple[str, ...]) -> dict[str, str]:
    """All four servers, two workers each."""
    from geodata.tiles.layers import selection
    from geodata.tiles.query import statement

    texts = {f"{layer}/{z}": statement(selection(layer), z) for layer in LAYERS for z in ZOOMS}
    columns = {
        "geodata_building": ["id", "name", "use", "floors", "height_m"],
        "geodata_cell": ["code", "name"],
    }
    tables = {f"public_{name}": {"geomcol": "geom", "properties": listed} for name, listed in columns.items()}
    web = {"GRID_PROCESS": "web", "GRID_LOG_LEVEL": "ERROR"}
    commands = {
        "ours": (granian("gridmgmt.wsgi:application", port := free_port(), threads=4), port, web),
        "bare asyncpg": (
            uvicorn("tests.bench.tile_peers.bare:app", port := free_port()), port,
            {"BENCH_STATEMENTS": json.dumps(texts), "BENCH_PREFIXES": json.dumps(prefixes)},
        ),
        "django-vectortiles": (
            granian("tests.bench.tile_peers.vectortiles_site:application", port := free_port(), threads=4), port, web,
        ),
        "tipg": (
            uvicorn("tipg.main:app", port := free_port(), lifespan="on"), port,
            {"TIPG_DB_TABLES": json.dumps([f"public.{name}" for name in columns]), "TIPG_TABLE_CONFIG": json.dumps(tables),
             "DB_MIN_CONN_SIZE": "4", "DB_MAX_CONN_SIZE": "4"},
        ),
    }  # fmt: skip
    base = {
        name: f"http://127.0.0.1:{stack.enter_context(running(command, port, **env))}"
        for name, (command, port, env) in commands.items()
    }
    for address in base.values():
        wait_for_answer(address)
    return base


def wait_for_answer(address: str, seconds: float = 60) -> None:
    """Until a server says anything at all; a port may be bound long before its workers are ready."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            ask(address, "/tiles/none")
        except (OSError, http.client.HTTPException):
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(f"{address} does not answer")


def ask(address: str, path: str, cookie: str = "") -> str:
    """The ETag of an answer, whatever its status."""
    link = http.client.HTTPConnection(urlsplit(address).netloc, timeout=5)
    link.request("GET", path, headers={"Cookie": cookie})
    return link.getresponse().headers.get("ETag", "")


def tiles_of(z: int) -> list[str]:
    """Addresses of tiles with buildings, in an order that is the same each time."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(IN_ZOOM, [z, z])
        found = sorted(cursor.fetchall(), key=lambda at: (at[0] * 7919 + at[1] * 104729) % 65537)
    return [f"{z}/{x}/{y}" for x, y in found[:MOST_TILES]]


@contextlib.contextmanager
def never_cached() -> Iterator[None]:
    """Makes every tile cold although the cache is asked and filled as always: the epoch changes more often than the list of
    tiles is gone round (18 tiles at z14, 300 at z16), and no more often, because turning it takes time from the servers."""
    from django.conf import settings

    from geodata.tiles import cache

    stop = threading.Event()

    def turn() -> None:
        client, number = redis.Redis.from_url(settings.REDIS_URL), 0
        while not stop.wait(0.01):
            number += 1
            client.set(cache.EPOCH, f"bench-{number}")

    thread = threading.Thread(target=turn)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def cold(bench: Bench, cases: list[tuple[str, int]], rounds: int) -> list[Row]:
    """Each layer and zoom at all four servers in turn; the ratio is taken inside each round."""
    rows = []
    for layer, z in cases:
        tiles = tiles_of(z)
        seen: dict[str, list[Load]] = {name: [] for name in bench.base}
        for number in range(rounds + 1):
            for name in bench.base:
                with never_cached() if name == "ours" else contextlib.nullcontext():
                    # The first round warms connections and plans.
                    load = bench.load(name, layer, tiles, seconds=0 if number else 1)
                if number:
                    seen[name].append(load)
        rows += cold_rows(layer, z, seen)
    return rows


def cold_rows(layer: str, z: int, seen: dict[str, list[Load]]) -> list[Row]:
    """One row per rival."""
    ours = [load.per_s for load in seen["ours"]]
    goals = {"bare asyncpg": 0.7, "django-vectortiles": 2, "tipg": 2}
    points = "; ours draws points below z15" if (layer, z) == ("buildings", 14) else ""
    rows = []
    for name, goal in goals.items():
        theirs = [load.per_s for load in seen[name]]
        ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
        note = f"goal: ratio >= {goal}{'' if name == 'bare asyncpg' else points}"
        case = f"cold {layer} z{z} against {name}"
        rows.append(
            Row("tiles", case, statistics.median(ours), "tiles/s", statistics.median(theirs), ratio, note)
        )
    return rows


def warm(bench: Bench) -> list[Row]:
    """The live map's tiles from the cache."""
    tiles = [tile for z in ZOOMS for tile in tiles_of(z)][:MOST_TILES]
    bench.load("ours", PLACES, tiles)
    load = bench.load("ours", PLACES, tiles)
    return [
        Row("tiles", "warm, all places", load.per_s, "tiles/s", 1000, load.per_s / 1000, "goal: >= 1,000/s"),
        Row("tiles", "warm p99", load.p99_ms, "ms", 10, 10 / load.p99_ms, "goal: <= 10 ms"),
    ]


def heaviest(prefixes: tuple[str, ...]) -> list[Row]:
    """The heaviest tile of the live map from z12 on."""
    from geodata.tiles import query
    from geodata.tiles.layers import selection, tile_at

    sizes = {}
    for z in range(12, 18):
        for address in tiles_of(z):
            for layers in (PLACES, CONTEXT):
                packed = query.light_tile(selection(layers), tile_at(*address.split("/")), prefixes)
                sizes[f"{layers.partition('+')[0]} {address}"] = len(packed)
    address = max(sizes, key=lambda one: sizes[one])
    kilobytes = sizes[address] / 1000
    note = f"goal: <= 100 kB; {address} of {len(sizes)} tiles"
    return [Row("tiles", "heaviest gzip z12-z17", kilobytes, "kB", 100, 100 / kilobytes, note)]


def edit(bench: Bench, prefixes: tuple[str, ...]) -> list[Row]:
    """Edits by SQL, as QGIS would: until the tile over HTTP differs, and the share of cached tiles that is dropped."""
    from geodata.models import Building

    kept = fill(prefixes)
    waits, shares = [], []
    every = max(1, Building.objects.count() // 7)
    for building in Building.objects.order_by("id")[::every][:7]:
        before = names(kept, prefixes)
        waits.append(until_it_shows(bench, building))
        after = names(kept, prefixes)
        shares.append(sum(a != b for a, b in zip(before, after, strict=True)) / len(kept))
    wait_ms, share = max(waits) * 1000, max(shares) * 100
    return [
        Row("tiles", "edit shows after", wait_ms, "ms", 1000, 1000 / wait_ms, f"goal: <= 1,000 ms; slowest of {len(waits)}"),
        Row("tiles", "edit drops", share, "%", 1, 1 / share, f"goal: < 1 %; of {len(kept)} cached tiles z12-z18, worst"),
    ]  # fmt: skip


def fill(prefixes: tuple[str, ...]) -> list[tuple[str, str]]:
    """Puts the live map's tiles of the whole area into the cache."""
    from geodata.tiles import cache
    from geodata.tiles.layers import selection, tile_at

    wanted = [(layers, at) for z in range(12, 19) for at in all_tiles(z) for layers in (PLACES, CONTEXT)]
    for layers, address in wanted:
        cache.get(selection(layers), tile_at(*address.split("/")), prefixes)
    return wanted


def all_tiles(z: int) -> list[str]:
    """Every tile over the cells' extent."""
    from django.db import connection

    from geodata.tiles.squares import Box, touched

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e) "
            "FROM (SELECT ST_Extent(geom_3857) e FROM geodata_cell WHERE active) x"
        )
        box = Box(*cursor.fetchone())
    return [str(tile) for tile in touched(box, z, margin=0)]


def names(wanted: list[tuple[str, str]], prefixes: tuple[str, ...]) -> list[bytes]:
    """Under which name each tile would be found now."""
    from geodata.tiles import cache
    from geodata.tiles.layers import selection, tile_at

    return [cache.name_now(selection(layers), tile_at(*at.split("/")), prefixes) for layers, at in wanted]


def until_it_shows(bench: Bench, building: object) -> float:
    """Seconds from the commit of an edit to a different tile over HTTP."""
    from django.db import connection

    from geodata.tiles.squares import Box, touched

    point = building.point_3857  # type: ignore[attr-defined]
    tile = next(touched(Box(point.x, point.y, point.x, point.y), 16, margin=0))

    def etag() -> str:
        return ask(bench.base["ours"], f"/tiles/{PLACES}/{tile}.mvt", bench.cookie)

    old = etag()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE geodata_building SET floors = coalesce(floors, 1) + 1 WHERE id = %s",
            [building.pk],  # type: ignore[attr-defined]
        )
    begin = time.perf_counter()
    while etag() == old:
        if time.perf_counter() - begin > 10:
            raise RuntimeError("the edit never showed")
    return time.perf_counter() - begin
