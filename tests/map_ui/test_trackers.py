"""One's own phones for background positions: the code is shown once, to its owner alone."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from gridmgmt.organisation import shifts
from gridmgmt.organisation.models import Device, LastPosition, PositionToken
from tests.world import World

PAGE = "/trackers"


@pytest.fixture
def browser(world: World, client: Client) -> Client:
    client.force_login(world.worker)
    return client


def token_on(page: str) -> str:
    found = re.search(r'<p class="number tracker-address">([^<]+)</p>', page)
    assert found
    return parse_qs(urlsplit(unescape(found[1])).query)["id"][0]


def test_a_phone_is_added_with_a_code_that_works_and_is_shown_once(world: World, browser: Client) -> None:
    page = browser.post(reverse("map_ui:tracker_add"), {"name": "红色手机"})
    text = page.content.decode()
    token = token_on(text)
    assert '<svg width="' in text
    assert "no-store" in page["Cache-Control"]
    shifts.start_shift(user=world.worker, at=timezone.now())
    answer = Client().get("/api/osmand", {"id": token, "lat": 20.5, "lon": 114})
    assert answer.json() == {"kept": 1}
    assert LastPosition.objects.get().shift.user == world.worker
    later = browser.get(PAGE).content.decode()
    assert "红色手机" in later
    assert token not in later


def test_a_new_code_ends_the_old_one_and_taking_back_ends_the_phone(browser: Client) -> None:
    old = token_on(browser.post(reverse("map_ui:tracker_add"), {"name": "a"}).content.decode())
    device = Device.objects.get(name="a")
    new = token_on(browser.post(reverse("map_ui:tracker_renew", args=[device.pk])).content.decode())
    where = {"lat": 20.5, "lon": 114}
    assert [Client().get("/api/osmand", {"id": one, **where}).status_code for one in (old, new)] == [401, 200]
    assert browser.post(reverse("map_ui:tracker_end", args=[device.pk])).status_code == 302
    assert Client().get("/api/osmand", {"id": new, **where}).status_code == 401
    device.refresh_from_db()
    assert device.revoked_at is not None
    assert "tracker-address" not in browser.get(PAGE).content.decode()


def test_others_phones_are_not_there(world: World, browser: Client) -> None:
    browser.post(reverse("map_ui:tracker_add"), {"name": "quiet-phone"})
    device = Device.objects.get(name="quiet-phone")
    kept = bytes(PositionToken.objects.get().digest)
    other = Client()
    other.force_login(world.other_worker)
    assert "quiet-phone" not in other.get(PAGE).content.decode()
    for name in ("tracker_renew", "tracker_end"):
        assert other.post(reverse(f"map_ui:{name}", args=[device.pk])).status_code == 404
    assert bytes(PositionToken.objects.get().digest) == kept


def test_a_phone_needs_a_name_and_its_owner_a_shift(world: World, browser: Client) -> None:
    for name in ("", " ", "x" * 81, "a\nb"):
        assert browser.post(reverse("map_ui:tracker_add"), {"name": name}).status_code == 302
    assert not Device.objects.exists()
    for person in ("leader", "administrator", "acceptor"):
        browser.force_login(world.people[person])
        assert browser.get(PAGE).status_code == 403


def test_rows_cost_no_further_queries(browser: Client) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(PAGE).status_code == 200
        return len(queries)

    browser.post(reverse("map_ui:tracker_add"), {"name": "a"})
    one = cost()
    for n in range(5):
        browser.post(reverse("map_ui:tracker_add"), {"name": f"b{n}"})
    assert cost() <= one
