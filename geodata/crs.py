"""Coordinate systems (constants first; the conversions follow)."""

from __future__ import annotations

SRID_WGS84 = 4326
SRID_CGCS2000 = 4490
SRID_WEB = 3857
SRID_METRIC = 4547
