"""Figures per cell follow today's map; the case keeps what it was routed by."""

from __future__ import annotations

from geodata.models import Cell, Edition
from gridmgmt.cases.intake import submit_report
from gridmgmt.cases.models import Case
from gridmgmt.cases.queries import cell_summary
from gridmgmt.organisation.scope import load_scope
from tests.world import AT, STREET, draft, sender


def test_open_cases_are_counted_in_the_cell_they_lie_in_today(world):
    submit_report(draft=draft(world, "A"), sender=sender(world), at=AT)
    scope = load_scope(world.leader.pk)
    before = world.cells["A"].code
    assert [(row["code"], row["open"]) for row in cell_summary(scope, now=AT)] == [(before, 1)]
    Edition.objects.filter(scope_code=STREET).update(state="retired")
    Cell.objects.filter(edition__scope_code=STREET).update(active=False)
    renumbered = Edition.objects.create(scope_code=STREET, number=2, state="active")
    code = before[:12] + "099"
    Cell.objects.create(
        edition=renumbered,
        code=code,
        county=code[:6],
        community_code=code[:12],
        geom=world.cells["A"].geom,
        active=True,
    )
    assert [(row["code"], row["open"]) for row in cell_summary(scope, now=AT)] == [(code, 1)]
    assert Case.objects.get().cell_code == before
