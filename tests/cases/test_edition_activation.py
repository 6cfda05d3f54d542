from __future__ import annotations

import datetime
from io import StringIO

import pytest
import shapely
from django.core.management import CommandError, call_command

from geodata.cell_drafts import CellDraft
from geodata.editions import prepare_edition
from geodata.errors import DomainError
from geodata.models import Cell, Edition, EditionState
from gridmgmt.cases import editions
from gridmgmt.cases.intake import submit_report
from gridmgmt.cases.models import Case
from gridmgmt.events.models import OutboxEvent
from gridmgmt.organisation.actions import assign_duty
from tests.world import AT, STREET, draft, sender

FIRST = STREET + "001"
LATER = AT + datetime.timedelta(hours=1)
pytestmark = pytest.mark.django_db


def prepared(world, *groups):
    drafts = [
        CellDraft(shapely.union_all([shapely.from_wkb(bytes(world.cells[k].geom.wkb)) for k in group]))
        for group in groups
    ]
    return prepare_edition(scope_code=FIRST, title="新网格", cells=drafts, by=None, at=LATER)


def test_activation_tells_everybody_in_the_scope(world):
    edition = prepared(world, "AB", "CD")
    editions.activate(edition_id=edition.pk, by=world.leader, at=LATER)
    event = OutboxEvent.objects.get(topic="edition.activated")
    assert event.cell_code == STREET
    assert event.payload["edition"] == str(edition.pk)
    assert event.payload["moves"]["cells_changed"] == 2


def test_a_refused_activation_tells_nobody(world):
    edition = prepared(world, "A", "B")
    with pytest.raises(DomainError):
        editions.activate(edition_id=edition.pk, by=world.leader, at=LATER)
    assert not OutboxEvent.objects.filter(topic="edition.activated").exists()


@pytest.mark.parametrize("name", ["worker", "dispatcher", "neighbour_leader"])
def test_others_may_not_activate(world, name):
    edition = prepared(world, "AB", "CD")
    with pytest.raises(DomainError) as refused:
        editions.activate(edition_id=edition.pk, by=world.people[name], at=LATER)
    assert (refused.value.code, refused.value.status) == ("edition_not_permitted", 403)
    assert Edition.objects.get(pk=edition.pk).state == EditionState.DRAFT


def test_open_cases_keep_the_cell_and_edition_they_were_routed_by(world):
    old = Edition.objects.get(scope_code=STREET)
    submit_report(draft=draft(world, "C"), sender=sender(world), at=AT)
    edition = prepared(world, "AB", "CD")
    found = editions.preview(edition_id=edition.pk)
    assert found.open_cases == 1
    editions.activate(edition_id=edition.pk, by=world.leader, at=LATER)
    case = Case.objects.get()
    assert (case.cell_code, case.edition_id) == (world.cells["C"].code, old.pk)


def test_a_report_after_activation_is_routed_by_the_new_edition(world):
    edition = prepared(world, "AB", "CD")
    editions.activate(edition_id=edition.pk, by=world.leader, at=LATER)
    submit_report(draft=draft(world, "D"), sender=sender(world), at=LATER)
    case = Case.objects.get()
    assert (case.cell_code, case.edition_id) == (FIRST + "002", edition.pk)


def test_duties_for_cells_that_vanish_are_named_before(world):
    assign_duty(scope_code=world.cells["D"].code, user=world.worker, at=AT)
    assert editions.preview(edition_id=prepared(world, "AB", "CD").pk).duties_without_cell == [
        world.cells["D"].code
    ]


def test_the_command_lists_checks_previews_and_activates(world):
    edition = prepared(world, "AB", "CD")
    out = StringIO()
    call_command("edition", "list", STREET, stdout=out)
    assert f"{STREET} #2 draft" in out.getvalue()
    call_command("edition", "check", f"{STREET}#2", stdout=out)
    assert "communities_kept" in out.getvalue()
    call_command("edition", "preview", str(edition.pk), stdout=out)
    call_command("edition", "activate", str(edition.pk), stdout=out)
    assert Cell.objects.filter(active=True, code__startswith=FIRST).count() == 2
    with pytest.raises(CommandError):
        call_command("edition", "activate", str(edition.pk), stdout=out)
    with pytest.raises(CommandError):
        call_command("edition", "check", "nonsense", stdout=out)
