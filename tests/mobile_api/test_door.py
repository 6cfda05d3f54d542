"""The short way for reports answers like the long one and takes nothing else."""

from __future__ import annotations

import pytest
from django.test import RequestFactory

from mobile_api.door import report_of

KNOWN = "0199c0de-0000-7000-8000-000000000001"


@pytest.mark.parametrize(
    ("method", "path", "taken"),
    [
        ("put", f"/api/v1/reports/{KNOWN}", True),
        ("put", f"/api/v1/reports/{KNOWN.upper()}", True),
        ("get", f"/api/v1/reports/{KNOWN}", False),
        ("put", f"/api/v1/photos/{KNOWN}", False),
        ("put", f"/api/v1/reports/{KNOWN}/", False),
        ("put", "/api/v1/reports/" + "x" * 36, False),
    ],
)
def test_only_a_put_of_a_report_is_taken(method, path, taken):
    request = getattr(RequestFactory(), method)(path)
    assert (report_of(request) is not None) is taken


def test_answers_carry_the_headers_of_every_answer(client):
    answer = client.put(f"/api/v1/reports/{KNOWN}", b"{}", content_type="application/json")
    assert answer.status_code == 401
    assert answer.json()["code"] == "token_missing"
    for name in ("X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy", "Cache-Control"):
        assert answer[name]


def test_a_refused_body_is_read_to_its_end_so_that_the_phone_hears_why(client, monkeypatch):
    read = []
    monkeypatch.setattr("mobile_api.door.drain", read.append)
    client.put(f"/api/v1/reports/{KNOWN}", b"{}", content_type="application/json")
    assert len(read) == 1
