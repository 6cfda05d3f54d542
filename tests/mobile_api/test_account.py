"""Sign-in, sign-out, revoking, expiry: each refusal has its own code."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from knox.models import AuthToken

from gridmgmt.organisation import vaults
from gridmgmt.organisation.actions import revoke_device
from gridmgmt.organisation.models import Device
from mobile_api import tokens
from tests.mobile_api.conftest import Phone
from tests.world import PASSWORD, STREET


def login(client: Client, **fields: str):
    return client.post(
        "/api/v1/login",
        json.dumps(fields),
        content_type="application/json",
        headers={"accept-language": "en"},
    )


def test_signing_in_gives_a_token_that_works_and_a_device_row(world):
    client = Client()
    answer = login(
        client, username="worker", password=PASSWORD, device_name="测试机", device_platform="android 16"
    )
    assert answer.status_code == 201
    device = Device.objects.get(pk=answer.json()["device"])
    assert (device.name, device.platform, device.user) == ("测试机", "android 16", world.worker)
    me = client.get("/api/v1/me", headers={"authorization": f"Token {answer.json()['token']}"})
    assert me.json()["username"] == "worker"
    assert not AuthToken.objects.filter(digest=answer.json()["token"]).exists()


def test_vault_is_the_same_for_ever_for_a_person_and_an_installation(world, caplog):
    mine, another = str(uuid4()), str(uuid4())
    known = {"username": "worker", "password": PASSWORD}
    first = login(Client(), **known, installation=mine).json()["vault"]
    assert len(base64.urlsafe_b64decode(first + "=")) == vaults.VAULT_BYTES
    assert login(Client(), **known, installation=mine).json()["vault"] == first
    others = {
        login(Client(), **known, installation=another).json()["vault"],
        login(Client(), username="leader", password=PASSWORD, installation=mine).json()["vault"],
    }
    assert len(others | {first}) == 3
    assert login(Client(), **known).json()["vault"] is None
    device = Device.objects.get(user=world.worker, installation=mine)
    assert first.encode() not in bytes(device.vault)
    assert first not in caplog.text


def test_a_new_key_in_the_ring_leaves_the_vault_and_a_lost_one_is_no_other_vault(world, settings):
    known = {"username": "worker", "password": PASSWORD, "installation": str(uuid4())}
    first = login(Client(), **known).json()["vault"]
    old, added = settings.FIELD_KEYS, f"9:{base64.b64encode(bytes(32)).decode()}"
    settings.FIELD_KEYS = f"{old}\n{added}"
    assert login(Client(), **known).json()["vault"] == first
    settings.FIELD_KEYS = added
    refused = login(Client(), **known)
    assert (refused.status_code, refused.json()["code"]) == (500, "sealed_value_unreadable")
    settings.FIELD_KEYS = old
    assert login(Client(), **known).json()["vault"] == first


def test_signing_in_again_on_an_installation_keeps_the_device_and_ends_the_former_token(world):
    known = {"username": "worker", "password": PASSWORD, "installation": str(uuid4())}
    first, second = login(Client(), **known).json(), login(Client(), **known, device_name="new name").json()
    assert first["device"] == second["device"]
    assert first["token"] != second["token"]
    device = Device.objects.get(user=world.worker)
    assert (device.name, device.revoked_at) == ("new name", None)
    told = [
        Client().get("/api/v1/me", headers={"authorization": f"Bearer {one['token']}"})
        for one in (first, second)
    ]
    assert [answer.status_code for answer in told] == [401, 200]
    assert told[0].json()["code"] == "token_revoked"


def test_a_signed_out_device_works_again_after_signing_in(world):
    known = {"username": "worker", "password": PASSWORD, "installation": str(uuid4())}
    headers = {"authorization": f"Bearer {login(Client(), **known).json()['token']}"}
    assert Client().post("/api/v1/logout", headers=headers).status_code == 204
    again = login(Client(), **known).json()["token"]
    assert Client().get("/api/v1/me", headers={"authorization": f"Bearer {again}"}).status_code == 200
    assert Client().get("/api/v1/me", headers=headers).json()["code"] == "token_revoked"


@pytest.mark.parametrize("wrong", ["x", "00000000-0000-0000-0000-000000000000", 7])
def test_a_broken_installation_is_refused(world, wrong):
    answer = login(Client(), username="worker", password=PASSWORD, installation=wrong)
    assert answer.status_code == 422
    assert not Device.objects.exists()


def test_me_tells_roles_scope_codes_and_cells_of_duty(world, phone):
    me = phone.get("me").json()
    assert me["roles"] == [{"role": "worker", "scope_code": STREET + "001", "department": None}]
    assert me["scope_codes"] == [STREET + "001"]
    assert me["cells"] == sorted(world.cells[letter].code for letter in "ABCD")


@pytest.mark.parametrize("name", ["worker", "nobody-of-that-name"])
def test_wrong_password_and_unknown_name_get_the_same_answer(world, name):
    answer = login(Client(), username=name, password="wrong-password")
    assert (answer.status_code, answer.json()["code"]) == (401, "credentials_wrong")


def test_inactive_account_cannot_sign_in_and_its_token_stops(world, phone):
    assert phone.get("me").status_code == 200
    world.worker.is_active = False
    world.worker.save()
    assert login(Client(), username="worker", password=PASSWORD).json()["code"] == "credentials_wrong"
    tokens._remembered.clear()
    assert phone.get("me").json()["code"] == "account_inactive"


def test_eleventh_wrong_guess_must_wait_and_the_wait_is_scattered(world):
    client = Client()
    for _ in range(10):
        assert login(client, username="worker", password="guess").status_code == 401
    refused = [login(client, username="worker", password=PASSWORD) for _ in range(12)]
    assert {r.status_code for r in refused} == {429}
    assert refused[0].json()["code"] == "too_many_requests"
    waits = {int(r["Retry-After"]) for r in refused}
    assert min(waits) >= 290
    assert len(waits) > 1
    assert login(client, username="other_worker", password=PASSWORD).status_code == 201


def test_successful_sign_ins_are_not_counted(world):
    answers = [login(Client(), username="worker", password=PASSWORD).status_code for _ in range(12)]
    assert set(answers) == {201}


def test_after_signing_out_the_token_is_revoked(phone):
    answer = phone.client.post("/api/v1/logout", headers=phone.headers)
    assert answer.status_code == 204
    refused = phone.get("me")
    assert (refused.status_code, refused.json()["code"]) == (401, "token_revoked")


def test_revoked_device_is_refused_within_a_second(phone, monkeypatch):
    assert phone.get("me").status_code == 200
    revoke_device(device_id=phone.device.pk, at=timezone.now())
    later = tokens.time.monotonic() + tokens.REMEMBER_S + 0.001
    assert tokens.REMEMBER_S <= 1
    monkeypatch.setattr(tokens.time, "monotonic", lambda: later)
    assert phone.get("me").json()["code"] == "token_revoked"


def test_expired_token_says_so(phone):
    AuthToken.objects.filter(digest=phone.device.token_digest).update(
        expiry=timezone.now() - timedelta(seconds=1)
    )
    refused = phone.get("me")
    assert (refused.status_code, refused.json()["code"]) == (401, "token_expired")
    assert refused["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "token_missing"),
        ("Basic d29ya2VyOng=", "token_missing"),
        ("Bearer ", "token_missing"),
        ("Bearer " + "0" * 64, "token_unknown"),
        ("Bearer " + "0" * 5000, "token_unknown"),
        ("Bearer 令牌", "token_unknown"),
    ],
)
def test_broken_tokens_are_401_with_their_code(world, header, code):
    for path in ("me", "catalogue", "reports"):
        headers = {"authorization": header} if header else {}
        answer = Client().get(f"/api/v1/{path}", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, code)


def test_one_statement_finds_device_user_roles_and_home(world, phone, django_assert_num_queries):
    phone.get("me")
    tokens._remembered.clear()
    session = tokens.session_of(phone.headers["authorization"])
    assert session.roles == {"worker"}
    assert session.home_code == STREET + "001"
    with django_assert_num_queries(0):
        assert tokens.session_of(phone.headers["authorization"]) is session


def test_widest_place_is_home(world):
    assert tokens.session_of(Phone(world, "importer").headers["authorization"]).home_code == "009901"
