"""Signing in: to the page of one's duty, in Chinese unless switched, nothing for strangers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from tests.world import PASSWORD, World

# Signing in and out, and what a reporter opens with number and code or by a link.


@pytest.mark.parametrize(
    ("name", "home"),
    [
        ("leader", "/"),
        ("dispatcher", "/cases?stage=pending_dispatch"),
        ("handler", "/cases"),
        ("worker", "/report"),
    ],
)
def test_signing_in_leads_to_the_own_duty(world: World, name: str, home: str) -> None:
    answer = Client().post("/login", {"username": name, "password": PASSWORD})
    assert answer.status_code == 302
    assert answer["Location"] == home


def test_a_wrong_password_says_the_same_as_a_wrong_name(world: World) -> None:
    wrong = [
        Client().post("/login", {"username": name, "password": "not-the-password"}).content.decode()
        for name in ("leader", "nobody-of-this-name")
    ]
    assert all("用户名或密码不正确" in page for page in wrong)


def test_pages_open_in_chinese_whatever_the_browser_asks(as_person: Callable[[str], Client]) -> None:
    client = as_person("leader")
    page = client.get("/cases", headers={"Accept-Language": "en-US,en;q=0.9"}).content.decode()
    assert "导出 CSV" in page
    client.post("/language", {"language": "en", "next": "/cases"})
    assert "Export CSV" in client.get("/cases").content.decode()


def test_the_bar_shows_the_street_and_only_what_the_role_opens(as_person: Callable[[str], Client]) -> None:
    handler, worker = as_person("handler").get("/cases"), as_person("worker").get("/cases")
    assert "澜榕街道" in handler.content.decode()
    assert 'href="/report"' not in handler.content.decode()
    assert 'href="/report"' in worker.content.decode()


def test_the_design_page_is_for_administrators(world: World, as_person: Callable[[str], Client]) -> None:
    assert as_person("leader").get("/design").status_code == 403
    world.people["leader"].is_staff = True
    world.people["leader"].save()
    assert "黄灯：临近超期" in as_person("leader").get("/design").content.decode()
