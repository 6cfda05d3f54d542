"""What the cell planner reads and what it is sent: areas, cells with figures, homes per point, drafts from a browser."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import shapely
from django.conf import settings
from django.utils.translation import get_language
from shapely.geometry.base import BaseGeometry

from geodata import editions
from geodata.cell_drafts import CellDraft, numbered
from geodata.cell_numbers import free_codes
from geodata.edition_checks import CellShape, Finding, sentence
from geodata.edition_findings import active_under
from geodata.errors import DomainError
from geodata.geojson import build_shape, parse_json, read_geometry
from geodata.geometry import POLYGONS, Limits
from geodata.models import Area, AreaLevel, Cell, Edition, EditionState
from geodata.planning.frame import CommunityFrame, communities_of, read_frame
from geodata.planning.proposal import Target, propose
from gridmgmt.cases.editions import may_activate, may_plan
from gridmgmt.organisation.scope import Scope, visible

LIMITS = Limits(types=POLYGONS, max_vertices=50_000)
LINE = Limits(types=frozenset({"LineString"}), max_vertices=2_000)
MOST_CELLS = 5_000
MOST_EDITIONS = 12


def body_of(raw: bytes) -> dict[str, Any]:
    """The JSON object that a script sent. Errors: json_invalid, planner_request."""
    body = parse_json(raw)
    if not isinstance(body, dict):
        raise bad_request()
    return body


def bad_request() -> DomainError:
    """For a body that no page of ours sends."""
    return DomainError(code="planner_request", message="The request of the planner is incomplete.")


def require_plan(scope: Scope, code: str) -> None:
    """Error planner_not_permitted unless cells of this area may be planned."""
    if not may_plan(scope, code):
        message = (
            "Planning cells of this area needs street staff, a leader, an importer or an administrator of it."
        )
        raise DomainError(code="planner_not_permitted", message=message, status=403)


def streets(scope: Scope) -> list[dict[str, Any]]:
    """Streets with their communities that may be planned, for the choice."""
    areas = visible(scope, Area.objects.filter(level__gte=AreaLevel.STREET)).order_by("code")
    rows = [row for row in areas.defer("geom", "geom_3857") if may_plan(scope, row.code)]
    english = (get_language() or "").startswith("en")
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        name = row.name_en if english and row.name_en else row.name
        entry = {"code": row.code, "name": name}
        street = found.setdefault(row.code[:9], {"code": row.code[:9], "name": "", "communities": []})
        if row.level == AreaLevel.STREET:
            street["name"] = name
            street["whole"] = True
        else:
            street["communities"].append(entry)
    return list(found.values())


def area_state(scope: Scope, code: str) -> dict[str, Any]:
    """Outlines, homes and present cells of a street or community, and the editions that concern it."""
    frames = [read_frame(community) for community in communities_of(code)]
    cells = Cell.objects.filter(active=True, code__startswith=code).order_by("code")
    return {
        "code": code,
        "communities": [_community(frame) for frame in frames],
        "cells": [stored_feature(cell) for cell in cells],
        "editions": edition_list(code),
        "base": [str(row.pk) for row in active_under(code)],
        "may_activate": may_activate(scope, editions.scope_for(code)),
    }


def _community(read: CommunityFrame) -> dict[str, Any]:
    points = shapely.get_coordinates(
        shapely.point_on_surface(np.asarray(read.frame.footprints, dtype=object))
    )
    homes = [
        [round(x, 6), round(y, 6), count]
        for (x, y), count in zip(points.tolist(), read.frame.households, strict=True)
        if count
    ]
    return {
        "code": read.code,
        "name": read.name,
        "outline": shape_json(read.frame.outline),
        "homes": homes,
        "source": read.source,
    }


def edition_list(code: str) -> list[dict[str, Any]]:
    """Editions at, above or below an area, newest first."""
    rows = [
        row
        for row in Edition.objects.order_by("-created_at")
        if row.scope_code.startswith(code) or code.startswith(row.scope_code)
    ]
    return [edition_json(row) for row in rows[:MOST_EDITIONS]]


def edition_json(row: Edition) -> dict[str, Any]:
    """An edition as the list shows it."""
    return {
        "id": str(row.pk),
        "scope": row.scope_code,
        "number": row.number,
        "title": row.title,
        "state": row.state,
        "state_name": str(EditionState(row.state).label),
        "cells": row.cells.count(),
        "created_at": row.created_at.isoformat(),
        "valid_from": row.valid_from.isoformat() if row.valid_from else None,
    }


def stored_feature(cell: Cell) -> dict[str, Any]:
    """A stored cell as a feature."""
    shape = shapely.from_wkb(bytes(cell.geom.wkb))
    return feature(CellDraft(shape, cell.code, cell.community_code, cell.name, cell.households))


def feature(draft: CellDraft) -> dict[str, Any]:
    """A cell as a feature; polygons of one part are sent as such."""
    shape = draft.geom
    if shape.geom_type == "MultiPolygon" and shapely.get_num_geometries(shape) == 1:
        shape = shapely.get_parts(shape)[0]
    facts = {
        "code": draft.code,
        "community": draft.community_code,
        "name": draft.name,
        "households": draft.households,
    }
    return {"type": "Feature", "geometry": shape_json(shape), "properties": facts}


def shape_json(shape: Any) -> Any:
    """A shape as a GeoJSON object, every digit kept."""
    return json.loads(shapely.to_geojson(shape))


def proposal(code: str, body: dict[str, Any]) -> dict[str, Any]:
    """Proposed cells of one community with their figures. Errors of `propose` and `read_frame`."""
    target = Target(households=_number(body.get("households")), area_m2=_number(body.get("area_m2")))
    found = propose(read_frame(code).frame, target)
    drafts = [CellDraft(cell.geom, "", code, "", cell.households) for cell in found.cells]
    quality = {name: getattr(found.quality, name) for name in found.quality.__slots__}
    return {"cells": [feature(draft) for draft in numbered(drafts, code)], "quality": quality}


def drafts_of(features: Any, *, whole: bool = True) -> list[CellDraft]:
    """Cells that a browser sent; without `whole` crossed outlines pass, for a check to point at them.

    Errors: planner_request and those of `read_geometry`."""
    if not isinstance(features, list) or len(features) > MOST_CELLS:
        raise bad_request()
    return [_draft(entry, k, whole=whole) for k, entry in enumerate(features)]


def _draft(entry: Any, k: int, *, whole: bool) -> CellDraft:
    if not isinstance(entry, dict) or not isinstance(entry.get("properties"), dict):
        raise bad_request()
    facts = entry["properties"]
    texts = [facts.get(name) or "" for name in ("code", "community", "name")]
    households = facts.get("households")
    if not all(isinstance(text, str) for text in texts) or not isinstance(households, int | None):
        raise bad_request()
    shape = _shape(entry.get("geometry") or {}, f"$[{k}]", whole=whole)
    return CellDraft(shape, texts[0][:16], texts[1][:12], texts[2][:80], households)


def _shape(geometry: Any, at: str, *, whole: bool) -> BaseGeometry:
    if whole:
        return read_geometry(geometry, LIMITS, at=at).geometry
    shape, _notes = build_shape(geometry, LIMITS, at=at)
    xy = shapely.get_coordinates(shape)
    if not len(xy) or not np.isfinite(xy).all() or (np.abs(xy) > (180, 90)).any():
        raise bad_request()
    return shapely.force_2d(shape)


def shapes_of(drafts: Sequence[CellDraft]) -> list[CellShape]:
    """Drafts as the checks want them."""
    return [CellShape(draft.code, draft.geom, draft.community_code) for draft in drafts]


def next_codes(drafts: Iterable[CellDraft], community: str, wanted: int) -> list[str]:
    """Free codes in a community, after those on the page and those active now."""
    active = Cell.objects.filter(active=True, community_code=community).values_list("code", flat=True)
    taken = [draft.code for draft in drafts if draft.code] + list(active)
    return free_codes(community, taken, wanted, settings.GRID_CELL_DIGITS)


def findings_json(found: Iterable[Finding]) -> list[dict[str, Any]]:
    """Findings with their sentence in the page's language."""
    stored = [finding.as_dict() for finding in found]
    return [entry | {"text": sentence(entry)} for entry in stored]


def _number(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise bad_request()
    return float(value)
