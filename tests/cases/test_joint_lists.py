"""A joint case is one case in lists, on the map and in key figures; its branches are found by department and number."""

from __future__ import annotations

from datetime import timedelta

import pytest

from geodata.errors import DomainError
from gridmgmt.cases import duplicates, photos, queries, task_queries
from gridmgmt.cases.models import Case
from gridmgmt.cases.queries import CaseFilters
from gridmgmt.contact import receipts
from gridmgmt.organisation.scope import load_scope
from tests.cases.joint_scenes import branch, done, filed, hour, joint, step
from tests.world import AT, stored_photo


def numbers(scope, **filters) -> list[str]:
    return [case.number for case in queries.filtered(scope, CaseFilters(**filters), now=AT)]


@pytest.fixture
def case(world) -> Case:
    return joint(world)


def scope_of(world, name):
    return load_scope(world.people[name].pk)


def test_the_centre_sees_the_case_once(world, case):
    scope = scope_of(world, "dispatcher")
    assert numbers(scope) == [case.number]
    assert numbers(scope, text=case.number) == [case.number]
    figures = queries.key_figures(scope, now=AT + timedelta(minutes=1))
    assert (figures["open"], figures["reported_today"]) == (1, 1)
    points = queries.map_points(scope, now=AT + timedelta(minutes=1))["features"]
    assert [p["properties"]["number"] for p in points] == [case.number]
    assert [cell["open"] for cell in queries.cell_summary(scope, now=AT)] == [1]


def test_a_department_finds_its_branch(world, case):
    scope = scope_of(world, "dispatcher")
    assert numbers(scope, department="enforcement_squad") == [f"{case.number}-2"]
    assert numbers(scope, department="sanitation_station") == [f"{case.number}-1"]
    assert numbers(scope, text=f"{case.number}-2") == [f"{case.number}-2"]


def test_who_sees_no_more_than_a_branch_counts_the_branch(world, case):
    assert numbers(scope_of(world, "other_handler")) == [f"{case.number}-2"]
    lead = scope_of(world, "handler")  # sees the case too, because its department leads
    assert numbers(lead) == [case.number]
    assert queries.key_figures(scope_of(world, "other_handler"), now=AT)["open"] == 1


def test_branches_are_listed_below_their_case(world, case):
    found = queries.branches_of(scope_of(world, "dispatcher"), [case.pk], now=AT)
    assert [(b.number, b.department.key, b.lamp) for b in found[case.pk]] == [
        (f"{case.number}-1", "sanitation_station", "green"), (f"{case.number}-2", "enforcement_squad", "green"),
    ]  # fmt: skip


def test_list_and_branches_take_as_many_queries_however_many_there_are(
    world, case, django_assert_num_queries
):
    joint(world)
    scope = scope_of(world, "dispatcher")
    with django_assert_num_queries(3):
        found = queries.case_list(scope, filters=CaseFilters())
        queries.branches_of(scope, [row.pk for row in found.rows if row.joint], now=AT)


def test_workload_counts_branches(world, case):
    pk = branch(case, 2).department_id
    assert task_queries.department_load([pk], now=AT)[pk].open == 1


def test_branches_are_nobodys_twins(world, case):
    other = filed(world)
    near = {row.case.number for row in duplicates.near(scope_of(world, "acceptor"), other)}
    assert near == {case.number}


def test_a_branch_has_no_receipt(world, case):
    with pytest.raises(DomainError) as error:
        receipts.issue(case=branch(case, 1), by=world.acceptor, at=AT)
    assert error.value.code == "receipt_not_permitted"


def test_who_handles_a_part_sees_the_photos_of_the_whole(world, case, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    photo = stored_photo(case, "before", AT)
    assert photos.open_photo(scope_of(world, "other_handler"), photo.pk).tag
    own = stored_photo(branch(case, 1), "after", AT)
    with pytest.raises(DomainError) as error:
        photos.open_photo(scope_of(world, "other_handler"), own.pk)
    assert error.value.code == "photo_unknown"


def test_the_reporter_sees_how_many_departments_are_done(world, case):
    from gridmgmt.contact.progress import progress_of

    case.refresh_from_db()
    assert progress_of(case).departments == (0, 2)
    done(world, case, 1, at=hour(1))
    case.refresh_from_db()
    assert progress_of(case).departments == (1, 2)
    step(world, branch(case, 2), "dispatcher", "drop", at=hour(2), text="不需要了")
    case.refresh_from_db()
    assert progress_of(case).departments is None  # handled; it is being checked
