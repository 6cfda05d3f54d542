"""Pages of routing: list, rule with versions, trial run, applying, matrix, simulator; who may open and change them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from gridmgmt.cases import reference
from gridmgmt.cases.models import Case, RoutingRule
from gridmgmt.organisation.actions import grant_role
from gridmgmt.organisation.models import Role, User
from tests.world import AT, OTHER, STREET, World

Browser = Callable[[str], Client]
Report = Callable[..., Case]


@pytest.fixture
def admin(world: World) -> Client:
    """A browser of the installation's administrator."""
    client = Client()
    client.force_login(User.objects.create(username="root", name="管理员", is_superuser=True))
    return client


@pytest.fixture
def street_admin(world: World) -> Client:
    """A browser of a street's administrator."""
    user = User.objects.create(username="street-admin", name="街道管理员")
    grant_role(user=user, role=Role.ADMIN, scope_code=STREET, department=None, at=AT.replace(month=1))
    client = Client()
    client.force_login(user)
    return client


def fields(world: World, **changes: str) -> dict[str, str]:
    """What the form of a new rule sends."""
    values = {
        "act": "create", "category": "E0110 暴露垃圾", "area": world.cells["A"].code, "department": "peace_office",
        "reason": "试点",
    }  # fmt: skip
    return values | changes


def text(client: Client, address: str, status: int = 200) -> str:
    """A page's text."""
    answer = client.get(address)
    assert answer.status_code == status
    return answer.content.decode()


PAGES = ["/routing", "/routing/coverage", "/routing/simulate", "/routing.csv", "/routing/coverage.csv"]


@pytest.mark.parametrize("address", PAGES)
def test_only_administrators_leaders_and_dispatchers_may_read(as_person: Browser, address: str) -> None:
    for name in ("worker", "handler", "acceptor"):
        assert as_person(name).get(address).status_code == 403
    for name in ("leader", "dispatcher"):
        assert as_person(name).get(address).status_code == 200
    assert Client().get(address).status_code == 302


def test_who_reads_may_not_write(as_person: Browser, world: World) -> None:
    client = as_person("leader")
    assert "/routing/new" not in text(client, "/routing")
    assert client.get("/routing/new").status_code == 403
    assert client.post("/routing/trial", fields(world)).status_code == 403
    assert client.post("/routing/apply", fields(world)).status_code == 403
    assert not RoutingRule.objects.filter(department_key="peace_office", category_key="E0110").exists()


def test_a_change_is_tried_before_it_is_written(admin: Client, world: World, new_case: Report) -> None:
    case = new_case("A")
    Case.objects.filter(pk=case.pk).update(reported_at=reported_lately())
    page = admin.post("/routing/trial", fields(world)).content.decode()
    assert case.number in page
    assert "平安" in page
    assert not RoutingRule.objects.filter(reason="试点").exists()
    answer = admin.post("/routing/apply", fields(world))
    made = RoutingRule.objects.get(reason="试点")
    assert answer.headers["Location"] == f"/routing/{made.pk}"
    assert made.created_by is not None
    assert made.key in text(admin, f"/routing/{made.pk}")


def reported_lately() -> Any:
    """An instant within the last month."""
    from datetime import timedelta

    from django.utils import timezone

    return timezone.now() - timedelta(days=2)


def test_a_rule_is_replaced_and_its_versions_are_shown(admin: Client, world: World) -> None:
    admin.post("/routing/apply", fields(world))
    old = RoutingRule.objects.get(reason="试点")
    change = fields(world, act="replace", rule=str(old.pk), department="justice_office", reason="职责调整")
    admin.post("/routing/apply", change)
    new = RoutingRule.objects.get(replaces=old)
    page = text(admin, f"/routing/{new.pk}")
    assert "试点" in page
    assert "职责调整" in page
    assert "已终止" in text(admin, f"/routing/{old.pk}")


def test_a_rule_is_ended_with_a_reason(admin: Client) -> None:
    rule = RoutingRule.objects.get(key="E0110")
    ending = {"act": "end", "rule": str(rule.pk)}
    assert admin.post("/routing/trial", ending).status_code == 200
    assert admin.post("/routing/apply", ending).status_code == 422
    assert admin.post("/routing/apply", {**ending, "reason": "不再需要"}).status_code == 302
    rule.refresh_from_db()
    assert rule.end_reason == "不再需要"


@pytest.mark.parametrize(
    "changes",
    [
        {"category": "E9999"},
        {"category": "<script>alert(1)</script>"},
        {"area": "0099"},
        {"area": "999999999"},
        {"department": "nobody"},
        {"time_from": "22:00"},
        {"time_from": "22:00", "time_to": "22:00"},
        {"time_from": "25:61"},
        {"valid_from": "yesterday"},
        {"valid_from": "2020-01-01T00:00"},
        {"valid_from": "2199-01-02T00:00", "valid_to": "2199-01-01T00:00"},
        {"source": "rumour\x00"},
        {"act": "destroy"},
        {"act": "replace", "rule": "no-uuid"},
    ],
)
def test_a_forged_form_is_refused_clearly(admin: Client, world: World, changes: dict[str, str]) -> None:
    before = RoutingRule.objects.count()
    for address in ("/routing/trial", "/routing/apply"):
        answer = admin.post(address, fields(world, **changes))
        assert answer.status_code in (404, 422)
        assert "<script>alert" not in answer.content.decode()
    assert RoutingRule.objects.count() == before


