"""Guessing is slow at every door: the counters are asked before a hash is computed, and they are shared."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.test import Client, RequestFactory
from django.utils import timezone

from gridmgmt.organisation import backends, tries
from gridmgmt.organisation.models import TryBudget
from tests.world import PASSWORD, World


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One entry for every password that is hashed; a wrong one costs nothing here."""
    seen: list[str] = []

    def cheap(self: Any, password: str, *rest: Any) -> Any:
        seen.append(password)
        return False

    monkeypatch.setattr(Argon2PasswordHasher, "verify", cheap)
    monkeypatch.setattr(Argon2PasswordHasher, "encode", cheap)
    return seen


REQUEST = RequestFactory().get("/login")


def spend(name: str) -> bool:
    return tries.spend(backends.limits_of(REQUEST, name), window=backends.WINDOW, at=timezone.now())


def page(name: str, password: str) -> Any:
    return Client().post("/login", {"username": name, "password": password})


def phone(name: str, password: str) -> Any:
    body = json.dumps({"username": name, "password": password})
    return Client().post("/api/v1/login", body, content_type="application/json")


def admin(name: str, password: str) -> Any:
    return Client().post("/admin/login/", {"username": name, "password": password})


def test_after_ten_failures_no_door_hashes_any_more(world: World, hashed: list[str]) -> None:
    for _ in range(backends.MOST_FOR_NAME):
        page("leader", "a-wrong-guess")
    assert len(hashed) == backends.MOST_FOR_NAME
    answers = [door("leader", PASSWORD) for door in (page, phone, admin)]
    assert len(hashed) == backends.MOST_FOR_NAME
    assert [answer.status_code for answer in answers] == [200, 429, 200]
    assert all("sessionid" not in answer.cookies for answer in answers)


def test_the_page_says_that_one_has_to_wait(world: World, hashed: list[str]) -> None:
    for _ in range(backends.MOST_FOR_NAME):
        phone("leader", "a-wrong-guess")
    said = page("leader", PASSWORD).content.decode()
    assert "用户名或密码不正确" not in said
    assert 'id="login-error"' in said


def test_one_address_cannot_try_name_after_name(world: World, hashed: list[str]) -> None:
    for number in range(backends.MOST_FOR_ADDRESS):
        phone(f"nobody-{number}", "a-wrong-guess")
    before = len(hashed)
    assert phone("leader", PASSWORD).status_code == 429
    assert len(hashed) == before


def test_other_names_and_other_addresses_are_not_held_up(world: World) -> None:
    for _ in range(backends.MOST_FOR_NAME):
        spend("leader")
    assert page("leader", PASSWORD).status_code == 200
    assert page("dispatcher", PASSWORD).status_code == 302
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert elsewhere.post("/login", {"username": "leader", "password": PASSWORD}).status_code == 302


def test_the_count_is_in_the_database_and_forgotten_after_the_window(world: World) -> None:
    for _ in range(backends.MOST_FOR_NAME):
        assert spend("leader")
    wait = backends.wait_s(REQUEST, "leader")
    assert wait is not None
    assert 0 < wait <= backends.WINDOW.total_seconds()
    assert not spend("leader")
    assert TryBudget.objects.count() == 2
    assert not any(
        b"leader" in bytes(row.key) or b"127.0" in bytes(row.key) for row in TryBudget.objects.all()
    )
    TryBudget.objects.update(ends_at=timezone.now())
    assert backends.wait_s(REQUEST, "leader") is None
    tries.forget(timezone.now())
    assert not TryBudget.objects.exists()


def test_a_right_password_costs_no_tries(world: World) -> None:
    for _ in range(backends.MOST_FOR_NAME - 1):
        assert spend("leader")
    for _ in range(3):
        assert page("leader", PASSWORD).status_code == 302
    assert backends.wait_s(REQUEST, "leader") is None
    assert page("leader", "a-wrong-guess").status_code == 200
    assert backends.wait_s(REQUEST, "leader") is not None


def test_a_try_is_paid_before_the_hash_so_that_tries_at_once_do_not_slip_through(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_hash: list[list[int]] = []

    def counted(self: Any, password: str, *rest: Any) -> bool:
        at_hash.append(sorted(TryBudget.objects.values_list("count", flat=True)))
        return False

    monkeypatch.setattr(Argon2PasswordHasher, "verify", counted)
    page("leader", "a-wrong-guess")
    assert at_hash == [[1, 1]]
