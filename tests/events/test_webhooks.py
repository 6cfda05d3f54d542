"""Webhooks: signed, in order, at least once under the same event id; no address reaches our own network."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from geodata.errors import DomainError
from gridmgmt.events import deliveries, jobs, outbound, outbox, webhooks
from gridmgmt.events.models import Delivery, OutboxEvent, Subscription
from gridmgmt.events.relay import Relay

STREET = "009901001"


class Receiver(HTTPServer):
    """Another system: keeps what it is told, answers as the test wishes."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        self.location = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook"


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((dict(self.headers), body))
        self.send_response(self.server.answers.pop(0) if self.server.answers else 204)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.end_headers()

    def log_message(self, *_args: Any) -> None:
        """Quiet."""


@pytest.fixture
def receiver(settings) -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings.OUTBOUND_ALLOWED_HOSTS = [f"127.0.0.1:{server.server_port}"]
    settings.EVENT_JOBS = {}
    yield server
    server.shutdown()
    server.server_close()


def subscribe(receiver: Receiver, prefix: str = STREET) -> webhooks.NewSecret:
    return webhooks.subscribe(
        name="城管", url=receiver.url, topics=["case.stepped"], code_prefix=prefix, prefixes=[""]
    )


def tell(*numbers: int, cell_code: str = f"{STREET}001001", topic: str = "case.stepped") -> None:
    with transaction.atomic():
        for number in numbers:
            outbox.append(topic=topic, cell_code=cell_code, payload={"n": number})


def due() -> None:
    Delivery.objects.update(next_at=timezone.now() - timedelta(seconds=1))


def numbers(receiver: Receiver) -> list[int]:
    return [json.loads(body)["payload"]["n"] for _, body in receiver.heard]


@pytest.mark.django_db
def test_a_subscriber_hears_its_topics_of_its_area_signed(fresh_redis, receiver: Receiver) -> None:
    secret = subscribe(receiver).secret
    tell(1)
    tell(2, cell_code="009901002001001")
    tell(3, topic="case.reported")
    Relay(fresh_redis).drain()
    jobs.work_off("webhooks")
    assert numbers(receiver) == [1]
    headers, body = receiver.heard[0]
    now = time.time()
    stamp, signed = headers["X-Grid-Timestamp"], headers["X-Grid-Signature"]
    assert webhooks.verify(secret, stamp, body, signed, now=now)
    assert not webhooks.verify(secret, stamp, body + b" ", signed, now=now)
    assert not webhooks.verify("other", stamp, body, signed, now=now)
    assert not webhooks.verify(secret, stamp, body, signed, now=now + 301), "too old: somebody plays it again"
    assert (
        headers["X-Grid-Event"] == json.loads(body)["event_id"] == str(OutboxEvent.objects.first().event_id)
    )
    assert Delivery.objects.get().result["status"] == 204


@pytest.mark.django_db
def test_order_is_kept_while_a_try_fails_and_a_parked_event_stops_nobody(fresh_redis, receiver) -> None:
    subscribe(receiver)
    tell(1, 2, 3)
    Relay(fresh_redis).drain()
    receiver.answers = [500] * 5
    for _ in range(4):
        jobs.work_off("webhooks")
        due()
    assert numbers(receiver) == [1] * 4, "the others wait for the first"
    assert len({headers["X-Grid-Event"] for headers, _ in receiver.heard}) == 1
    jobs.work_off("webhooks")
    assert Delivery.objects.filter(parked_at__isnull=False).get().error == "http_500"
    assert numbers(receiver) == [1, 1, 1, 1, 1, 2, 3]


@pytest.mark.django_db
def test_a_failing_subscriber_delays_no_other(fresh_redis, receiver: Receiver) -> None:
    subscribe(receiver)
    webhooks.subscribe(
        name="停用", url=f"http://127.0.0.1:{receiver.server_port}/other", topics=["case.stepped"],
        code_prefix="", prefixes=[""],
    )  # fmt: skip
    tell(1, 2)
    Relay(fresh_redis).drain()
    receiver.answers = [500]
    jobs.work_off("webhooks")
    assert Delivery.objects.filter(done_at__isnull=False).count() == 2


@pytest.mark.django_db
def test_a_redirect_is_a_failed_try_and_is_not_followed(fresh_redis, receiver: Receiver) -> None:
    subscribe(receiver)
    tell(1)
    Relay(fresh_redis).drain()
    receiver.answers, receiver.location = [302], receiver.url + "/inside"
    jobs.work_off("webhooks")
    assert len(receiver.heard) == 1
    assert Delivery.objects.get().error == "http_302"


