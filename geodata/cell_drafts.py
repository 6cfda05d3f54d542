"""Cells on their way into an edition: which community holds them, which code they get, borders that share points."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import numpy as np
import shapely
from django.conf import settings
from django.contrib.gis.geos import GEOSGeometry, MultiPolygon
from django.utils import timezone
from shapely.geometry.base import BaseGeometry

from geodata.cell_numbers import free_codes, reading_order
from geodata.codes import cell_code
from geodata.crs import SRID_WGS84
from geodata.edition_checks import AREA_TOLERANCE_M2, WIDTH_TOLERANCE_M, Shapes, metric, remarkable
from geodata.errors import DomainError
from geodata.models import Area, AreaLevel, Cell, standing

METRES_PER_DEGREE = 111_320.0


@dataclass(frozen=True, slots=True)
class CellDraft:
    """A cell as somebody wants it: polygon in WGS 84. Without a code it is numbered, without a community located."""

    geom: BaseGeometry
    code: str = ""
    community_code: str = ""
    name: str = ""
    households: int | None = None


def outlines_under(scope_code: str) -> dict[str, BaseGeometry | None]:
    """Communities under a code that stand today, with their outlines in WGS 84."""
    here = Area.objects.filter(level=AreaLevel.COMMUNITY, code__startswith=scope_code)
    rows = here.filter(standing(timezone.localdate())).order_by("code")
    return {row.code: shapely.from_wkb(bytes(row.geom.wkb)) if row.geom else None for row in rows}


def complete(drafts: Sequence[CellDraft], scope_code: str) -> list[CellDraft]:
    """The drafts with community, code and borders that share their points. Errors: edition_empty,
    cell_without_community, cell_outside_scope, cell_code_duplicate, cell_serials_exhausted, those of `cell_code`."""
    if not drafts:
        raise DomainError(code="edition_empty", message="The edition has no cells.", status=422)
    located = _located(drafts, outlines_under(scope_code))
    _refuse_codes(located, scope_code)
    shapes = join_borders([draft.geom for draft in located])
    joined = [replace(draft, geom=shape) for draft, shape in zip(located, shapes, strict=True)]
    return numbered(joined, scope_code)


def join_borders(shapes: Sequence[BaseGeometry]) -> list[BaseGeometry]:
    """Shapes whose common borders have the same points. Only what lies within the tolerance is moved; where
    more would have to move (a true gap or overlap), everything stays as it is, for the check to tell."""
    before = np.asarray(shapes, dtype=object)
    kinds = {"Polygon", "MultiPolygon"}
    if not shapely.is_valid(before).all() or any(shape.geom_type not in kinds for shape in before):
        return list(shapes)
    if shapely.coverage_is_valid(before):
        return list(shapes)
    reach = WIDTH_TOLERANCE_M / METRES_PER_DEGREE
    after = shapely.coverage_clean(before, snapping_distance=reach, gap_width=reach)  # type: ignore[attr-defined]
    moved = shapely.symmetric_difference(metric(before), metric(after))
    return list(shapes) if any(remarkable(part) for part in moved) else list(after)


def numbered(drafts: Sequence[CellDraft], scope_code: str) -> list[CellDraft]:
    """Every draft with a code: its own, that of an active cell of the same shape, else the next free one."""
    active = list(Cell.objects.filter(active=True, code__startswith=scope_code))
    known = _same_shapes(drafts, active)
    coded = [_with_known(draft, known.get(k)) for k, draft in enumerate(drafts)]
    waiting = defaultdict(list)
    for k, draft in enumerate(coded):
        if not draft.code:
            waiting[draft.community_code].append(k)
    for community, members in waiting.items():
        kept = [draft.code for draft in coded if draft.code and draft.community_code == community]
        taken = [*kept, *(cell.code for cell in active if cell.community_code == community)] if kept else []
        codes = free_codes(community, taken, len(members), settings.GRID_CELL_DIGITS)
        for k, code in zip(_in_reading_order(coded, members), codes, strict=True):
            coded[k] = replace(coded[k], code=code)
    return coded


def _located(drafts: Sequence[CellDraft], outlines: Mapping[str, BaseGeometry | None]) -> list[CellDraft]:
    known = {code: outline for code, outline in outlines.items() if outline is not None}
    codes, tree = list(known), shapely.STRtree(list(known.values()))
    located, lost = [], []
    for k, draft in enumerate(drafts):
        community = draft.community_code or draft.code[:12] or _holder(draft.geom, codes, tree)
        if not community:
            lost.append(k)
        located.append(replace(draft, community_code=community))
    if lost:
        raise DomainError(
            code="cell_without_community",
            message="%(count)s cells lie in no community of this area.",
            status=422,
            data={"count": len(lost), "cells": lost[:50]},
        )
    return located


def _holder(shape: BaseGeometry, codes: Sequence[str], tree: shapely.STRtree) -> str:
    """The community that holds more than half of a shape, "" when none does."""
    valid = shapely.make_valid(shape)
    for k in tree.query(valid, predicate="intersects"):
        share: float = shapely.intersection(tree.geometries[k], valid).area
        if share > valid.area / 2:
            return codes[int(k)]
    return ""


def _refuse_codes(drafts: Sequence[CellDraft], scope_code: str) -> None:
    for draft in drafts:
        if draft.code:
            cell_code(draft.code, settings.GRID_CELL_DIGITS)
        if not draft.community_code.startswith(scope_code) or not draft.code.startswith(
            draft.community_code if draft.code else ""
        ):
            raise DomainError(
                code="cell_outside_scope",
                message="Cell %(cell)s does not belong to the area of this edition.",
                status=422,
                data={"cell": draft.code or draft.community_code},
            )
    given = [draft.code for draft in drafts if draft.code]
    twice = sorted({code for code in given if given.count(code) > 1})
    if twice:
        raise DomainError(
            code="cell_code_duplicate",
            message="The code %(cells)s is given to several cells.",
            status=422,
            data={"cells": ", ".join(twice[:10])},
        )


def _same_shapes(drafts: Sequence[CellDraft], active: Sequence[Cell]) -> dict[int, Cell]:
    """Active cells by the position of the draft that has their shape, where neither has found another yet."""
    if not active:
        return {}
    old = shapely.from_wkb([bytes(cell.geom.wkb) for cell in active])
    ground, wanted = metric(old), metric([draft.geom for draft in drafts])
    given = {draft.code for draft in drafts if draft.code}
    found: dict[int, Cell] = {}
    pairs = shapely.STRtree(ground).query(shapely.point_on_surface(wanted), predicate="intersects")
    for k, other in zip(*pairs, strict=True):
        cell, draft = active[other], drafts[k]
        if draft.code or cell.code in given or cell.community_code != draft.community_code:
            continue
        if not _differ(wanted[k], ground[other]):
            found[int(k)] = cell
            given.add(cell.code)
    return found


def _differ(a: BaseGeometry, b: BaseGeometry) -> bool:
    if abs(a.area - b.area) > AREA_TOLERANCE_M2 * 10:
        return True
    return bool(remarkable(shapely.symmetric_difference(a, b)))


def _with_known(draft: CellDraft, cell: Cell | None) -> CellDraft:
    if cell is None:
        return draft
    return replace(draft, code=cell.code, name=draft.name or cell.name)


def _in_reading_order(drafts: Sequence[CellDraft], members: Sequence[int]) -> list[int]:
    ground: Shapes = metric([drafts[k].geom for k in members])
    middles = [(point.x, point.y) for point in shapely.point_on_surface(shapely.make_valid(ground))]
    mean = float(np.mean(shapely.area(ground)))
    return [members[k] for k in reading_order(middles, mean)]


def cell_rows(drafts: Sequence[CellDraft], edition_id: UUID) -> list[Cell]:
    """Unsaved rows; what is no polygon keeps its polygons only."""
    return [
        Cell(
            edition_id=edition_id,
            code=draft.code,
            county=draft.code[:6],
            community_code=draft.code[:12],
            name=draft.name,
            geom=_multi(draft.geom),
            households=draft.households,
        )
        for draft in drafts
    ]


def _multi(shape: BaseGeometry) -> MultiPolygon:
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    whole = shape if shape.geom_type == "MultiPolygon" else shapely.MultiPolygon(parts)
    stored = GEOSGeometry(memoryview(shapely.to_wkb(whole)), srid=SRID_WGS84)
    assert isinstance(stored, MultiPolygon)  # noqa: S101 - for the type checker; made one line above
    return stored
