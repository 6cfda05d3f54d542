"""The cell planner: propose, draw, check, save as a draft edition, activate."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST, require_safe

from geodata import editions
from geodata.cell_drafts import CellDraft, outlines_under
from geodata.edition_checks import check_cells
from geodata.edition_findings import active_under
from geodata.errors import DomainError
from geodata.geojson import read_geometry
from geodata.models import Edition
from geodata.planning.edits import merge_cells, split_cell
from gridmgmt.cases import editions as cell_editions
from gridmgmt.organisation.scope import Scope, scope_of
from map_ui import live_data, planner_data, planner_phrases

KEY = "00000000-0000-0000-0000-000000000000"


@require_safe
@ensure_csrf_cookie
def page(request: HttpRequest) -> HttpResponse:
    """The planner; cells, homes and editions are read by its script."""
    scope = scope_of(request.user)
    if not scope.has_role(*cell_editions.PLANNERS):
        planner_data.require_plan(scope, "")
    names = ("propose", "split", "merge", "check", "save")
    acts = ("planner_edition", "planner_preview", "planner_activate", "planner_discard")
    data = {
        "map": live_data.map_data(scope),
        "streets": planner_data.streets(scope),
        "phrases": planner_phrases.all_phrases(),
        "urls": {name: reverse(f"map_ui:planner_{name}") for name in names}
        | {"area": reverse("map_ui:planner_area", args=["CODE"])}
        | {name: reverse(f"map_ui:{name}", args=[KEY]).replace(KEY, "ID") for name in acts},
    }
    return render(request, "map_ui/planner.html", {"data": data})


@require_safe
def area(request: HttpRequest, code: str) -> JsonResponse:
    """Outlines, homes, present cells and editions of a street or community."""
    scope = scope_of(request.user)
    planner_data.require_plan(scope, code)
    return JsonResponse(planner_data.area_state(scope, code))


@require_POST
def propose(request: HttpRequest) -> JsonResponse:
    """Cells for one community; a street's page asks for one after the other and shows how far it is."""
    body = planner_data.body_of(request.body)
    code = _code(request, body)
    return JsonResponse(planner_data.proposal(code, body))


@require_POST
def split(request: HttpRequest) -> JsonResponse:
    """All cells of a community after one was cut along a line."""
    body = planner_data.body_of(request.body)
    code = _code(request, body)
    drafts, chosen = planner_data.drafts_of(body.get("cells")), _position(body.get("chosen"))
    line = read_geometry(body.get("line") or {}, planner_data.LINE, at="$.line").geometry
    pieces = split_cell([draft.geom for draft in drafts], chosen, line)
    fresh = iter(planner_data.next_codes(drafts, code, len(pieces) - len(drafts)))
    after, seen = [], set()
    for owner, shape in pieces:
        old = drafts[owner]
        same = owner not in seen
        seen.add(owner)
        name = old.name if same else ""
        after.append(CellDraft(shape, old.code if same else next(fresh), code, name, None))
    return JsonResponse({"cells": [planner_data.feature(draft) for draft in after]})


@require_POST
def merge(request: HttpRequest) -> JsonResponse:
    """All cells of a community after several became one, which keeps the code of the largest."""
    body = planner_data.body_of(request.body)
    _code(request, body)
    drafts = planner_data.drafts_of(body.get("cells"))
    wanted = body.get("chosen")
    chosen = [_position(k) for k in wanted] if isinstance(wanted, list) else []
    joined = merge_cells([draft.geom for draft in drafts], chosen)
    largest = drafts[max(chosen, key=lambda k: drafts[k].geom.area)]
    kept = [draft for k, draft in enumerate(drafts) if k not in chosen]
    kept.append(CellDraft(joined, largest.code, largest.community_code, largest.name, None))
    kept.sort(key=lambda draft: draft.code)
    return JsonResponse({"cells": [planner_data.feature(draft) for draft in kept]})


