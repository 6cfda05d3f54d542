"""Binary geometry (WKB, EWKB) from strangers. Walked by ourselves first: GEOS recurses without limit and would take
the process with it when collections are nested a hundred thousand deep."""

from __future__ import annotations

import struct

import shapely
from shapely.errors import GEOSException

from geodata.crs import Datum
from geodata.geometry import Accepted, Limits, accept, check_vertices, geometry_error

_EWKB_Z, _EWKB_M, _EWKB_SRID = 0x80000000, 0x40000000, 0x20000000
_POINT, _LINE, _POLYGON = 1, 2, 3
_COLLECTIONS = range(4, 8)
_MIXED = 7


def read_wkb(data: bytes, limits: Limits, datum: str | Datum = "wgs84") -> Accepted:
    """A checked geometry. Errors: wkb_invalid, geometry_too_nested, geometry_srid_conflict and those of `accept`."""
    declared = Datum.parse(datum)
    _walk(memoryview(data), limits)
    try:
        geometry = shapely.from_wkb(data)
    except (GEOSException, NotImplementedError, ValueError):
        raise geometry_error("wkb_invalid") from None
    srid = int(shapely.get_srid(geometry))
    if srid and Datum.parse(f"epsg:{srid}") != declared:
        raise geometry_error("geometry_srid_conflict", found=srid, declared=declared.name)
    return accept(shapely.set_srid(geometry, 0), limits, declared)


def _walk(data: memoryview, limits: Limits) -> None:
    """Follows the headers to the end: nesting, vertex count and lengths, without building anything."""
    reader = _Reader(data)
    open_children = [1]
    vertices = 0
    while open_children:
        if open_children[-1] == 0:
            open_children.pop()
            continue
        open_children[-1] -= 1
        kind, values = reader.header()
        if kind in _COLLECTIONS:
            # The outermost entry is the file; multi-parts may stand inside the deepest collection allowed.
            depth = len(open_children) - 1
            if depth >= limits.max_depth + (kind != _MIXED):
                raise geometry_error("geometry_too_nested")
            open_children.append(reader.count())
        else:
            vertices += reader.skip_vertices(kind, values)
            check_vertices(vertices, limits)
    if reader.position != len(data):
        raise geometry_error("wkb_invalid")


class _Reader:
    """A position in the bytes, in the byte order of the geometry last begun."""

    def __init__(self, data: memoryview) -> None:
        self.data = data
        self.position = 0
        self.order = "<"

    def header(self) -> tuple[int, int]:
        """Kind 1 to 7 and values per vertex."""
        if self.position >= len(self.data) or self.data[self.position] > 1:
            raise geometry_error("wkb_invalid")
        self.order = "<" if self.data[self.position] else ">"
        self.position += 1
        code = self.count()
        if code & _EWKB_SRID:
            self.count()
        iso, kind = divmod(code & 0x0FFFFFFF, 1000)
        if iso > 3 or not _POINT <= kind <= _COLLECTIONS[-1]:
            raise geometry_error("geometry_type_unknown")
        has_z = bool(code & _EWKB_Z) or iso in (1, 3)
        has_m = bool(code & _EWKB_M) or iso in (2, 3)
        return kind, 2 + has_z + has_m

    def count(self) -> int:
        """The next unsigned integer."""
        try:
            (number,) = struct.unpack_from(self.order + "I", self.data, self.position)
        except struct.error:
            raise geometry_error("wkb_invalid") from None
        self.position += 4
        return int(number)

    def skip_vertices(self, kind: int, values: int) -> int:
        """Passes over a point, line or polygon and returns its number of vertices."""
        if kind == _POINT:
            return self._skip(1, values)
        if kind == _LINE:
            return self._skip(self.count(), values)
        return sum(self._skip(self.count(), values) for _ in range(self.count()))

    def _skip(self, vertices: int, values: int) -> int:
        self.position += vertices * values * 8
        if self.position > len(self.data):
            raise geometry_error("wkb_invalid")
        return vertices
