"""Rules are history: a change is a new row, faults are refused, ties are shown, and who may do it is checked."""

from __future__ import annotations

from datetime import time, timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from geodata.errors import DomainError
from gridmgmt.cases import queries, reference
from gridmgmt.cases.intake import Place, route, submit_report
from gridmgmt.cases.models import Case, RoutingRule
from gridmgmt.cases.routing_actions import RuleDraft, assess, rule_create, rule_end, rule_replace
from gridmgmt.cases.routing_queries import RuleFilters, book_at, filtered_rules, rules_in, versions_of
from gridmgmt.cases.rule_checks import all_ties
from gridmgmt.organisation.actions import grant_role
from gridmgmt.organisation.models import Role, User
from gridmgmt.organisation.scope import load_scope
from tests.world import AT, OTHER, STREET, World, draft, sender

LATER = AT + timedelta(days=3)


@pytest.fixture
def admin(world: World) -> User:
    """The installation's administrator."""
    return User.objects.create(username="root", name="root", is_superuser=True)


@pytest.fixture
def street_admin(world: World) -> User:
    """An administrator of one street."""
    user = User.objects.create(username="street-admin", name="street-admin")
    grant_role(user=user, role=Role.ADMIN, scope_code=STREET, department=None, at=AT.replace(month=1))
    return user


def near(world: World, **changes: object) -> RuleDraft:
    """Exposed rubbish in cell A goes to the enforcement squad."""
    values: dict[str, object] = {
        "category_key": "E0110", "area_code": world.cells["A"].code, "department_key": "enforcement_squad",
    }  # fmt: skip
    return RuleDraft(**{**values, **changes})  # type: ignore[arg-type]


def decided(code: str, *, at=AT, category: str = "E0110", source: str = "worker"):
    """The decision of the table now in the database."""
    known = reference.current()
    return route(known, place=Place(code, None), category_key=category, source=source, at=at).decision


def test_a_new_rule_decides_from_its_beginning(world: World, admin: User) -> None:
    code = world.cells["A"].code
    rule = rule_create(draft=near(world, valid_from=LATER), by=admin, at=AT, reason="试点")
    assert decided(code).department.key == "sanitation_station"
    assert decided(code, at=LATER).department.key == "enforcement_squad"
    assert (rule.key, rule.created_by, rule.reason) == (f"E0110-{code}", admin, "试点")


def test_a_replaced_rule_ends_and_is_still_shown_for_the_case_it_decided(world: World, admin: User) -> None:
    old = rule_create(draft=near(world), by=admin, at=AT, reason="试点")
    receipt = submit_report(draft=draft(world, "A"), sender=sender(world), at=AT)
    changed = near(world, department_key="peace_office")
    new = rule_replace(rule_id=old.pk, draft=changed, by=admin, at=LATER, reason="职责调整")
    old.refresh_from_db()
    assert (old.valid_to, old.ended_by, old.end_reason) == (LATER, admin, "职责调整")
    assert (new.replaces_id, new.key, new.valid_from) == (old.pk, old.key, LATER)
    assert versions_of(new) == [new, old]
    told = queries.explain(Case.objects.get(pk=receipt.case_id))
    assert told.rule == old
    assert told.rule.department_key == "enforcement_squad"
    assert decided(world.cells["A"].code, at=LATER).department.key == "peace_office"


def test_the_table_of_a_past_instant_can_be_asked(world: World, admin: User) -> None:
    rule = rule_create(draft=near(world), by=admin, at=AT - timedelta(days=40), reason="x")
    rule_end(rule_id=rule.pk, by=admin, at=AT - timedelta(days=30), reason="y")
    known = reference.current()
    assert rule.key not in {row.key for row in known.rules.rules}
    past = book_at(AT - timedelta(days=35), known, now=AT)
    assert rule.key in {row.key for row in past.rules}


