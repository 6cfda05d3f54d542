"""The page of what could not be delivered, and of webhooks: administrators only, each for their own area."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from gridmgmt.events.models import Delivery, OutboxEvent, Subscription
from gridmgmt.organisation.models import Role
from tests.world import AT, OTHER, STREET, World, _person


@pytest.fixture
def admin(world: World, client: Client) -> Client:
    _person(world, "street_admin", Role.ADMIN, STREET)
    client.force_login(world.street_admin)
    return client


def park(street: str, error: str = "ValueError") -> Delivery:
    event = OutboxEvent.objects.create(
        topic="case.stepped", cell_code=f"{street}001001", payload={"n": 1}, published_at=AT
    )
    return Delivery.objects.create(
        event=event, consumer="gridmgmt.x", queue="default", attempts=5, parked_at=timezone.now(), error=error
    )


@pytest.mark.parametrize("name", ["outbox", "outbox_export", "webhooks"])
def test_only_administrators_may_open_it(world: World, client: Client, name: str) -> None:
    for person in ("leader", "supervisor", "worker", "dispatcher"):
        client.force_login(world.people[person])
        assert client.get(reverse(f"map_ui:{name}")).status_code == 403


def test_the_page_shows_error_age_and_content_of_the_own_area_alone(admin: Client) -> None:
    park(STREET)
    park(OTHER, "KeyError")
    page = admin.get(reverse("map_ui:outbox")).content.decode()
    assert "ValueError" in page
    assert "KeyError" not in page
    assert "&quot;n&quot;: 1" in page
    assert "KeyError" not in admin.get(reverse("map_ui:outbox_export")).content.decode()


def test_rows_cost_no_further_queries(admin: Client) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert admin.get(reverse("map_ui:outbox")).status_code == 200
        return len(queries)

    park(STREET)
    one = cost()
    for _ in range(20):
        park(STREET)
    assert cost() <= one


def test_one_is_tried_again_another_discarded_with_a_reason(admin: Client) -> None:
    first, second, foreign = park(STREET), park(STREET), park(OTHER)
    act = reverse("map_ui:outbox_act")
    admin.post(
        act, {"act": "retry", "row": [f"delivery:{first.pk}", f"delivery:{foreign.pk}", "x", "event:y"]}
    )
    assert admin.post(act, {"act": "discard", "row": f"delivery:{second.pk}"}).status_code == 422
    admin.post(act, {"act": "discard", "row": f"delivery:{second.pk}", "reason": "接收方已停用"})
    for row in (first, second, foreign):
        row.refresh_from_db()
    assert first.parked_at is None
    assert second.discard_reason == "接收方已停用"
    assert foreign.parked_at is not None
    assert "接收方已停用" in admin.get(reverse("map_ui:outbox") + "?show=discarded").content.decode()


def test_all_means_all_of_the_own_area(admin: Client) -> None:
    mine, foreign = park(STREET), park(OTHER)
    admin.post(reverse("map_ui:outbox_act"), {"act": "retry", "all": "1"})
    assert Delivery.objects.get(pk=mine.pk).parked_at is None
    assert Delivery.objects.get(pk=foreign.pk).parked_at is not None


def test_a_webhook_is_made_its_secret_shown_once_and_a_test_sent(admin: Client) -> None:
    values = {
        "name": "城管",
        "url": "https://example.org/in",
        "topics": "case.stepped",
        "code_prefix": STREET,
    }
    page = admin.post(reverse("map_ui:webhook_new"), values).content.decode()
    row = Subscription.objects.get()
    secret = page.split('id="secret">')[1].split("<")[0]
    assert len(secret) >= 40
    address = reverse("map_ui:webhook", args=[row.pk])
    assert secret not in admin.get(address).content.decode()
    admin.post(reverse("map_ui:webhook_act", args=[row.pk]), {"act": "test"})
    assert Delivery.objects.get().event.topic == "webhook.test"


def test_a_webhook_to_the_own_network_or_for_another_area_is_refused(admin: Client) -> None:
    values = {"name": "x", "url": "http://127.0.0.1/", "topics": "case.stepped", "code_prefix": STREET}
    assert admin.post(reverse("map_ui:webhook_new"), values).status_code == 422
    values |= {"url": "https://example.org/", "code_prefix": OTHER}
    assert admin.post(reverse("map_ui:webhook_new"), values).status_code == 403
