"""What is wrong with a set of cells: pure geometry, no database. Measured in metres, told in WGS 84.

Deviations that come from rounding are no faults: parts of at most 1 m², or nowhere wider than 5 cm.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import shapely
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry
from shapely.validation import explain_validity

from geodata.crs import from_wgs84_many, metric_srid, to_wgs84_many

AREA_TOLERANCE_M2: Final = 1.0
WIDTH_TOLERANCE_M: Final = 0.05
SLIVER_M2: Final = 100.0
ERROR, WARNING = "error", "warning"

Shapes = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class CellShape:
    """A cell to be judged: its code, the community its code names, its polygon in WGS 84."""

    code: str
    geom: BaseGeometry
    community_code: str = ""

    @property
    def community(self) -> str:
        """The community it must lie in."""
        return self.community_code or self.code[:12]


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault. `geometry` is where it is, in WGS 84; `data` fills the message of its code."""

    code: str
    cells: tuple[str, ...] = ()
    community: str = ""
    geometry: BaseGeometry | None = None
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def severity(self) -> str:
        """Errors forbid activation, warnings are shown."""
        return SEVERITY[self.code]

    def as_dict(self) -> dict[str, Any]:
        """For storing with the edition: everything but the sentence, which `sentence` makes in any language."""
        shape = json.loads(shapely.to_geojson(self.geometry)) if self.geometry is not None else None
        return {
            "code": self.code,
            "severity": self.severity,
            "cells": list(self.cells),
            "community": self.community,
            "data": self.data,
            "geometry": shape,
        }


def sentence(stored: Mapping[str, Any]) -> str:
    """A stored finding in words of the active language."""
    values = {
        "cells": ", ".join(stored["cells"]),
        "community": stored["community"],
        **stored["data"],
    }
    return gettext(MESSAGES[stored["code"]]) % values


def has_errors(findings: Iterable[Finding]) -> bool:
    """Whether activation is forbidden."""
    return any(finding.severity == ERROR for finding in findings)


def check_cells(cells: Sequence[CellShape], communities: Mapping[str, BaseGeometry | None]) -> list[Finding]:
    """All faults of cells that are to tile the communities they name. Outlines in WGS 84, None where unknown."""
    found = _codes(cells, communities)
    found += _shapes(cells)
    ground = metric(
        shapely.make_valid([cell.geom for cell in cells], method="structure", keep_collapsed=False)
    )
    found += _slivers(cells, ground)
    found += _overlaps(cells, ground)
    for code in sorted({cell.community for cell in cells}):
        outline = communities.get(code)
        if outline is not None:
            mine = [k for k, cell in enumerate(cells) if cell.community == code]
            found += _against_outline(code, outline, [cells[k] for k in mine], ground[mine])
    return sorted(
        found, key=lambda finding: (finding.severity, finding.code, finding.community, finding.cells)
    )


def metric(shapes: Any) -> Shapes:
    """WGS 84 shapes in the projected system of the settings, all coordinates in one conversion."""
    datum = f"epsg:{metric_srid()}"
    array = np.asarray(shapes, dtype=object)
    moved: Shapes = shapely.transform(
        array, lambda xy: np.column_stack(from_wgs84_many(xy[:, 0], xy[:, 1], datum))
    )
    return moved


def degrees(shapes: Any) -> Shapes:
    """The way back."""
    datum = f"epsg:{metric_srid()}"
    array = np.asarray(shapes, dtype=object)
    moved: Shapes = shapely.transform(
        array, lambda xy: np.column_stack(to_wgs84_many(xy[:, 0], xy[:, 1], datum))
    )
    return moved


