"""Reader of GeoPackage, Shapefile, DXF and .osm.pbf through GDAL, with one driver left and in pieces."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely

from importers import limits
from importers.errors import refusal
from importers.reading.confine import keep_drivers
from importers.reading.declared import from_wkt
from importers.reading.records import ID_COLUMN, Record, Source

DRIVERS: Final = {"gpkg": "GPKG", "shapefile": "ESRI Shapefile", "osm.pbf": "OSM", "dxf": "DXF"}
_OSM_OBJECTS: Final = {"points": "node", "lines": "way"}
_TAG: Final = re.compile(r'"((?:[^"\\]|\\.)*)"=>"((?:[^"\\]|\\.)*)"')
_PIECES: Final = {"gpkg": 20_000, "shapefile": 20_000, "osm.pbf": 200_000, "dxf": 200_000}
"""Features per call; the drivers of .osm.pbf and DXF read from the beginning each time."""


def open_vector(path: Path, form: str, *, layer: str, encoding: str) -> Source:
    """Opens one layer. Errors: layer_needed, layer_unknown, file_broken."""
    if form == "shapefile" and not path.with_suffix(".shx").exists():
        os.environ["SHAPE_RESTORE_SHX"] = "YES"
    keep_drivers(DRIVERS[form])
    import pyogrio  # noqa: PLC0415 - only after the drivers are gone

    try:
        chosen = _layer(pyogrio.list_layers(str(path)), form, layer)
        info = pyogrio.read_info(str(path), layer=chosen, **_options(form, encoding))
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, UnicodeDecodeError) as error:
        raise refusal("file_broken", why=_why(error)) from None
    columns = [str(name) for name in info["fields"]]
    if len(columns) > limits.COLUMNS:
        raise refusal("too_many_columns", limit=limits.COLUMNS)
    datum, text = ("wgs84", "OSM") if form == "osm.pbf" else from_wkt(info["crs"])
    return Source(
        columns=columns,
        chunks=_chunks(path, form, chosen, encoding),
        datum=datum,
        datum_text=text,
        located=info["geometry_type"] is not None,
        facts={"layer": chosen, "encoding": str(info["encoding"] or "")},
    )


def _layer(found: Any, form: str, wished: str) -> str:
    """The layer to read: the wished one, else the only one that has geometry."""
    names = [str(name) for name, kind in found if kind is not None] or [str(name) for name, _ in found]
    if wished and form != "shapefile":
        if wished not in names:
            raise refusal("layer_unknown", layer=wished, layers=", ".join(names)[:400])
        return wished
    if not names:
        raise refusal("file_broken", why="no layer")
    if len(names) > 1:
        raise refusal("layer_needed", layers=", ".join(names)[:400])
    return names[0]


def _options(form: str, encoding: str) -> dict[str, Any]:
    return {"encoding": encoding} if encoding and form == "shapefile" else {}


def _chunks(path: Path, form: str, layer: str, encoding: str) -> Iterator[list[Record]]:
    import pyogrio  # noqa: PLC0415 - see open_vector
    from pyogrio import raw  # noqa: PLC0415

    skip, piece = 0, _PIECES[form]
    while True:
        try:
            meta, fids, shapes, fields = raw.read(
                str(path),
                layer=layer,
                skip_features=skip,
                max_features=piece,
                return_fids=True,
                **_options(form, encoding),
            )
        except (pyogrio.errors.FeatureError, pyogrio.errors.DataSourceError, UnicodeDecodeError) as error:
            raise refusal("file_broken", why=_why(error)) from None
        count = len(fids)
        for start in range(0, count, limits.CHUNK_ROWS):
            stop = min(start + limits.CHUNK_ROWS, count)
            columns = [str(name) for name in meta["fields"]]
            wkb = shapes[start:stop] if shapes is not None else None
            part = [column[start:stop] for column in fields]
            records = _records(skip + start, fids[start:stop], columns, part, wkb)
            if form == "osm.pbf":
                for record in records:
                    open_tags(record, layer)
            elif form == "dxf":
                for record in records:
                    close_outline(record)
            yield records
        if count < piece:
            return
        skip += count


def _records(before: int, fids: Any, columns: list[str], fields: list[Any], wkb: Any | None) -> list[Record]:
    """Records of one piece; a geometry that cannot be built leaves its row without one, with a problem."""
    values = [[_plain(value) for value in column.tolist()] for column in fields]
    shapes = shapely.from_wkb(wkb, on_invalid="ignore") if wkb is not None else None
    records: list[Record] = []
    for index in range(len(fids)):
        record = Record(
            row_no=before + index + 1,
            ref=f"feature {int(fids[index])}",
            values={column: values[at][index] for at, column in enumerate(columns)},
        )
        if shapes is not None:
            record.shape = shapes[index]
            if record.shape is None and wkb is not None and wkb[index] is not None:
                record.problems.append("geometry_unreadable")
        records.append(record)
    return records


def open_tags(record: Record, layer: str) -> None:
    """Spreads the tags that GDAL packs into one column, and names the object as OpenStreetMap does."""
    values = record.values
    for key, value in _TAG.findall(values.pop("other_tags", None) or ""):
        values.setdefault(key.replace('\\"', '"'), value.replace('\\"', '"'))
    way = values.get("osm_way_id")
    kind = "way" if way else _OSM_OBJECTS.get(layer, "relation")
    values[ID_COLUMN] = f"{kind}/{way or values.get('osm_id') or ''}"


def close_outline(record: Record) -> None:
    """Drawings know lines only: one that ends where it begins is the outline of something."""
    shape = record.shape
    if shape is not None and shape.geom_type == "LineString" and shape.is_ring and len(shape.coords) > 3:
        record.shape = shapely.Polygon(shape.coords)


def _plain(value: Any) -> Any:
    """Values as JSON knows them; what a numeric column uses for "nothing" becomes None."""
    if isinstance(value, float):
        return None if np.isnan(value) else value
    if isinstance(value, bytes):
        return None
    return value


def _why(error: Exception) -> str:
    """The library's sentence without paths."""
    return " ".join(word for word in str(error).split() if "/" not in word)[:160]