def test_an_ended_rule_decides_no_more_and_cannot_end_twice(world: World, admin: User) -> None:
    rule = rule_create(draft=near(world), by=admin, at=AT, reason="x")
    rule_end(rule_id=rule.pk, by=admin, at=LATER, reason="试点结束")
    assert decided(world.cells["A"].code, at=LATER).department.key == "sanitation_station"
    with pytest.raises(DomainError) as error:
        rule_end(rule_id=rule.pk, by=admin, at=LATER, reason="again")
    assert (error.value.code, error.value.status) == ("rule_over", 409)


def test_a_rule_that_never_began_ends_where_it_would_have_begun(world: World, admin: User) -> None:
    rule = rule_create(draft=near(world, valid_from=LATER), by=admin, at=AT, reason="x")
    ended = rule_end(rule_id=rule.pk, by=admin, at=AT, reason="y")
    assert ended.valid_to == ended.valid_from == LATER
    assert decided(world.cells["A"].code, at=LATER).department.key == "sanitation_station"


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"category_key": "E9999"}, "rule_category_unknown", "category_key"),
        ({"category_key": "' OR 1=1"}, "rule_category_unknown", "category_key"),
        ({"area_code": "0099010"}, "rule_area_malformed", "area_code"),
        ({"area_code": "%"}, "rule_area_malformed", "area_code"),
        ({"area_code": "009901001009"}, "rule_area_unknown", "area_code"),
        ({"source": "rumour"}, "rule_source_unknown", "source"),
        ({"component_owner": "nobody"}, "rule_owner_unknown", "component_owner"),
        ({"component_owner": "water"}, "rule_owner_without_component", "component_owner"),
        ({"time_from": time(22)}, "rule_times_unpaired", "time_to"),
        ({"time_from": time(22), "time_to": time(22)}, "rule_times_empty", "time_to"),
        ({"department_key": "ministry_of_magic"}, "rule_department_unknown", "department_key"),
        ({"valid_to": AT - timedelta(days=1), "valid_from": AT}, "rule_ends_before_it_begins", "valid_to"),
        ({"valid_from": AT - timedelta(days=1)}, "rule_begins_in_the_past", "valid_from"),
    ],
)
def test_a_rule_that_can_never_be_right_is_refused(
    world: World, admin: User, changes: dict[str, object], code: str, field: str
) -> None:
    before = RoutingRule.objects.count()
    with pytest.raises(DomainError) as error:
        rule_create(draft=near(world, **changes), by=admin, at=AT, reason="x")
    assert (error.value.code, error.value.status, error.value.data["field"]) == (code, 422, field)
    assert RoutingRule.objects.count() == before


def test_a_reason_is_needed(world: World, admin: User) -> None:
    with pytest.raises(DomainError) as error:
        rule_create(draft=near(world), by=admin, at=AT, reason="  ")
    assert error.value.code == "rule_reason_missing"


def test_windows_that_wrap_midnight_tie_only_where_they_meet(world: World, admin: User) -> None:
    night = near(world, time_from=time(22), time_to=time(6))
    rule_create(draft=night, by=admin, at=AT, reason="x")
    day = near(world, time_from=time(6), time_to=time(22), department_key="peace_office")
    assert assess(draft=day, at=AT).ties == []
    early = near(world, time_from=time(5), time_to=time(7), department_key="peace_office")
    assert len(assess(draft=early, at=AT).ties) == 1
    evening = near(world, time_from=time(20), time_to=time(23), department_key="peace_office")
    assert len(assess(draft=evening, at=AT).ties) == 1


def test_a_tie_is_a_finding_that_can_be_confirmed(world: World, admin: User) -> None:
    first = rule_create(draft=near(world), by=admin, at=AT, reason="x")
    second = near(world, department_key="peace_office")
    with pytest.raises(DomainError) as error:
        rule_create(draft=second, by=admin, at=AT, reason="x")
    assert (error.value.code, error.value.status) == ("rule_ties", 409)
    assert error.value.data["keys"] == first.key
    made = rule_create(draft=second, by=admin, at=AT, reason="x", confirmed=True)
    assert made.key == f"{first.key}-2"
    pairs = [{one.key, other.key} for one, other in all_ties(reference.current().rules.rules)]
    assert pairs == [{first.key, made.key}]
    assert decided(world.cells["A"].code).match.tied


