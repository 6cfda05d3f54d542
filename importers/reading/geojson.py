"""Strict reader of GeoJSON (RFC 7946): the collection is streamed, each feature is checked, nothing is silently taken."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from geodata.errors import DomainError
from geodata.geojson import build_shape, collection_features, feature_parts
from geodata.geometry import ALL_TYPES, Limits
from importers import limits
from importers.errors import refusal
from importers.reading.declared import from_geojson
from importers.reading.json_stream import JsonStream
from importers.reading.records import ID_COLUMN, Record, Source

_TAIL_BYTES: Final = 1 << 16
LIMITS: Final = Limits(types=ALL_TYPES, max_vertices=limits.FEATURE_VERTICES, max_depth=4)


def open_geojson(path: Path, *, encoding: str) -> Source:
    """Opens a collection, a single feature or a bare geometry. Errors: json_*, not_a_feature_collection,
    crs_link_refused, encoding_unknown, feature_too_large."""
    head = _Head.read(path, encoding)
    crs = head.crs if head.crs is not None else _tail_crs(path)
    datum, text = from_geojson(crs)
    return Source(
        columns=[],
        chunks=_in_chunks(_records(path, encoding, (datum, text))),
        datum=datum,
        datum_text=text,
    )


class _Head:
    """What stands before the features."""

    def __init__(self, crs: Any) -> None:
        self.crs = crs

    @classmethod
    def read(cls, path: Path, encoding: str) -> _Head:
        """Reads members up to ``features``; a single feature or geometry is read whole."""
        crs: Any = None
        with _open(path, encoding) as file:
            stream = JsonStream(file)
            if stream.peek() != "{":
                raise refusal("not_a_feature_collection", why="the text is no object")
            for key in stream.members():
                if key == "features":
                    break
                value = stream.value()
                if key == "crs":
                    crs = value
        return cls(crs)


def _open(path: Path, encoding: str) -> Any:
    return path.open(encoding=encoding or "utf-8-sig", newline="")


def _tail_crs(path: Path) -> Any:
    """A ``crs`` member that stands behind the features (it is checked again when the stream arrives there)."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL_BYTES))
        tail = file.read().decode("utf-8", "replace")
    at = tail.rfind('"crs"')
    behind = tail[at + 5 :].lstrip().removeprefix(":").lstrip() if at >= 0 else ""
    if tail.rfind('"properties"', 0, at) > tail.rfind("]", 0, at):
        return None  # a property of the last feature that happens to be called so
    try:
        return json.JSONDecoder().raw_decode(behind)[0] if behind else None
    except ValueError:
        return None


def _records(path: Path, encoding: str, announced: tuple[str | None, str]) -> Iterator[Record]:
    """Every feature of the file; at the end the collection's own members are judged."""
    members: dict[str, Any] = {}
    has_features = False
    with _open(path, encoding) as file:
        stream = JsonStream(file)
        for key in stream.members():
            if key == "features":
                has_features = True
                if stream.peek() != "[":
                    raise refusal("not_a_feature_collection", why="features is no list")
                for number, feature in enumerate(stream.elements(), start=1):
                    yield _feature(number, feature)
            else:
                members[key] = stream.value()
        if stream.peek():
            raise stream.broken()
    if has_features:
        _judge_collection(members)
    else:
        yield _alone(members)
    if from_geojson(members.get("crs")) != announced:
        raise refusal(
            "crs_contradiction", file=str(members.get("crs"))[:60], declared=announced[1] or "nothing"
        )


def _judge_collection(members: dict[str, Any]) -> None:
    """The members around the features. Error: not_a_feature_collection."""
    try:
        collection_features({**members, "crs": None, "features": []})
    except DomainError as error:
        raise refusal("not_a_feature_collection", why=str(error.data.get("at", ""))) from None


def _alone(members: dict[str, Any]) -> Record:
    """A text that is one feature or one geometry."""
    if members.get("type") == "Feature":
        return _feature(1, members)
    if "coordinates" in members or "geometries" in members:
        return _feature(1, {"type": "Feature", "properties": {}, "geometry": members})
    raise refusal("not_a_feature_collection", why="no features, no feature, no geometry")


def _feature(number: int, feature: Any) -> Record:
    """One feature; a broken one is a rejected row, not a broken file."""
    record = Record(row_no=number, ref=f"feature {number}", values={})
    try:
        geometry, properties, key = feature_parts(feature, at="$")
        record.values = {str(name): value for name, value in properties.items()}
        if key is not None:
            record.values.setdefault(ID_COLUMN, key)
        if geometry is not None:
            record.shape, notes = build_shape(geometry, LIMITS, at="$.geometry")
            record.notes += notes
    except DomainError as error:
        record.problems.append(f"{error.code}:{str(error.data.get('at', ''))[:60]}")
    return record


def _in_chunks(records: Iterator[Record]) -> Iterator[list[Record]]:
    chunk: list[Record] = []
    for record in records:
        chunk.append(record)
        if len(chunk) == limits.CHUNK_ROWS:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
