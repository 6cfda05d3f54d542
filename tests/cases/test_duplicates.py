"""The same matter twice: proposed, joined, followed, taken apart again, and found when it comes back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from geodata.errors import DomainError
from geodata.ids import uuid7
from gridmgmt.cases import duplicates
from gridmgmt.cases.duplicate_settings import set_duplicate_window
from gridmgmt.cases.intake import submit_report
from gridmgmt.cases.models import Case, Category, Photo, Report
from gridmgmt.organisation.models import User
from gridmgmt.organisation.scope import load_scope
from tests.cases.test_steps import step, to_handling
from tests.world import AT, World, draft, sender, stored_photo

METRE = 1 / 111_000


def report(world: World, *, east_m: float = 0.0, at=AT, who: str = "worker", **changes) -> Case:
    """A case some metres east of the middle of cell A."""
    lon, lat = world.point("A")
    made = draft(world, x=lon + east_m * METRE / 0.9367, y=lat, captured_at=at, **changes)
    receipt = submit_report(draft=made, sender=sender(world, who), at=at)
    return Case.objects.get(pk=receipt.case_id)


def seen(world: World, case: Case, name: str = "acceptor") -> list[str]:
    return [one.case.number for one in duplicates.near(load_scope(world.people[name].pk), case)]


def test_two_devices_same_hole_two_reports_kept_one_case_suggested(world: World) -> None:
    """F11 of the fault battery: within 20 m and 2 h; nothing is discarded, nothing joined by itself."""
    first = report(world)
    second = report(world, east_m=18, at=AT + timedelta(minutes=110), who="leader")
    assert Report.objects.count() == 2
    assert first.pk != second.pk
    assert seen(world, second) == [first.number]
    assert seen(world, first) == [second.number]
    assert {first.stage, second.stage} == {"reported"}


@pytest.mark.parametrize(
    ("changes", "there"),
    [
        ({"east_m": 45}, True),
        ({"east_m": 56}, False),
        ({"at": AT + timedelta(hours=23)}, True),
        ({"at": AT + timedelta(hours=25)}, False),
        ({"category_key": "E0112"}, False),
    ],
)
def test_near_means_same_class_50_m_and_24_h(world: World, changes: dict, there: bool) -> None:
    first = report(world)
    second = report(world, **changes)
    assert (seen(world, second) == [first.number]) is there


def test_distance_and_age_are_told_and_the_nearest_comes_first(world: World) -> None:
    far, close = report(world, east_m=40), report(world, east_m=5, at=AT - timedelta(hours=2))
    case = report(world)
    found = duplicates.near(load_scope(world.acceptor.pk), case)
    assert [one.case.pk for one in found] == [close.pk, far.pk]
    assert found[0].distance_m == pytest.approx(5, abs=0.5)
    assert found[0].apart == -timedelta(hours=2)


def test_a_setting_widens_narrows_and_turns_off(world: World) -> None:
    admin = User.objects.create(username="root", name="root", is_superuser=True)
    first, second = report(world), report(world, east_m=80)
    assert seen(world, second) == []
    assert set_duplicate_window(prefix="E0110", metres=100, hours=24, by=admin) == 1
    assert seen(world, second) == [first.number]
    assert set_duplicate_window(prefix="E01", metres=0, hours=24, by=admin) >= 50
    assert seen(world, second) == []


@pytest.mark.parametrize(("metres", "hours"), [(-1, 24), (5000, 24), (50, -1), (50, 10_000)])
def test_a_setting_out_of_range_is_refused(world: World, metres: int, hours: int) -> None:
    admin = User.objects.create(username="root", name="root", is_superuser=True)
    with pytest.raises(DomainError) as error:
        set_duplicate_window(prefix="E01", metres=metres, hours=hours, by=admin)
    assert error.value.code == "setting_out_of_range"


def test_the_setting_belongs_to_the_administrator_and_survives_the_catalogue(world: World) -> None:
    from gridmgmt.cases import catalogue

    with pytest.raises(DomainError) as error:
        set_duplicate_window(prefix="E01", metres=10, hours=1, by=world.leader)
    assert error.value.status == 403
    admin = User.objects.create(username="root", name="root", is_superuser=True)
    with pytest.raises(DomainError):
        set_duplicate_window(prefix="", metres=10, hours=1, by=admin)
    set_duplicate_window(prefix="E0110", metres=10, hours=1, by=admin)
    catalogue.apply_catalogue()
    assert Category.objects.get(key="E0110").duplicate_m == 10


def test_only_who_may_join_cases_is_told_and_only_of_the_own_area(world: World) -> None:
    first, second = report(world), report(world, east_m=5)
    for name in ("worker", "handler", "neighbour", "neighbour_leader"):
        assert seen(world, second, name) == []
        assert duplicates.near_counts(load_scope(world.people[name].pk), [first.pk, second.pk]) == {}


def test_a_page_of_cases_is_counted_by_one_statement(world: World, django_assert_num_queries) -> None:
    cases = [report(world, east_m=metres) for metres in (0, 5, 10)]
    scope = load_scope(world.acceptor.pk)
    with django_assert_num_queries(1):
        counts = duplicates.near_counts(scope, [case.pk for case in cases])
    assert counts == {case.pk: 2 for case in cases}


def joined(world: World) -> tuple[Case, Case]:
    """A later report by the leader joined with the worker's."""
    master, other = report(world), report(world, east_m=5, who="leader")
    Photo.objects.create(id=uuid7(), case=other, role="before", sha256=b"\x07" * 32)
    step(world, other, "acceptor", "merge", master=master.number)
    return master, other