def test_replacing_does_not_tie_with_the_row_it_replaces(world: World, admin: User) -> None:
    old = rule_create(draft=near(world), by=admin, at=AT, reason="x")
    changed = near(world, department_key="peace_office")
    assert assess(draft=changed, at=AT, replacing=old.pk).ties == []


def test_a_street_administrator_edits_rules_of_the_street_only(world: World, street_admin: User) -> None:
    rule_create(draft=near(world), by=street_admin, at=AT, reason="x")
    for area in ("", OTHER, STREET[:6]):
        with pytest.raises(DomainError) as error:
            rule_create(draft=near(world, area_code=area), by=street_admin, at=AT, reason="x")
        assert error.value.status == 403
    everywhere = RoutingRule.objects.get(key="E0110")
    with pytest.raises(DomainError):
        rule_end(rule_id=everywhere.pk, by=street_admin, at=AT, reason="x")
    with pytest.raises(DomainError):
        rule_replace(rule_id=everywhere.pk, draft=near(world), by=street_admin, at=AT, reason="x")


@pytest.mark.parametrize("name", ["worker", "dispatcher", "leader", "handler"])
def test_other_roles_edit_no_rules(world: World, name: str) -> None:
    with pytest.raises(DomainError) as error:
        rule_create(draft=near(world), by=world.people[name], at=AT, reason="x")
    assert error.value.status == 403


def test_rules_of_a_neighbour_street_are_not_listed(world: World, admin: User, street_admin: User) -> None:
    mine = rule_create(draft=near(world), by=admin, at=AT, reason="x")
    theirs = rule_create(draft=near(world, area_code=OTHER), by=admin, at=AT, reason="x")
    listed = set(rules_in(load_scope(street_admin.pk)).values_list("pk", flat=True))
    assert mine.pk in listed
    assert theirs.pk not in listed
    assert RoutingRule.objects.get(key="E0110").pk in listed


def test_the_list_knows_what_is_in_force_to_come_and_over(world: World, admin: User) -> None:
    coming = rule_create(draft=near(world, valid_from=LATER), by=admin, at=AT, reason="x")
    over = rule_create(draft=near(world, source="hotline"), by=admin, at=AT, reason="x")
    rule_end(rule_id=over.pk, by=admin, at=AT, reason="x")
    scope = load_scope(admin.pk, everything=True)

    def keys(state: str) -> set[str]:
        rows = filtered_rules(scope, RuleFilters(state=state, category="E0110"), now=AT + timedelta(hours=1))
        return {row.key for row in rows}

    assert keys("coming") == {coming.key}
    assert keys("ended") == {over.key}
    assert keys("in_force") == {"E0110"}
    assert keys("all") == {coming.key, over.key, "E0110"}


def test_an_unknown_rule_is_said_so(world: World, admin: User) -> None:
    with pytest.raises(DomainError) as error:
        rule_end(rule_id=uuid4(), by=admin, at=AT, reason="x")
    assert (error.value.code, error.value.status) == ("rule_unknown", 404)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE cases_routingrule SET department_key = 'peace_office' WHERE key = 'E0110'",
        "UPDATE cases_routingrule SET area_code = '009901' WHERE key = 'E0110'",
        "DELETE FROM cases_routingrule WHERE key = 'E0110'",
    ],
)
def test_nobody_rewrites_a_rule_by_sql(world: World, statement: str) -> None:
    refused = pytest.raises(DatabaseError, match="routing rules are history")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_one_key_holds_once_at_a_time(world: World) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        RoutingRule.objects.create(key="E0110", category_key="E0110", department_key="peace_office")