@pytest.mark.django_db
def test_the_test_button_tells_one_subscription_alone(fresh_redis, receiver: Receiver) -> None:
    row = subscribe(receiver).subscription
    subscribe(receiver)
    webhooks.send_test(subscription_id=row.pk, prefixes=[""])
    Relay(fresh_redis).drain()
    jobs.work_off("webhooks")
    assert [headers["X-Grid-Topic"] for headers, _ in receiver.heard] == ["webhook.test"]
    assert [one.event.topic for one in webhooks.log_of(row)] == ["webhook.test"]


@pytest.mark.django_db
def test_a_secret_is_kept_sealed_and_a_new_one_ends_the_old(receiver: Receiver) -> None:
    made = subscribe(receiver)
    assert made.secret.encode() not in bytes(made.subscription.secret_sealed)
    renewed = webhooks.renew_secret(subscription_id=made.subscription.pk, prefixes=[STREET])
    assert webhooks.secret_of(Subscription.objects.get()) == renewed.secret != made.secret


@pytest.mark.django_db
def test_nobody_shares_or_changes_another_area(receiver: Receiver) -> None:
    made = subscribe(receiver)
    with pytest.raises(DomainError, match="webhook_unknown"):
        webhooks.renew_secret(subscription_id=made.subscription.pk, prefixes=["009901002"])
    with pytest.raises(DomainError, match="webhook_outside_scope"):
        webhooks.subscribe(
            name="x", url=receiver.url, topics=["case.stepped"], code_prefix="", prefixes=[STREET]
        )
    assert webhooks.subscriptions(["009901002"]) == []


BAD = [
    "http://example.org/",
    "ftp://example.org/",
    "https://user:pass@example.org/",
    "https://user@example.org/",
    "https://exa mple.org/",
    "https://example.org\\@127.0.0.1/",
    "https://example.org/#x",
    "https:///x",
    "//example.org/",
    "https://example.org:99999/",
    "https://éxample.org/",
    "https://[::1/",
    "javascript:alert(1)",
    "file:///etc/passwd",
    "",
]
INSIDE = [
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0177.0.0.1/",
    "https://localhost/",
    "https://localhost./",
    "https://0.0.0.0/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://192.168.1.1/",
    "https://100.64.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "https://[::1]/",
    "https://[::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[fe80::1]/",
    "https://[fc00::1]/",
    "https://[fd12:3456::1]/",
    "https://[ff02::1]/",
]


@pytest.mark.parametrize("url", BAD)
def test_a_strange_address_is_refused_when_it_is_typed(url: str) -> None:
    with pytest.raises(outbound.Refused, match="url_"):
        outbound.target_of(url)


@pytest.mark.parametrize("url", INSIDE)
def test_an_address_of_our_own_network_is_never_called(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def called(*_args: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr("socket.socket.connect", called)
    with pytest.raises(outbound.Refused, match=r"address_not_public|name_unknown"):
        outbound.post(url, b"", {})


def test_a_name_with_one_address_inside_is_refused_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    both = [(2, 1, 6, "", ("93.184.216.34", 443)), (2, 1, 6, "", ("10.0.0.7", 443))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_a, **_k: both)
    with pytest.raises(outbound.Refused, match="address_not_public"):
        outbound.resolve(outbound.target_of("https://example.org/"))


def test_the_allow_list_names_host_and_port(settings, receiver: Receiver) -> None:
    assert outbound.post(receiver.url, b"{}", {}).status == 204
    settings.OUTBOUND_ALLOWED_HOSTS = ["127.0.0.1:1"]
    with pytest.raises(outbound.Refused, match="url_not_https"):
        outbound.post(receiver.url, b"{}", {})


def test_somebody_who_never_answers_is_left_after_the_limit(settings, monkeypatch) -> None:
    import socket

    monkeypatch.setattr(outbound, "TIMEOUT_S", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        settings.OUTBOUND_ALLOWED_HOSTS = ["127.0.0.1"]
        began = time.monotonic()
        with pytest.raises(outbound.Refused, match="timeout"):
            outbound.post(f"http://127.0.0.1:{port}/", b"", {})
        assert time.monotonic() - began < 2


@pytest.mark.django_db
def test_a_switched_off_subscription_is_skipped(fresh_redis, receiver: Receiver) -> None:
    subscribe(receiver)
    tell(1)
    Relay(fresh_redis).drain()
    Subscription.objects.update(active=False)
    jobs.work_off("webhooks")
    assert receiver.heard == []
    assert Delivery.objects.get().result == {"skipped": "inactive"}
    assert deliveries.waiting_queues() == []