def test_joining_keeps_reporter_photo_and_receipt(world: World) -> None:
    master, other = joined(world)
    other.refresh_from_db()
    assert (other.stage, other.master_id) == ("merged", master.pk)
    assert other.reporter == world.leader
    assert other.photos.count() == 1
    assert Report.objects.get(case=other).reporter == world.leader
    assert other.number != master.number
    assert duplicates.followers(master.pk) == [other.pk]


def test_a_joined_case_follows_its_master_to_the_end(world: World) -> None:
    master, other = joined(world)
    to_handling(world, master)
    other = Case.objects.select_related("master").get(pk=other.pk)
    assert duplicates.leading(other).stage == "handling"
    stored_photo(master, "after", AT + timedelta(minutes=30))
    step(world, master, "handler", "feed_back", text="已清运", at=AT + timedelta(hours=1))
    other = Case.objects.select_related("master").get(pk=other.pk)
    assert duplicates.leading(other).stage == "pending_check"


def test_the_registrar_and_the_dispatcher_join_too(world: World) -> None:
    master = report(world)
    for name, actions in (("registrar", ["accept"]), ("dispatcher", ["accept", "register"])):
        other = report(world, east_m=5)
        for action in actions:
            fields = {"standard": 1} if action == "register" else {}
            step(world, other, "acceptor" if action == "accept" else "registrar", action, **fields)
        assert step(world, other, name, "merge", master=master.number).stage == "merged"


@pytest.mark.parametrize("which", ["itself", "merged", "finished", "holds_others", "unknown"])
def test_what_cannot_be_joined_is_refused(world: World, which: str) -> None:
    master, other = joined(world)
    third = report(world, east_m=8)
    finished = report(world, east_m=9)
    step(world, finished, "acceptor", "not_accept", text="x")
    case, target = {
        "itself": (third, third.number),
        "merged": (third, other.number),
        "finished": (third, finished.number),
        "holds_others": (master, third.number),
        "unknown": (third, "YX00000000-000000"),
    }[which]
    with pytest.raises(DomainError) as error:
        step(world, case, "acceptor", "merge", master=target)
    assert error.value.data["field"] == "master"


def test_a_wrong_join_is_undone_while_the_master_runs(world: World) -> None:
    master, other = joined(world)
    with pytest.raises(DomainError):
        step(world, other, "acceptor", "unmerge")
    back = step(world, other, "acceptor", "unmerge", text="不是同一处")
    assert (back.stage, back.master_id, back.closed_at) == ("reported", None, None)
    assert back.due_at is not None
    assert duplicates.followers(master.pk) == []


def test_a_join_is_not_undone_once_the_master_is_finished(world: World) -> None:
    master, other = joined(world)
    step(world, master, "acceptor", "not_accept", text="x")
    with pytest.raises(DomainError) as error:
        step(world, other, "acceptor", "unmerge", text="不是同一处")
    assert (error.value.code, error.value.status) == ("unmerge_too_late", 409)


def finish(world: World, case: Case) -> None:
    """Handled, fed back, checked."""
    to_handling(world, case)
    stored_photo(case, "after", AT + timedelta(minutes=30))
    step(world, case, "handler", "feed_back", text="已清运", at=AT + timedelta(hours=1))
    stored_photo(case, "site", AT + timedelta(hours=1, minutes=30))
    step(world, case, "worker", "check_pass", at=AT + timedelta(hours=2))


def test_what_comes_back_after_closing_is_found(world: World) -> None:
    first = report(world)
    finish(world, first)
    again = report(world, east_m=10, at=AT + timedelta(days=3))
    report(world, east_m=500, at=AT + timedelta(days=3))
    scope = load_scope(world.supervisor.pk)
    found = duplicates.came_back(scope, since=AT, until=AT + timedelta(days=30))
    assert [(one.case_id, one.before_id) for one in found] == [(again.pk, first.pk)]
    assert found[0].after == timedelta(days=3) - timedelta(hours=2)
    assert (
        duplicates.came_back(scope, since=AT, until=AT + timedelta(days=30), within=timedelta(days=1)) == []
    )
    assert (
        duplicates.came_back(load_scope(world.neighbour_leader.pk), since=AT, until=AT + timedelta(days=9))
        == []
    )
    before, told = duplicates.finished_before(load_scope(world.acceptor.pk), again)
    assert before.pk == first.pk
    assert told.distance_m == pytest.approx(10, abs=1)
