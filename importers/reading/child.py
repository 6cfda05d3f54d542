"""Entry point of the reading process: one job on standard input, rows on standard output, messages on descriptor 3."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from geodata.crs import Datum
from geodata.errors import DomainError
from importers.kinds import Kind, kind_named
from importers.reading import copytext, raw_rows, sheets
from importers.reading.columns import Samples, describe
from importers.reading.confine import confine
from importers.reading.declared import settle
from importers.reading.geojson import open_geojson
from importers.reading.headings import plain
from importers.reading.json_rows import open_json_rows
from importers.reading.kml import open_kml
from importers.reading.mapping import FieldMap, Mapper
from importers.reading.records import Record, Source
from importers.reading.rows import RowReader
from importers.reading.shapes import Rules, Shaped, shape_all
from importers.reading.table import open_csv, open_table
from importers.reading.vector import open_vector

MESSAGES_FD: Final = 3
TABLES: Final = frozenset({*sheets.FORMATS, "csv", "json"})
NO_SHAPE: Final = Shaped()


def main() -> int:
    """Reads one file as told and leaves. Exit status: 0 done, 2 refused with a reason, others mean it broke."""
    job = json.load(sys.stdin)
    limits = job["limits"]
    offline = confine(memory=limits["memory"], cpu_seconds=limits["cpu_seconds"], scratch=limits["scratch"])
    try:
        do = raw_rows.read if job.get("task") == raw_rows.TASK else read
        found = do(job, write=sys.stdout.buffer.write)
        sys.stdout.buffer.flush()
        found["facts"]["offline"] = offline
        tell("end", **found)
    except DomainError as error:
        tell("refused", code=error.code, data=error.data)
        return 2
    except MemoryError:
        tell("refused", code="reader_out_of_memory", data={})
        return 2
    return 0


def tell(event: str, **facts: Any) -> None:
    """One message to the parent."""
    os.write(MESSAGES_FD, json.dumps({"event": event, **facts}).encode() + b"\n")


def read(job: dict[str, Any], *, write: Callable[[bytes], Any]) -> dict[str, Any]:
    """Opens, maps, converts and writes every record of the file; answers figures and facts about it."""
    kind = kind_named(job["kind"])
    profile = job["profile"]
    source = _open(job, profile, kind)
    datum = _datum(source, profile, kind)
    mapper = Mapper.build(
        profile,
        {field.name: list(field.headings) for field in kind.fields},
        source.columns,
        personal=kind.personal,
    )
    tally = _Tally(kind, mapper, datum, job, RowReader(kind, profile, job["format"]))
    samples = Samples()
    for chunk in source.chunks:
        mapper.learn(chunk)
        samples.see(chunk)
        lines = tally.lines(chunk)
        write("".join(lines).encode("utf-8"))
    return {
        "rows": tally.rows,
        "left_out": tally.left_out,
        "facts": {
            **source.facts,
            "datum": str(datum) if datum else "",
            "file_crs": source.datum_text,
            "mapping": {name: columns for name, columns in mapper.used.items() if columns},
            "extra_columns": mapper.extra_columns,
            "dropped_columns": mapper.dropped,
            "missing_fields": mapper.missing,
            "columns": describe(mapper, kind, samples),
        },
    }


def _open(job: dict[str, Any], profile: dict[str, Any], kind: Kind) -> Source:
    path, form = Path(job["path"]), job["format"]
    encoding = profile.get("encoding", "")
    if form == "geojson":
        return open_geojson(path, encoding=encoding)
    if form == "kml":
        return open_kml(path)
    if form in TABLES:
        return open_table(
            _grid(path, form, encoding, profile.get("layer", "")),
            position=profile.get("position", {}),
            located=kind.geometry_required,
            places=bool(kind.geometry),
            known=_known_headings(profile, kind),
            heading=int(profile.get("heading_row", 0)),
        )
    return open_vector(path, form, layer=profile.get("layer", ""), encoding=encoding)


def _grid(path: Path, form: str, encoding: str, sheet: str) -> sheets.Grid:
    if form == "csv":
        return open_csv(path, encoding=encoding)
    if form == "json":
        return open_json_rows(path, encoding=encoding)
    return sheets.open_workbook(path, form, sheet=sheet)


def _known_headings(profile: dict[str, Any], kind: Kind) -> set[str]:
    """Every heading by which a column of this import would be known."""
    named = [column for spec in profile.get("fields", {}).values() for column in FieldMap.parse(spec).columns]
    recognised = [word for field in kind.fields for word in field.headings]
    return {plain(word) for word in (*named, *recognised, *profile.get("only", {}))}


def _datum(source: Source, profile: dict[str, Any], kind: Kind) -> Datum | None:
    """None only for tables without any position of a kind that needs none, and for kinds without a geometry."""
    if not kind.geometry or (not source.located and not kind.geometry_required):
        return None
    return settle(
        source.datum,
        source.datum_text,
        profile.get("datum") or None,
        trust=bool(profile.get("trust_declaration", False)),
    )


class _Tally:
    """Turns pieces of records into lines and counts them."""

    def __init__(
        self,
        kind: Kind,
        mapper: Mapper,
        datum: Datum | None,
        job: dict[str, Any],
        reader: RowReader,
    ) -> None:
        profile = job["profile"]
        self.kind, self.mapper, self.datum, self.reader = kind, mapper, datum, reader
        self.rules = Rules(
            wanted=kind.geometry,
            required=kind.geometry_required,
            point_from_shape=bool(profile.get("point_from_shape", False)),
            shape_from_point=kind.point_in_tables and job["format"] in {"csv", *sheets.FORMATS},
        )
        self.names = [field.name for field in kind.fields]
        self.label = str(datum) if datum else ""
        self.rows = 0
        self.left_out = 0

    def lines(self, chunk: list[Record]) -> list[str]:
        """COPY lines of the records that the profile takes."""
        # a feature so broken that nothing of it could be read is counted and rejected, whatever the filter wants
        taken = [record for record in chunk if self._lost(record) or self.mapper.takes(record)]
        self.left_out += len(chunk) - len(taken)
        self.rows += len(taken)
        if not self.kind.geometry:
            return [self._line(record, NO_SHAPE) for record in taken]
        shaped = shape_all(taken, self.datum, self.rules, hashed=self.kind.sourced)
        return [self._line(record, shape) for record, shape in zip(taken, shaped, strict=True)]

    @staticmethod
    def _lost(record: Record) -> bool:
        return bool(record.problems) and not record.values

    def _line(self, record: Record, shape: Shaped) -> str:
        fields = self.reader.read(self.mapper.map(record), record)
        raw = shape.raw or ("", "")
        return copytext.line(
            [
                str(record.row_no),
                record.ref,
                copytext.array(record.problems),
                copytext.array(record.notes),
                self.mapper.rest(record),
                shape.hash,
                self.label if shape.ewkb else "",
                str(raw[0]),
                str(raw[1]),
                shape.ewkb,
                *[fields.get(name, "") for name in self.names],
            ]
        )


if __name__ == "__main__":
    sys.exit(main())
