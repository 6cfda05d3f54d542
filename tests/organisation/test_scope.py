"""One rule says who sees a row; the queryset filter, the sets for many sessions and the rule itself never differ."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from geodata.models import Area, Cell
from gridmgmt.cases.intake import submit_report
from gridmgmt.cases.models import Case
from gridmgmt.organisation.actions import end_grant, grant_role
from gridmgmt.organisation.models import Grant, Role, User
from gridmgmt.organisation.scope import Held, Scope, held_by, load_scope, may_see, scope_of, visible
from tests.world import AT, COUNTY, OTHER, STREET, World, draft, sender


@pytest.fixture
def cases(world: World) -> list[Case]:
    """A case in each of four cells, one of another department, one outside every cell."""
    drafts = [draft(world, letter) for letter in ("A", "B", "C", "D")]
    drafts += [draft(world, "A", category_key="E0301"), draft(world, x=120.0, y=-10.0)]
    for one in drafts:
        submit_report(draft=one, sender=sender(world), at=AT)
    submit_report(draft=draft(world, "A"), sender=sender(world, "neighbour"), at=AT)
    return list(Case.objects.select_related("department"))


def test_filter_and_rule_agree_for_everybody(world: World, cases: list[Case]) -> None:
    seen: dict[str, int] = {}
    for name, user in world.people.items():
        scope = load_scope(user.pk)
        for model in (Case, Cell, Area):
            found = set(visible(scope, model.objects.all()).values_list("pk", flat=True))
            assert found == {row.pk for row in model.objects.all() if may_see(scope, row)}, (name, model)
        seen[name] = visible(scope, Case.objects.all()).count()
    assert seen["leader"] == len(cases)
    assert 0 < seen["handler"] < seen["leader"]
    assert seen["neighbour"] == 1  # reported by them, although it lies with us
    assert seen["neighbour_leader"] == 0


def test_a_role_counts_from_its_day_until_its_day(world: World) -> None:
    user, now = world.people["other_worker"], timezone.now()
    Grant.objects.filter(user=user).update(valid_from=now + timedelta(hours=1))
    assert load_scope(user.pk).held == ()
    Grant.objects.filter(user=user).update(valid_from=now - timedelta(hours=1))
    assert load_scope(user.pk).place_prefixes == (STREET + "002",)
    end_grant(grant_id=Grant.objects.get(user=user).pk, at=now)
    assert load_scope(user.pk).held == ()


def test_who_may_not_sign_in_any_more_holds_nothing(world: World) -> None:
    user = world.people["leader"]
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert load_scope(user.pk).held == ()
    assert scope_of(User.objects.get(pk=user.pk)) == Scope(user_id=None)


def test_many_are_read_like_one(world: World) -> None:
    ids = [user.pk for user in world.people.values()]
    together = held_by(ids, at=timezone.now())
    assert {pk: tuple(together[pk]) for pk in ids} == {pk: load_scope(pk).held for pk in ids}


def test_prefixes_are_the_shortest_of_the_roles_asked_for(world: World) -> None:
    user = world.people["worker"]
    grant_role(user=user, role=Role.IMPORTER, scope_code=COUNTY, at=AT.replace(year=2026, month=1))
    grant_role(user=user, role=Role.STAFF, scope_code=OTHER, at=AT.replace(year=2026, month=1))
    scope = load_scope(user.pk)
    assert scope.place_prefixes == (COUNTY,)
    assert scope.prefixes_of(Role.WORKER, Role.STAFF) == (STREET + "001", OTHER)
    assert scope.prefixes_of(Role.LEADER) == ()
    assert Scope(user_id=user.pk, everything=True).prefixes_of(Role.LEADER) == ("",)


def test_a_department_sees_its_own_and_those_below_but_nothing_unowned() -> None:
    scope = Scope(user_id=None, held=(Held(Role.HANDLER, STREET, None, "/a/b/"),))
    assert scope.sees(cell_code=STREET + "001001", department_path="/a/b/c/")
    for path in ("", "/a/", "/a/bc/", "/x/"):
        assert not scope.sees(cell_code=STREET + "001001", department_path=path)
    assert not scope.sees(cell_code=OTHER + "001001", department_path="/a/b/")