def remarkable(shape: BaseGeometry) -> list[BaseGeometry]:
    """The polygons of a difference that are more than rounding, largest first."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    large = [part for part in parts if part.area > AREA_TOLERANCE_M2]
    thick = [part for part in large if not part.buffer(-WIDTH_TOLERANCE_M / 2).is_empty]
    return sorted(thick, key=lambda part: -part.area)


def _codes(cells: Sequence[CellShape], communities: Mapping[str, BaseGeometry | None]) -> list[Finding]:
    found, seen = [], set()
    for cell in cells:
        if cell.code and cell.code in seen:
            found.append(Finding("cell_code_duplicate", (cell.code,), cell.community, cell.geom))
        seen.add(cell.code)
        if cell.community not in communities:
            found.append(Finding("cell_without_community", (cell.code,), cell.community, cell.geom))
    named = {cell.community for cell in cells}
    blank = sorted(code for code in named if code in communities and communities[code] is None)
    return found + [Finding("community_without_outline", (), code) for code in blank]


def _shapes(cells: Sequence[CellShape]) -> list[Finding]:
    found = []
    for cell in cells:
        if not shapely.is_valid(cell.geom):
            reason = explain_validity(cell.geom).split("[", 1)[0]
            found.append(Finding("cell_invalid", (cell.code,), cell.community, None, {"reason": reason}))
        elif shapely.get_num_geometries(cell.geom) > 1:
            parts = int(shapely.get_num_geometries(cell.geom))
            found.append(Finding("cell_in_parts", (cell.code,), cell.community, cell.geom, {"parts": parts}))
    return found


def _slivers(cells: Sequence[CellShape], ground: Shapes) -> list[Finding]:
    return [
        Finding("cell_sliver", (cell.code,), cell.community, cell.geom, {"area_m2": round(shape.area, 1)})
        for cell, shape in zip(cells, ground, strict=True)
        if shape.area < SLIVER_M2
    ]


def _overlaps(cells: Sequence[CellShape], ground: Shapes) -> list[Finding]:
    found = []
    left, right = shapely.STRtree(ground).query(ground, predicate="intersects")
    for a, b in zip(left, right, strict=True):
        if a >= b:
            continue
        parts = remarkable(shapely.intersection(ground[a], ground[b]))
        if parts:
            codes = tuple(sorted((cells[a].code, cells[b].code)))
            found.append(_measured("cells_overlap", codes, cells[a].community, parts))
    return found


def _against_outline(
    code: str, outline: BaseGeometry, cells: Sequence[CellShape], ground: Shapes
) -> list[Finding]:
    whole = metric([outline])[0]
    found = []
    for cell, shape in zip(cells, ground, strict=True):
        if parts := remarkable(shapely.difference(shape, whole)):
            found.append(_measured("cell_outside_community", (cell.code,), code, parts))
    uncovered = remarkable(shapely.difference(whole, shapely.union_all(ground)))
    return found + [_measured("community_gap", (), code, [part]) for part in uncovered]


def _measured(code: str, cells: tuple[str, ...], community: str, parts: list[BaseGeometry]) -> Finding:
    area = round(sum(part.area for part in parts), 1)
    shape = degrees([shapely.multipolygons(parts) if len(parts) > 1 else parts[0]])[0]
    return Finding(code, cells, community, shape, {"area_m2": area})


SEVERITY: Final[dict[str, str]] = {
    "cell_code_duplicate": ERROR,
    "cell_code_malformed": ERROR,
    "cell_outside_scope": ERROR,
    "cell_without_community": ERROR,
    "cell_invalid": ERROR,
    "cell_sliver": ERROR,
    "cells_overlap": ERROR,
    "cell_outside_community": ERROR,
    "community_gap": ERROR,
    "edition_empty": ERROR,
    "edition_outdated": ERROR,
    "cell_in_parts": WARNING,
    "border_points_differ": WARNING,
    "community_without_outline": WARNING,
    "communities_without_cells": WARNING,
    "communities_kept": WARNING,
}

MESSAGES: Final[dict[str, str]] = {
    "cell_code_duplicate": _("The code %(cells)s is given to several cells."),
    "cell_code_malformed": _("The code %(cells)s is no cell code: %(reason)s"),
    "cell_outside_scope": _("Cell %(cells)s does not belong to the area of this edition."),
    "cell_without_community": _("Cell %(cells)s names community %(community)s, which is not known."),
    "cell_invalid": _("The outline of cell %(cells)s is not a closed, simple line: %(reason)s."),
    "cell_sliver": _("Cell %(cells)s has only %(area_m2)s m²."),
    "cells_overlap": _("Cells %(cells)s overlap by %(area_m2)s m²."),
    "cell_outside_community": _("Cell %(cells)s lies outside of its community by %(area_m2)s m²."),
    "community_gap": _("%(area_m2)s m² of community %(community)s belong to no cell."),
    "edition_empty": _("The edition has no cells."),
    "edition_outdated": _(
        "Edition %(number)s became active after this one was prepared; prepare it again from that one."
    ),
    "cell_in_parts": _("Cell %(cells)s consists of %(parts)s separate parts."),
    "border_points_differ": _(
        "Neighbouring cells have different points on %(count)s common borders (within the tolerance)."
    ),
    "community_without_outline": _(
        "The outline of community %(community)s is not known, so gaps cannot be found."
    ),
    "communities_without_cells": _(
        "These communities have no cells, neither now nor in this edition: %(codes)s."
    ),
    "communities_kept": _("%(count)s communities that this edition does not name keep their present cells."),
}
