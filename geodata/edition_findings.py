"""What is wrong with a stored edition: the geometry checks, its codes, its place among the others."""

from __future__ import annotations

from collections.abc import Sequence

import shapely
from django.conf import settings

from geodata.cell_drafts import outlines_under
from geodata.codes import cell_code
from geodata.edition_checks import ERROR, CellShape, Finding, check_cells, has_errors
from geodata.errors import DomainError
from geodata.models import Cell, Edition, EditionState

UNFINISHED = (EditionState.DRAFT, EditionState.CHECKED)


def findings_of(edition: Edition) -> list[Finding]:
    """What is wrong with an edition now; writes nothing."""
    rows = list(edition.cells.order_by("code"))
    if not rows:
        return [Finding("edition_empty")]
    outlines = outlines_under(edition.scope_code)
    cells = [CellShape(row.code, shapely.from_wkb(bytes(row.geom.wkb)), row.community_code) for row in rows]
    found = check_cells(cells, outlines)
    found += _code_findings(edition, cells)
    found += _unnamed(edition, {cell.community for cell in cells}, sorted(outlines))
    shapes = [cell.geom for cell in cells]
    if not has_errors(found) and not shapely.coverage_is_valid(shapes):
        edges = shapely.coverage_invalid_edges(shapes)
        count = int((~shapely.is_empty(edges)).sum())
        found.append(Finding("border_points_differ", (), "", None, {"count": count}))
    if edition.state in UNFINISHED:
        found += _outdated(edition)
    return sorted(found, key=lambda finding: finding.severity != ERROR)


def active_under(code: str) -> list[Edition]:
    """Active editions at, below or above an area's code."""
    rows = Edition.objects.filter(state=EditionState.ACTIVE).order_by("scope_code")
    return [row for row in rows if row.scope_code.startswith(code) or code.startswith(row.scope_code)]


def _code_findings(edition: Edition, cells: Sequence[CellShape]) -> list[Finding]:
    found = []
    for cell in cells:
        if not cell.code.startswith(edition.scope_code):
            found.append(Finding("cell_outside_scope", (cell.code,), cell.community, cell.geom))
        try:
            cell_code(cell.code, settings.GRID_CELL_DIGITS)
        except DomainError as error:
            reason = str(error)
            found.append(
                Finding("cell_code_malformed", (cell.code,), cell.community, cell.geom, {"reason": reason})
            )
    return found


def _unnamed(edition: Edition, named: set[str], communities: Sequence[str]) -> list[Finding]:
    """Communities without cells in the edition: they keep what they have, or have nothing."""
    if edition.state not in UNFINISHED:
        return []
    others = [code for code in communities if code not in named]
    active = Cell.objects.filter(active=True, community_code__in=others).exclude(edition=edition)
    holding = set(active.values_list("community_code", flat=True).distinct())
    bare = [code for code in others if code not in holding]
    found = []
    if holding:
        found.append(Finding("communities_kept", data={"count": len(holding)}))
    if bare:
        found.append(Finding("communities_without_cells", data={"codes": ", ".join(bare[:20])}))
    return found


def _outdated(edition: Edition) -> list[Finding]:
    newer = [
        row
        for row in active_under(edition.scope_code)
        if row.pk != edition.pk and row.valid_from and row.valid_from > edition.created_at
    ]
    return [Finding("edition_outdated", data={"number": row.number}) for row in newer]
