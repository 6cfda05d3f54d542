"""Phones are let in by a code of the administrator, and taken away again with what they hold."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from geodata.errors import DomainError
from gridmgmt.organisation import devices, enrolments, people
from gridmgmt.organisation.models import Device, Enrolment, User
from gridmgmt.organisation.scope import load_scope
from mobile_api import tokens
from tests.world import PASSWORD, World


def post(path: str, body: dict[str, Any], **headers: str) -> Any:
    headers = {"accept-language": "en"} | headers
    return Client().post(
        f"/api/v1/{path}", json.dumps(body), content_type="application/json", headers=headers
    )


def login(name: str = "worker", **more: Any) -> Any:
    return post("login", {"username": name, "password": PASSWORD, **more})


def code_for(world: World, name: str = "worker", *, ago: timedelta = timedelta(0)) -> str:
    scope = load_scope(world.people["administrator"].pk)
    return enrolments.enrolment_make(by=scope, user_id=world.people[name].pk, at=timezone.now() - ago)


def take_away(world: World, device_id: Any, *, wipe: bool) -> None:
    scope = load_scope(world.people["administrator"].pk)
    people.device_end(by=scope, device_id=device_id, at=timezone.now(), wipe=wipe)
    tokens._remembered.clear()


def test_a_code_tells_whose_it_is_and_is_used_up_by_signing_in(world):
    code, installation = code_for(world), str(uuid4())
    assert code.encode() not in bytes(Enrolment.objects.get().code_key)
    for typed in (code, enrolments.spaced(code).upper(), code):
        told = post("enrolment", {"code": typed})
        assert (told.status_code, told.json()) == (
            200, {"username": "worker", "name": world.worker.name, "place": "澜榕街道"},
        )  # fmt: skip
    signed = login(installation=installation, enrolment=code)
    assert signed.status_code == 201
    device = Device.objects.get(pk=signed.json()["device"])
    row = Enrolment.objects.get()
    assert device.enrolled_at is not None
    assert (row.device, row.used_at) == (device, device.enrolled_at)
    for refused in (post("enrolment", {"code": code}), login(installation=str(uuid4()), enrolment=code)):
        assert (refused.status_code, refused.json()["code"]) == (422, "enrolment_unknown")


def test_old_replaced_foreign_and_wrong_codes_are_refused_alike(world):
    old = code_for(world, ago=timedelta(hours=24, seconds=1))
    first, second = code_for(world), code_for(world)
    assert post("enrolment", {"code": second}).status_code == 200
    answers = [post("enrolment", {"code": code}).json() for code in (old, first, "abcdefghjkmn")]
    answers.append(login("leader", installation=str(uuid4()), enrolment=second).json())
    assert {json.dumps(answer) for answer in answers} == {json.dumps(answers[0])}
    assert answers[0]["code"] == "enrolment_unknown"
    assert post("enrolment", {"code": second}).status_code == 200


def test_guessing_codes_is_slow_and_the_right_one_costs_nothing(world):
    code = code_for(world)
    for _ in range(40):
        assert post("enrolment", {"code": code}).status_code == 200
    answers = [post("enrolment", {"code": f"wrong{n}"}) for n in range(enrolments.MOST_FOR_ADDRESS + 1)]
    assert {answer.status_code for answer in answers[:-1]} == {422}
    assert (answers[-1].status_code, answers[-1].json()["code"]) == (429, "too_many_requests")
    assert answers[-1]["Retry-After"]
    assert login(installation=str(uuid4()), enrolment=code).status_code == 429


def test_a_code_needs_an_installation(world):
    refused = login(enrolment=code_for(world))
    assert (refused.status_code, refused.json()["code"]) == (422, "enrolment_installation_missing")


def test_where_only_enrolled_phones_may_sign_in(world, settings):
    installation = str(uuid4())
    assert login(installation=installation).status_code == 201
    settings.PHONES_ENROLLED = True
    for body in ({}, {"installation": installation}, {"installation": str(uuid4())}):
        refused = login(**body)
        assert (refused.status_code, refused.json()["code"]) == (403, "device_not_enrolled")
    assert login("worker", installation=installation, enrolment=code_for(world)).status_code == 201
    again = login(installation=installation)
    assert again.status_code == 201
    header = f"Bearer {again.json()['token']}"
    assert post("logout", {}, authorization=header).status_code == 204
    assert login(installation=installation).status_code == 201
    assert login("leader", installation=installation).json()["code"] == "device_not_enrolled"
    take_away(world, again.json()["device"], wipe=False)
    assert login(installation=installation).json()["code"] == "device_not_enrolled"


def test_a_wrong_password_uses_no_code_up(world):
    code = code_for(world)
    wrong = post(
        "login", {"username": "worker", "password": "x", "installation": str(uuid4()), "enrolment": code}
    )
    assert wrong.json()["code"] == "credentials_wrong"
    assert post("enrolment", {"code": code}).status_code == 200


def test_only_an_administrator_of_the_place_makes_codes_and_not_for_shut_accounts(world):
    for name in ("leader", "worker"):
        with pytest.raises(DomainError) as refused:
            enrolments.enrolment_make(
                by=load_scope(world.people[name].pk), user_id=world.worker.pk, at=timezone.now()
            )
        assert refused.value.code == "organisation_not_permitted"
    with pytest.raises(DomainError) as refused:
        code_for(world, "neighbour")
    assert refused.value.code == "organisation_not_permitted"
    User.objects.filter(pk=world.worker.pk).update(is_active=False)
    with pytest.raises(DomainError) as refused:
        code_for(world)
    assert refused.value.code == "person_shut"


def test_a_revoked_phone_is_told_to_wipe_and_says_what_was_lost(world, phone, monkeypatch):
    assert phone.get("me").status_code == 200
    scope = load_scope(world.people["administrator"].pk)
    people.device_end(by=scope, device_id=phone.device.pk, at=timezone.now(), wipe=True)
    later = tokens.time.monotonic() + tokens.REMEMBER_S + 0.001
    monkeypatch.setattr(tokens.time, "monotonic", lambda: later)
    refused = phone.get("me")
    assert (refused.status_code, refused.json()["code"]) == (401, "token_revoked")
    assert refused.json()["data"] == {"wipe": True}
    header = {"authorization": phone.headers["authorization"]}
    assert post("device/wiped", {"waiting": 12}, **header).status_code == 204
    assert post("device/wiped", {"waiting": 0}, **header).status_code == 204
    row = Device.objects.get(pk=phone.device.pk)
    assert (row.wiped_waiting, row.waiting) == (12, 0)
    assert row.wiped_at >= row.wipe_asked_at
    assert phone.report({}).json()["data"] == {"wipe": True}


def test_only_a_token_that_was_told_to_wipe_confirms_it(world, phone):
    header = {"authorization": phone.headers["authorization"]}
    working = post("device/wiped", {"waiting": 1}, **header)
    assert (working.status_code, working.json()["code"]) == (409, "wipe_not_asked")
    take_away(world, phone.device.pk, wipe=False)
    revoked = post("device/wiped", {"waiting": 1}, **header)
    assert (revoked.json()["code"], revoked.json()["data"]) == ("token_revoked", {})
    assert post("device/wiped", {"waiting": 1}).json()["code"] == "token_missing"
    assert post("device/wiped", {"waiting": 1}, authorization="Bearer 0").json()["code"] == "token_unknown"
    take_away(world, phone.device.pk, wipe=True)
    assert post("device/wiped", {"waiting": -1}, **header).status_code == 422
    assert Device.objects.get(pk=phone.device.pk).wiped_at is None


def test_a_phone_that_was_found_and_signed_in_again_is_not_wiped(world):
    installation = str(uuid4())
    first = login(installation=installation).json()
    take_away(world, first["device"], wipe=True)
    second = login(installation=installation).json()
    old, new = ({"authorization": f"Bearer {one['token']}"} for one in (first, second))
    assert Client().get("/api/v1/me", headers=new).status_code == 200
    assert Client().get("/api/v1/me", headers=old).json()["data"] == {}
    assert post("device/wiped", {"waiting": 1}, **old).json()["code"] == "wipe_not_asked"


def test_an_older_token_of_a_phone_to_wipe_is_told_too(world):
    installation = str(uuid4())
    first, second = login(installation=installation).json(), login(installation=installation).json()
    take_away(world, second["device"], wipe=True)
    header = {"authorization": f"Bearer {first['token']}"}
    assert Client().get("/api/v1/me", headers=header).json()["data"] == {"wipe": True}
    assert post("device/wiped", {"waiting": 3}, **header).status_code == 204


def test_shutting_an_account_ends_its_enrolment(world):
    installation = str(uuid4())
    device_id = login(installation=installation, enrolment=code_for(world)).json()["device"]
    people.person_activate(
        by=load_scope(world.people["administrator"].pk),
        user_id=world.worker.pk,
        active=False,
        at=timezone.now(),
    )
    row = Device.objects.get(pk=device_id)
    assert (row.enrolled_at, row.revoked_at is None) == (None, False)


def test_a_code_is_used_once_whoever_is_first(world):
    row = enrolments.look_up(code=code_for(world), address="", at=timezone.now())
    common = {"user": world.worker, "name": "", "platform": "", "at": timezone.now(), "enrolment": row}
    devices.device_register(**common, installation=uuid4())
    with pytest.raises(DomainError) as refused:
        devices.device_register(**common, installation=uuid4())
    assert refused.value.code == "enrolment_unknown"
    assert Device.objects.filter(user=world.worker).count() == 1
