"""Background positions by the OsmAnd protocol: every documented form, on duty alone, by a token that opens nothing else."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from gridmgmt.logs import JsonFormatter
from gridmgmt.organisation import position_tokens, shifts, tries
from gridmgmt.organisation.actions import revoke_device
from gridmgmt.organisation.models import Device, LastPosition, PositionToken, User
from mobile_api.osmand import clock
from tests.mobile_api.conftest import Phone
from tests.world import World

DOOR = "/api/osmand"


@pytest.fixture
def token(phone: Phone) -> str:
    answer = phone.client.post("/api/v1/device/position-token", headers=phone.headers)
    assert answer.status_code == 201
    return answer.json()["token"]


@pytest.fixture
def on_duty(world: World) -> User:
    shifts.start_shift(user=world.worker, at=timezone.now())
    return world.worker


def get(token: str, **given: Any) -> Any:
    return Client().get(DOOR, {"id": token, **given})


def traccar(
    token: str, lat: float, lon: float, when: datetime | None = None, **coords: Any
) -> dict[str, Any]:
    when = when or timezone.now()
    return {
        "location": {
            "timestamp": when.isoformat().replace("+00:00", "Z"),
            "coords": {
                "latitude": lat, "longitude": lon, "accuracy": 12.5, "speed": -1, "heading": -1, "altitude": 31.2,
                **coords,
            },
            "is_moving": True,
            "odometer": 120.4,
            "event": "motionchange",
            "battery": {"level": 0.83, "is_charging": False},
            "activity": {"type": "walking"},
            "extras": {},
        },
        "device_id": token,
    }  # fmt: skip


def post_json(body: Any) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Client().post(DOOR, raw, content_type="application/json")


def last() -> LastPosition:
    return LastPosition.objects.get()


def test_query_form_and_location_pair_are_the_same_position(world, token, on_duty):
    x, y = world.point("B")
    pairs = ({"lat": y, "lon": x}, {"location": f"{y},{x}"})
    for pair in pairs:
        for send in (Client().get, Client().post):
            LastPosition.objects.all().delete()
            answer = send(DOOR, {"id": token, "accuracy": 9, **pair})
            assert (answer.status_code, answer.json()) == (200, {"kept": 1})
            row = last()
            assert (row.geom.x, row.geom.y) == pytest.approx((x, y))
            assert (row.datum, row.source_x, row.source_y, row.accuracy_m) == ("wgs84", x, y, 9)
    form = f"deviceid={token}&lat={y}&lon={x}"
    answer = Client().post(DOOR, form, content_type="application/x-www-form-urlencoded")
    assert answer.json() == {"kept": 1}
    assert Client().post(f"{DOOR}?{form}").json() == {"kept": 1}


def test_every_documented_parameter_is_read(token, on_duty):
    given = {
        "lat": 20.5, "lon": 114.0, "timestamp": int(timezone.now().timestamp()), "speed": 2.5, "bearing": 270,
        "heading": 270.5, "altitude": -3.5, "accuracy": 0, "hdop": 0.8, "batt": 75.5, "valid": "true", "charge": "true",
        "driverUniqueId": "7", "cell": "460,0,4301,20986,-70", "wifi": "00-14-22-01-23-45,-80", "anything": "else",
    }  # fmt: skip
    assert get(token, **given).json() == {"kept": 1}
    assert last().accuracy_m is None  # 0 is how trackers say that they do not know


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1609459200", 0), ("1609459200000", 0), ("1609459200500", 0.5), ("2021-01-01T00:00:00Z", 0),
        ("2021-01-01T00:00:00.000Z", 0), ("2021-01-01T08:00:00+08:00", 0), ("2021-01-01T08:00:00 08:00", 0),
        ("2020-12-31T19:00:00-05:00", 0), ("2021-01-01 00:00:00", 0),
    ],
)  # fmt: skip
def test_every_form_of_a_time(text, seconds):
    assert clock(text) == datetime(2021, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)


def test_traccar_client_sends_json(world, token, on_duty):
    x, y = world.point("c")
    assert post_json(traccar(token, y, x)).json() == {"kept": 1}
    row = last()
    assert (row.geom.x, row.geom.y) == pytest.approx((x, y))
    assert row.accuracy_m == 12.5


def test_kept_fixes_come_together_and_the_newest_stands(token, on_duty):
    now = timezone.now()
    several = traccar(token, 20.5, 114.0)
    several["location"] = [
        traccar(token, 20.5 + n / 1000, 114.0, now - timedelta(minutes=m))["location"]
        for n, m in ((1, 1), (2, 3), (3, 2))
    ]
    assert post_json(several).json() == {"kept": 3}
    assert last().geom.y == pytest.approx(20.501)


def test_repeated_and_late_fixes_never_replace_a_newer_one(token, on_duty):
    now = timezone.now()
    assert get(token, lat=20.5, lon=114, timestamp=int(now.timestamp())).status_code == 200
    for minutes in (0, 5, 59, 90):
        stamp = int((now - timedelta(minutes=minutes)).timestamp())
        lat = 20.5 if not minutes else 20.6
        assert get(token, lat=lat, lon=114, timestamp=stamp).status_code == 200
        assert last().geom.y == pytest.approx(20.5)


def test_a_clock_that_is_ahead_does_not_keep_later_fixes_out(token, on_duty):
    ahead = int((timezone.now() + timedelta(days=3)).timestamp())
    assert get(token, lat=20.5, lon=114, timestamp=ahead).status_code == 200
    assert get(token, lat=20.6, lon=114).status_code == 200
    assert last().geom.y == pytest.approx(20.6)


def test_off_duty_nothing_is_kept_and_the_tracker_is_content(world, token):
    assert (get(token, lat=20.5, lon=114).status_code, get(token, lat=20.5, lon=114).json()) == (
        200,
        {"kept": 0},
    )
    assert post_json(traccar(token, 20.5, 114)).json() == {"kept": 0}
    assert not LastPosition.objects.exists()
    shifts.start_shift(user=world.worker, at=timezone.now())
    assert get(token, lat=20.5, lon=114).json() == {"kept": 1}
    shifts.close_shift(user=world.worker, at=timezone.now())
    assert not LastPosition.objects.exists()
    assert get(token, lat=20.5, lon=114).json() == {"kept": 0}
    assert not LastPosition.objects.exists()


def test_another_persons_shift_is_not_mine(world, token):
    shifts.start_shift(user=world.other_worker, at=timezone.now())
    assert get(token, lat=20.5, lon=114).json() == {"kept": 0}
    assert not LastPosition.objects.exists()


@pytest.mark.parametrize("given", [{"valid": "false"}, {"valid": "0"}, {"cell": "460,0,4301,20986"}])
def test_no_fix_is_no_position(token, on_duty, given):
    place = {} if "cell" in given else {"lat": 20.5, "lon": 114}
    assert get(token, **place, **given).json() == {"kept": 0}
    assert not LastPosition.objects.exists()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"lat": "91", "lon": "114"}, "lat"), ({"lat": "20", "lon": "181"}, "lon"), ({"lat": "20"}, "lon"),
        ({"lat": "nan", "lon": "114"}, "lat"), ({"lat": "inf", "lon": "114"}, "lat"), ({}, "lat"),
        ({"lat": "२०", "lon": "114"}, "lat"), ({"location": "20.5"}, "location"), ({"location": "20.5,x"}, "lon"),
        ({"lat": "1_0", "lon": "114"}, "lat"),
        ({"lat": "20", "lon": "114", "timestamp": "yesterday"}, "timestamp"),
        ({"lat": "20", "lon": "114", "timestamp": "9" * 16}, "timestamp"),
        ({"lat": "20", "lon": "114", "timestamp": "2021-13-01T00:00:00Z"}, "timestamp"),
        ({"lat": "20", "lon": "114", "accuracy": "-5"}, "accuracy"), ({"lat": "20", "lon": "114", "speed": "fast"}, "speed"),
        ({"lat": "20", "lon": "114", "bearing": "400"}, "bearing"), ({"lat": "20", "lon": "114", "batt": "101"}, "batt"),
        ({"lat": "20", "lon": "114", "valid": "perhaps"}, "valid"), ({"lat": "20", "lon": "114\x00"}, "lon"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_name(token, on_duty, given, field):
    answer = get(token, **given)
    assert (answer.status_code, answer.json()["code"], answer.json()["data"]) == (
        400, "position_invalid", {"field": field},
    )  # fmt: skip
    assert not LastPosition.objects.exists()


def test_bad_json_is_refused_by_name(token, on_duty):
    assert post_json(b"{").json()["code"] == "body_not_json"
    assert post_json([]).json()["code"] == "position_invalid"
    for change, field in (
        ({"latitude": 91}, "latitude"),
        ({"longitude": "x"}, "longitude"),
        ({"accuracy": -7}, "accuracy"),
    ):
        answer = post_json(traccar(token, 20.5, 114, **change))
        assert (answer.status_code, answer.json()["data"]) == (400, {"field": field})
    wrong = traccar(token, 20.5, 114)
    wrong["location"]["timestamp"] = "noon"
    assert post_json(wrong).json()["data"] == {"field": "timestamp"}
    many = traccar(token, 20.5, 114)
    many["location"] = [many["location"]] * 101
    assert post_json(many).status_code == 400
    assert post_json(b" " * 70_000).status_code == 413
    assert not LastPosition.objects.exists()


def test_only_the_position_token_opens_the_door(world, phone, token, on_duty):
    place = {"lat": 20.5, "lon": 114}
    for wrong in ("", "x", "x" * 4000, phone.token, str(phone.device.pk), world.worker.username):
        answer = get(wrong, **place)
        assert (answer.status_code, answer.json()["code"]) == (401, "position_token_unknown")
    browser = Client()
    browser.force_login(world.worker)
    assert browser.get(DOOR, place).status_code == 401
    assert Client().get(DOOR, place, headers=phone.headers).status_code == 401
    assert Client().get("/api/v1/me", headers={"authorization": f"Bearer {token}"}).status_code == 401


def test_a_browser_without_its_cookies_csrf_proof_changes_nothing_here(token, on_duty):
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(DOOR, {"id": token, "lat": 20.5, "lon": 114}).json() == {"kept": 1}


def test_a_new_token_ends_the_old_one_and_taking_back_ends_both(phone, token, on_duty):
    place = {"lat": 20.5, "lon": 114}
    fresh = phone.client.post("/api/v1/device/position-token", headers=phone.headers).json()["token"]
    assert (get(token, **place).status_code, get(fresh, **place).status_code) == (401, 200)
    assert phone.client.delete("/api/v1/device/position-token", headers=phone.headers).status_code == 204
    assert get(fresh, **place).status_code == 401
    assert phone.get("me").status_code == 200  # the phone itself stays signed in


def test_token_dies_with_device_and_account(world, phone, token, on_duty):
    User.objects.filter(pk=world.worker.pk).update(is_active=False)
    assert get(token, lat=20.5, lon=114).status_code == 401
    User.objects.filter(pk=world.worker.pk).update(is_active=True)
    assert get(token, lat=20.5, lon=114).status_code == 200
    revoke_device(device_id=phone.device.pk, at=timezone.now())
    assert get(token, lat=20.5, lon=114).status_code == 401
    Device.objects.filter(pk=phone.device.pk).update(
        revoked_at=None
    )  # signed in again from the same installation
    assert get(token, lat=20.5, lon=114).status_code == 401


def test_token_is_kept_as_a_hash_and_used_is_noted(token, on_duty):
    row = PositionToken.objects.get()
    assert token not in repr(bytes(row.digest))
    assert bytes(row.digest) == position_tokens.digest(token)
    get(token, lat=20.5, lon=114)
    row.refresh_from_db()
    assert row.used_at is not None


def test_what_a_tracker_is_told(phone, settings):
    settings.PUBLIC_ORIGIN = "https://grid.example"
    made = phone.client.post("/api/v1/device/position-token", headers=phone.headers).json()
    parts = urlsplit(made["url"])
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == "https://grid.example/api/osmand"
    assert parse_qs(parts.query)["id"] == [made["token"]]


def test_a_device_that_sends_without_end_is_slowed(token, on_duty, monkeypatch):
    monkeypatch.setattr(position_tokens, "MOST_FOR_DEVICE", 3)
    statuses = [get(token, lat=20.5, lon=114).status_code for _turn in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    answer = get(token, lat=20.5, lon=114)
    assert answer.json()["code"] == "too_many_requests"
    assert 1 <= answer.json()["data"]["retry_after_s"] <= 300
    assert int(answer["Retry-After"]) >= answer.json()["data"]["retry_after_s"]


def test_tokens_that_are_not_known_are_soon_not_looked_up(token, on_duty, monkeypatch):
    monkeypatch.setattr(position_tokens, "MOST_UNKNOWN_FOR_ADDRESS", 3)
    assert [get(f"guess{n}").status_code for n in range(2)] == [400, 400]  # read first, nobody is asked for
    statuses = [get(f"guess{n}", lat=20.5, lon=114).status_code for n in range(5)]
    assert statuses == [401, 401, 401, 429, 429]
    tries.forget(timezone.now() + timedelta(hours=1))
    assert get(token, lat=20.5, lon=114).status_code == 200


class Kept(logging.Handler):
    """Every line as it would be written."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(JsonFormatter().format(record))


def test_the_token_is_in_no_log_line_whatever_happens(token, on_duty, monkeypatch):
    kept, root = Kept(), logging.getLogger()
    before = root.level
    root.addHandler(kept)
    root.setLevel(logging.INFO)
    try:
        door = Client(raise_request_exception=False)
        statuses = [
            door.get(DOOR, {"id": token, "lat": 20.5, "lon": 114}).status_code,
            door.get(DOOR, {"id": token, "lat": "x", "lon": 114}).status_code,
            door.put(f"{DOOR}?id={token}").status_code,
        ]

        def broken(**_values: Any) -> None:
            raise RuntimeError("broken")

        monkeypatch.setattr(shifts, "record_position", broken)
        statuses.append(door.get(DOOR, {"id": token, "lat": 20.5, "lon": 114}).status_code)
        body = traccar(token, 20.5, 114)
        statuses.append(door.post(DOOR, body, content_type="application/json").status_code)
    finally:
        root.removeHandler(kept)
        root.setLevel(before)
    assert statuses == [200, 400, 405, 500, 500]
    assert any("broken" in line for line in kept.lines)
    assert not any(token in line or "114" in line for line in kept.lines)
