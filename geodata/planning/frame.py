"""What a proposal looks at, read from the database: outline, roads, rails and water, buildings with households."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from django.db import connection
from django.utils import timezone

from geodata.codes import Level, level_of
from geodata.errors import DomainError
from geodata.models import Area, standing
from geodata.planning.proposal import Frame

_LINES = """
SELECT ST_AsBinary(CASE WHEN ST_Dimension(c.geom) = 2 THEN ST_Boundary(c.geom) ELSE c.geom END)
FROM geodata_contextfeature c, geodata_area a
WHERE a.code = %s AND c.kind IN ('road', 'rail', 'water') AND ST_Dimension(c.geom) > 0 AND ST_Intersects(c.geom, a.geom)
"""
# Households where they are registered with a building or a dwelling of it; dwellings; else what the floors could hold.
_BUILDINGS = """
WITH here AS (
  SELECT b.id, b.geom, b.use, b.floors FROM geodata_building b, geodata_area a
  WHERE a.code = %(code)s AND ST_Covers(a.geom, b.point)),
homes AS (SELECT d.building_id, count(*) AS doors FROM geodata_dwelling d JOIN here ON here.id = d.building_id
          WHERE d.use IN ('residential', 'mixed') GROUP BY 1),
kept AS (
  SELECT building_id, count(*) AS n FROM (
    SELECT h.building_id FROM geodata_household h JOIN here ON here.id = h.building_id
    UNION ALL
    SELECT d.building_id FROM geodata_household h JOIN geodata_dwelling d ON d.id = h.dwelling_id
    JOIN here ON here.id = d.building_id WHERE h.building_id IS NULL) every GROUP BY 1)
SELECT ST_AsBinary(here.geom), coalesce(kept.n, 0), coalesce(homes.doors, 0),
  CASE WHEN here.use IN ('residential', 'mixed') THEN ST_Area(here.geom::geography) * coalesce(here.floors, 1) / %(home)s
       ELSE 0 END
FROM here LEFT JOIN kept ON kept.building_id = here.id LEFT JOIN homes ON homes.building_id = here.id ORDER BY here.id
"""
FLOOR_M2_PER_HOME = 110.0
"""Gross floor per dwelling where neither households nor dwellings are known: a guess, and named as one."""
SOURCES = ("households", "dwellings", "floors")


@dataclass(frozen=True, slots=True)
class CommunityFrame:
    """A community's frame; `source` says what its households are: households, dwellings, floors or nothing."""

    code: str
    name: str
    frame: Frame
    source: str


def communities_of(code: str) -> list[str]:
    """The communities to plan for a community or street. Errors: area_unknown, planning_level."""
    area = Area.objects.filter(code=code).first()
    if area is None:
        raise DomainError(
            code="area_unknown", message="There is no area %(code)s.", status=404, data={"code": code}
        )
    if level_of(code) == Level.COMMUNITY:
        return [code]
    if level_of(code) != Level.STREET:
        raise DomainError(
            code="planning_level", message="Cells are proposed for a street or a community.", status=422
        )
    here = Area.objects.filter(standing(timezone.localdate()), parent_id=code)
    rows = here.exclude(geom=None).order_by("code")
    return list(rows.values_list("code", flat=True))


def read_frame(code: str) -> CommunityFrame:
    """The frame of a community (or of a street that has none). Errors: area_unknown, area_without_outline."""
    area = Area.objects.filter(code=code).first()
    if area is None:
        raise DomainError(
            code="area_unknown", message="There is no area %(code)s.", status=404, data={"code": code}
        )
    if area.geom is None:
        raise DomainError(
            code="area_without_outline",
            message="The outline of %(name)s is not known; import it first.",
            status=409,
            data={"name": area.name},
        )
    with connection.cursor() as cursor:
        cursor.execute(_LINES, [code])
        lines = _shapes([row[0] for row in cursor.fetchall()])
        cursor.execute(_BUILDINGS, {"code": code, "home": FLOOR_M2_PER_HOME})
        rows = cursor.fetchall()
    counts = np.array([row[1:] for row in rows], dtype=float).reshape(-1, 3)
    best = next((k for k in range(3) if counts[:, k].sum() > 0), None)
    households: Sequence[float] = counts[:, best].tolist() if best is not None else [0.0] * len(rows)
    outline = shapely.from_wkb(bytes(area.geom.wkb))
    frame = Frame(outline, lines, _shapes([row[0] for row in rows]), households)
    return CommunityFrame(code, area.name, frame, SOURCES[best] if best is not None else "")


def _shapes(rows: Sequence[bytes | memoryview]) -> list[shapely.geometry.base.BaseGeometry]:
    return list(shapely.from_wkb([bytes(row) for row in rows])) if rows else []