@require_POST
def check(request: HttpRequest) -> JsonResponse:
    """What is wrong with the cells on the page; nothing is stored."""
    body = planner_data.body_of(request.body)
    code = _code(request, body)
    drafts = planner_data.drafts_of(body.get("cells"), whole=False)
    found = check_cells(planner_data.shapes_of(drafts), outlines_under(code[:9]))
    return JsonResponse({"findings": planner_data.findings_json(found)})


@require_POST
def save(request: HttpRequest) -> JsonResponse:
    """The cells on the page as a draft edition, checked; the page's own draft is written over."""
    body = planner_data.body_of(request.body)
    code, now = _code(request, body), timezone.now()
    _refuse_outdated(code, body.get("base"))
    drafts, title = planner_data.drafts_of(body.get("cells")), str(body.get("title") or "")[:120]
    known = body.get("edition")
    if known:
        edition = _edition(scope_of(request.user), UUID(str(known)))
        edition = editions.replace_cells(edition_id=edition.pk, cells=drafts, at=now)
    else:
        by = request.user.pk
        edition = editions.prepare_edition(scope_code=code, title=title, cells=drafts, by=by, at=now)
    found = editions.check_edition(edition_id=edition.pk)
    edition.refresh_from_db()
    return JsonResponse(
        {
            "edition": planner_data.edition_json(edition),
            "findings": planner_data.findings_json(found),
            "editions": planner_data.edition_list(code),
        }
    )


@require_safe
def edition(request: HttpRequest, edition_id: UUID) -> JsonResponse:
    """The cells of an edition, to look at or to go on with."""
    row = _edition(scope_of(request.user), edition_id)
    cells = [planner_data.stored_feature(cell) for cell in row.cells.order_by("code")]
    return JsonResponse({"edition": planner_data.edition_json(row), "cells": cells})


@require_safe
def preview(request: HttpRequest, edition_id: UUID) -> JsonResponse:
    """What an activation would change."""
    row = _edition(scope_of(request.user), edition_id)
    return JsonResponse(cell_editions.preview(edition_id=row.pk).as_dict())


@require_POST
def activate(request: HttpRequest, edition_id: UUID) -> JsonResponse:
    """The step itself; the rules stand in gridmgmt.cases.editions."""
    row = _edition(scope_of(request.user), edition_id)
    done = cell_editions.activate(edition_id=row.pk, by=request.user, at=timezone.now())  # type: ignore[arg-type]
    return JsonResponse({"edition": planner_data.edition_json(done.edition), "moves": done.moves.as_dict()})


@require_POST
def discard(request: HttpRequest, edition_id: UUID) -> JsonResponse:
    """Throw a draft away."""
    row = _edition(scope_of(request.user), edition_id)
    editions.discard_edition(edition_id=row.pk)
    return JsonResponse({"editions": planner_data.edition_list(row.scope_code)})


def _code(request: HttpRequest, body: dict[str, object]) -> str:
    """The area a request speaks of, which its sender may plan."""
    code = body.get("code")
    if not isinstance(code, str) or not code.isdecimal() or len(code) not in (9, 12):
        raise planner_data.bad_request()
    planner_data.require_plan(scope_of(request.user), code)
    return code


def _position(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise planner_data.bad_request()
    return value


def _edition(scope: Scope, edition_id: UUID) -> Edition:
    """An edition whose whole area the sender may plan. Error: edition_unknown."""
    row = Edition.objects.filter(pk=edition_id).first()
    if row is None or not cell_editions.may_plan(scope, row.scope_code):
        raise DomainError(code="edition_unknown", message="There is no such edition.", status=404)
    return row


def _refuse_outdated(code: str, base: object) -> None:
    """Error edition_base_changed when another edition became active since the page read the cells."""
    now_active = sorted(str(row.pk) for row in active_under(code))
    if not isinstance(base, list) or sorted(map(str, base)) != now_active:
        raise DomainError(
            code="edition_base_changed",
            message="Meanwhile another edition became active; load the area again and repeat your changes.",
            status=409,
        )
