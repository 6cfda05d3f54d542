"""The page of other programs' keys: administrators of the place alone; a key is shown once."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from geodata.errors import DomainError
from gridmgmt.contact import reporting_keys
from gridmgmt.contact.models import ReportingKey
from tests.world import AT, COUNTY, OTHER, STREET, World

PAGE = "/reporting-keys"


@pytest.fixture
def admin(world: World, client: Client) -> Client:
    client.force_login(world.administrator)
    return client


def add(admin: Client, **changes: str) -> str:
    form = {"name": "城市随手拍", "place": STREET, "source": "app"} | changes
    return admin.post(reverse("map_ui:reporting_key_add"), form, follow=True).content.decode()


def test_a_key_is_shown_once_works_and_ends(admin: Client) -> None:
    found = re.search(r'tracker-address">(grid_[\w-]+)<', add(admin))
    assert found
    key = found[1]
    row = reporting_keys.holder_of(key, address="", at=AT)
    page = admin.get(PAGE).content.decode()
    assert "城市随手拍" in page
    assert key not in page
    assert admin.post(reverse("map_ui:reporting_key_revoke", args=[row.pk])).status_code == 302
    with pytest.raises(DomainError, match="key_unknown"):
        reporting_keys.holder_of(key, address="", at=timezone.now())


def test_nobody_makes_keys_beyond_their_place(world: World, admin: Client) -> None:
    for change in ({"place": OTHER}, {"place": COUNTY}, {"name": ""}, {"source": "worker"}):
        add(admin, **change)
    assert not ReportingKey.objects.exists()
    far = reporting_keys.make(name="邻街", source="app", scope_code=OTHER, by=None, at=AT).row
    assert "邻街" not in admin.get(PAGE).content.decode()
    assert admin.post(reverse("map_ui:reporting_key_revoke", args=[far.pk])).status_code == 403
    far.refresh_from_db()
    assert far.revoked_at is None
    for person in ("leader", "acceptor", "worker", "importer"):
        admin.force_login(world.people[person])
        assert admin.get(PAGE).status_code == 403
        assert admin.post(reverse("map_ui:reporting_key_add"), {"name": "x"}).status_code == 403


def test_rows_cost_no_further_queries(admin: Client) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert admin.get(PAGE).status_code == 200
        return len(queries)

    add(admin)
    one = cost()
    for n in range(5):
        add(admin, name=f"p{n}")
    assert cost() <= one
