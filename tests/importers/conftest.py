"""Small files made on the spot, and one short way to run an import."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from importers import actions, files, sandbox, staging
from importers.models import ImportBatch
from importers.profile import load
from importers.reading import child

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
Run = Callable[..., ImportBatch]


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, settings: Any) -> None:
    """Files of a test stay in its own folder."""
    settings.VAR = tmp_path / "var"


@pytest.fixture
def limited_child() -> None:
    """Ask for it to read in the real limited process; GDAL's formats always do."""


@pytest.fixture(autouse=True)
def reader_here(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same reader in this process for GeoJSON and tables: a second less for each of a hundred imports."""
    if "limited_child" in request.fixturenames:
        return

    def read_rows(
        path: Path, *, form: str, kind: str, profile: dict[str, Any], result: sandbox.Reading
    ) -> Iterator[bytes]:
        if form not in {"geojson", "csv", "xlsx", "ods"}:
            yield from sandbox.read_rows(path, form=form, kind=kind, profile=profile, result=result)
            return
        blocks: list[bytes] = []
        job = {"path": str(path), "format": form, "kind": kind, "profile": profile}
        found = child.read(job, write=blocks.append)
        result.rows, result.left_out, result.facts = found["rows"], found["left_out"], found["facts"]
        yield from blocks

    monkeypatch.setattr(staging, "read_rows", read_rows)


@pytest.fixture
def run() -> Run:
    """Takes a file in and brings it to a state: ``run("buildings", path, to="applied", datum="wgs84")``."""

    def go(
        kind: str,
        path: Path,
        *,
        to: str = "checked",
        profile: str = "",
        prefixes: tuple[str, ...] = ("",),
        at: datetime = AT,
        **said: Any,
    ) -> ImportBatch:
        used = load(profile, kind, **said)
        batch_id = actions.new_batch_id()
        stored = files.take_path(path, batch_id, used.layer)
        batch = actions.receive(
            stored=stored, batch_id=batch_id, profile=used, prefixes=prefixes, by=None, at=at
        )
        if to == "checked":
            return actions.check(batch_id=batch.pk, at=at)
        return actions.apply(batch_id=batch.pk, by=None, at=at)

    return go


def square(lon: float, lat: float, size: float = 0.001) -> dict[str, Any]:
    """A square with its south-west corner here, as GeoJSON."""
    ring = [[lon, lat], [lon + size, lat], [lon + size, lat + size], [lon, lat + size], [lon, lat]]
    return {"type": "Polygon", "coordinates": [ring]}


def point(lon: float, lat: float) -> dict[str, Any]:
    """A point as GeoJSON."""
    return {"type": "Point", "coordinates": [lon, lat]}


def collection(path: Path, *features: tuple[dict[str, Any] | None, dict[str, Any]], **members: Any) -> Path:
    """Writes a feature collection and gives its path."""
    text = {
        "type": "FeatureCollection",
        **members,
        "features": [
            {"type": "Feature", "properties": properties, "geometry": geometry}
            for geometry, properties in features
        ],
    }
    path.write_text(json.dumps(text, ensure_ascii=False), encoding="utf-8")
    return path


def codes(batch: ImportBatch) -> set[str]:
    """All reason codes of a batch."""
    return set(batch.findings.values_list("code", flat=True))


def fates(batch: ImportBatch) -> dict[str, int]:
    """The figures of a batch that are not zero."""
    names = ("new", "changed", "same", "conflict", "rejected")
    assert batch.counts["in"] == sum(batch.counts[name] for name in names)
    return {name: batch.counts[name] for name in names if batch.counts[name]}