def test_a_tie_must_be_confirmed(admin: Client, world: World) -> None:
    admin.post("/routing/apply", fields(world))
    second = fields(world, department="justice_office", reason="第二条")
    assert "同样具体" in admin.post("/routing/trial", second).content.decode()
    assert admin.post("/routing/apply", second).status_code == 409
    assert admin.post("/routing/apply", {**second, "confirmed": "1"}).status_code == 302
    assert "同样具体" in text(admin, "/routing")


def test_a_street_administrator_sees_and_edits_the_street_only(
    admin: Client, street_admin: Client, world: World
) -> None:
    admin.post("/routing/apply", fields(world, area=OTHER, reason="邻街"))
    theirs = RoutingRule.objects.get(reason="邻街")
    assert street_admin.get(f"/routing/{theirs.pk}").status_code == 404
    assert theirs.key not in text(street_admin, "/routing?state=all&text=E0110")
    assert street_admin.post("/routing/apply", fields(world, area="")).status_code == 403
    assert street_admin.post("/routing/trial", fields(world, area=OTHER)).status_code == 403
    assert street_admin.post("/routing/apply", fields(world)).status_code == 302


@pytest.mark.parametrize(
    ("query", "there"),
    [
        ("category=E01", True), ("text=E0110", True), ("text=nothing", False), ("category=C", False),
        ("category=E01&department=sanitation_station", True), ("category=E01&department=river_service", False),
        ("category=E01&state=ended", False), ("category=E01&source=hotline", False),
        ("category=E01&area=009901", False), ("category=E01&page=99999", True),
    ],
)  # fmt: skip
def test_each_filter_of_the_list(admin: Client, query: str, there: bool) -> None:
    assert ("<code>E0110</code>" in text(admin, f"/routing?{query}")) is there


def test_the_list_exports_the_same_rows(admin: Client) -> None:
    answer = admin.get("/routing.csv?department=river_service")
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert len(rows) == 1 + RoutingRule.objects.filter(department_key="river_service").count()


def test_the_list_asks_a_fixed_number_of_queries(admin: Client, django_assert_max_num_queries: Any) -> None:
    reference.current()
    with django_assert_max_num_queries(14):
        admin.get("/routing")


def test_an_empty_list_says_what_to_do(admin: Client) -> None:
    assert "没有符合条件的规则" in text(admin, "/routing?text=zzz")


def test_the_matrix_shows_faults_with_shape_and_word(admin: Client, world: World) -> None:
    admin.post("/routing/apply", fields(world))
    admin.post("/routing/apply", fields(world, department="justice_office", confirmed="1"))
    page = text(admin, "/routing/coverage")
    assert "coverage.svg#tied" in page
    assert "square-tied" in page
    assert "square-sound" not in page.split("<tbody>")[1] or "square-tied" in page
    sound = text(admin, "/routing/coverage?state=&category=C0101")
    assert "square-sound" in sound


def test_the_matrix_exports_every_square_of_the_scope(as_person: Browser, world: World) -> None:
    answer = as_person("leader").get("/routing/coverage.csv?category=E0110")
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert len(rows) == 1 + 12
    assert all(row[0].startswith(STREET) for row in rows[1:])


@pytest.mark.parametrize(
    "query", ["category=E9999", "source=rumour", "owner=nobody", "at=never", "at=1000-01-01T00:00"]
)
def test_the_matrix_refuses_what_does_not_exist(admin: Client, query: str) -> None:
    assert admin.get(f"/routing/coverage?{query}").status_code == 422


def test_the_simulator_answers_for_a_point(admin: Client, world: World) -> None:
    lon, lat = world.point("A")
    page = text(admin, f"/routing/simulate?lon={lon}&lat={lat}&category=E0110&source=worker")
    assert world.cells["A"].code in page
    assert "环卫" in page
    assert "<code>E01</code>" in page


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("lon=nan&lat=1&category=E0110", 422),
        ("lon=inf&lat=1&category=E0110", 422),
        ("lon=abc&lat=1&category=E0110", 422),
        ("lon=0&lat=0&category=E0110", 404),
        ("area=999999&category=E0110", 404),
        ("category=E0110", 422),
        ("area=009901001&category=E9999", 422),
        ("area=009901001&category=E0110&source=rumour", 422),
    ],
)
def test_the_simulator_says_what_is_wrong(admin: Client, query: str, status: int) -> None:
    assert 'role="alert"' in text(admin, f"/routing/simulate?{query}", status)
