"""Every failure has one shape, also those the framework makes, in the language asked for."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.db import OperationalError
from django.test import Client

from mobile_api import queries
from tests.mobile_api.conftest import Phone, body


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("get", "/api/v1/nowhere", 404, "not_found"),
        ("get", "/api/", 404, "not_found"),
        ("get", "/api/v1/reports/not-a-uuid", 404, "not_found"),
        ("put", "/api/v1/reports/", 404, "not_found"),
        ("delete", "/api/v1/reports", 405, "method_not_allowed"),
        ("post", "/api/v1/me", 405, "method_not_allowed"),
        ("patch", "/api/v1/reports/0190a8f0-0000-7000-8000-000000000000", 405, "method_not_allowed"),
    ],
)
def test_framework_failures_have_our_shape(phone, method, path, status, code):
    answer = getattr(phone.client, method)(path, headers=phone.headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert set(answer.json()) == {"code", "message", "data"}
    if status == 405:
        assert answer["Allow"]


def test_wrong_address_with_a_cookie_is_404_not_a_form_error(world):
    careful = Client(enforce_csrf_checks=True)
    careful.cookies["csrftoken"] = "x" * 32
    answer = careful.put("/api/v1/reports/0", b"{}", content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_empty_uuid_is_nobodys_report(world, phone):
    answer = phone.report(body(world), UUID(int=0))
    assert (answer.status_code, answer.json()["code"]) == (422, "uuid_empty")


def test_lost_database_is_503_and_asks_to_come_back(phone, monkeypatch):
    def away(*_args, **_named):
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(queries, "catalogue", away)
    answer = phone.get("catalogue")
    assert (answer.status_code, answer.json()["code"]) == (503, "temporarily_unavailable")
    assert int(answer["Retry-After"]) > 0
    assert "closed" not in answer.content.decode()


def test_lost_database_on_the_hot_path_is_503_too(world, phone, monkeypatch):
    def away(**_named):
        raise OperationalError("server closed the connection")

    monkeypatch.setattr("gridmgmt.cases.intake.submit_report", away)
    assert phone.report(body(world)).status_code == 503


def test_unforeseen_fault_is_a_500_that_tells_nothing(world, monkeypatch):
    def broken(**_named):
        raise RuntimeError("secret detail")

    monkeypatch.setattr("gridmgmt.cases.intake.submit_report", broken)
    answer = Phone(world, "worker", raise_request_exception=False).report(body(world))
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "secret" not in answer.content.decode()


def test_message_follows_the_language_code_does_not(world):
    said = {
        language: Client().get("/api/v1/me", headers={"accept-language": language}).json()
        for language in ("en", "zh-CN", "xx")
    }
    assert {answer["code"] for answer in said.values()} == {"token_missing"}
    assert said["en"]["message"] == "Sign in first."


def test_answers_are_not_cached_anywhere(phone):
    assert phone.get("me")["Cache-Control"] == "no-store"
