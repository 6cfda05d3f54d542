"""`report`: PUT /reports over HTTP against the thinnest raw view and an idiomatic DRF view on the same server."""

from __future__ import annotations

import os
import statistics
from contextlib import ExitStack
from pathlib import Path

import django
import psycopg

from tests.bench.rows import Row
from tests.bench.servers import Load, free_port, granian, running, wrk

ROUNDS = 3
SECONDS = 6
CONNECTIONS = 8
SCRIPT = Path(__file__).with_name("report.lua")
PATHS = {"ours": "/api/v1/reports/", "raw": "/raw/reports/", "drf": "/drf/reports/"}


def run(scale: str) -> list[Row]:
    """Interleaved rounds of the three; medians and the ratios within each round."""
    django.setup()
    token, knox_token = tokens()
    points = points_file()
    loads: dict[str, list[Load]] = {name: [] for name in PATHS}
    with ExitStack() as stack:
        ports = {"ours": free_port(), "yardstick": free_port()}
        env = {"GRID_PROCESS": "web", "GRID_LOG_LEVEL": "WARNING"}
        stack.enter_context(
            running(granian("gridmgmt.wsgi:application", ports["ours"]), ports["ours"], **env)
        )
        stack.enter_context(
            running(
                granian("tests.bench.yardstick.wsgi:application", ports["yardstick"]),
                ports["yardstick"],
                **env,
            )
        )
        for number in range(ROUNDS + 1):
            for name, path in PATHS.items():
                port = ports["ours" if name == "ours" else "yardstick"]
                scheme, value = ("Token", knox_token) if name == "drf" else ("Bearer", token)
                load = wrk(
                    f"http://127.0.0.1:{port}/", seconds=SECONDS if number else 2, connections=CONNECTIONS, script=SCRIPT,
                    BENCH_TOKEN=value, BENCH_SCHEME=scheme, BENCH_PATH=path, BENCH_POINTS=str(points),
                    BENCH_SEED=str(number * 10 + len(name)),
                )  # fmt: skip
                if load.errors:
                    raise RuntimeError(f"{name}: {load.errors} of {load.requests} answers were errors")
                if number:
                    loads[name].append(load)
    points.unlink()
    return rows(loads, synchronous_commit())


def rows(loads: dict[str, list[Load]], commit: str) -> list[Row]:
    """Throughput ratios and our latencies."""
    ours = [load.per_s for load in loads["ours"]]

    def ratio(other: str) -> float:
        return statistics.median(a / b.per_s for a, b in zip(ours, loads[other], strict=True))

    value = statistics.median(ours)
    setting = f"synchronous_commit={commit}, {CONNECTIONS} connections, 2 workers"
    return [
        Row(
            "report", "against raw view", value, "req/s", statistics.median(b.per_s for b in loads["raw"]), ratio("raw"),
            f"goal: ratio >= 0.5; {setting}",
        ),
        Row(
            "report", "against DRF + ORM", value, "req/s", statistics.median(b.per_s for b in loads["drf"]), ratio("drf"),
            f"goal: ratio >= 2; {setting}",
        ),
        Row("report", "p50", statistics.median(load.p50_ms for load in loads["ours"]), "ms"),
        Row("report", "p99", statistics.median(load.p99_ms for load in loads["ours"]), "ms"),
    ]  # fmt: skip


def tokens() -> tuple[str, str]:
    """A device token of a worker of the sample, as the API hands it out, and the same user's token for the yardstick."""
    from knox.models import AuthToken

    from gridmgmt.organisation.models import Device, Grant, Role

    user = Grant.objects.filter(role=Role.WORKER, valid_to=None).select_related("user")[0].user
    row, token = AuthToken.objects.create(user=user)
    Device.objects.create(user=user, name="bench", token_digest=row.digest)
    return token, token


def points_file() -> Path:
    """Points inside cells, one JSON fragment a line."""
    file = Path(os.environ.get("GRID_VAR", "var")) / "bench-points.txt"
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection, file.open("w") as out:
        sql = "SELECT ST_X(p), ST_Y(p) FROM (SELECT ST_PointOnSurface(geom) p FROM geodata_cell WHERE active LIMIT 2000) x"
        for lon, lat in connection.execute(sql):
            out.write(f'"x":{lon:.7f},"y":{lat:.7f}\n')
    return file


def synchronous_commit() -> str:
    """What the application's connection uses."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        return str(cursor.fetchone()[0])
