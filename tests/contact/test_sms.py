"""Text messages: templates, segments, signatures against the gateways' own examples, once per event, nothing in logs."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from geodata.errors import DomainError
from geodata.ids import uuid7
from gridmgmt.contact import jobs, phones, sms, templates, texts
from gridmgmt.contact.models import Message, MessageTemplate, Phone, RateLink
from gridmgmt.contact.sms import aliyun, plain_http, tencent
from gridmgmt.events.deliveries import Undelivered
from gridmgmt.events.models import OutboxEvent
from gridmgmt.organisation.models import User
from gridmgmt.organisation.scope import Scope
from tests.cases.test_steps import open_case, step
from tests.contact.cases import closed_case
from tests.world import AT, World

NUMBER = "13800001234"
EVERYTHING = Scope(user_id=None, everything=True)


def template(**changes) -> MessageTemplate:
    values = {
        "key": "closed", "name": "办结", "action": "check_pass", "audience": "reporter", "provider_code": "",
        "body": "您反映的{number}已办结，请评价：{link}", "active": True,
    }  # fmt: skip
    return templates.write(scope=EVERYTHING, **{**values, **changes})


@pytest.mark.parametrize(
    ("length", "segments"), [(1, 1), (70, 1), (71, 2), (134, 2), (135, 3), (201, 3), (202, 4)]
)
def test_segments_as_operators_bill_them(length: int, segments: int) -> None:
    assert texts.segments("字" * length) == segments


def test_a_rare_character_counts_twice() -> None:
    assert texts.segments("𠮷" * 36) == 2


@pytest.mark.parametrize("body", ["{name}您好", "{number", "number}", "{}", "{number.x}", "{{number}}"])
def test_unknown_or_broken_variables_are_refused(body: str) -> None:
    with pytest.raises(DomainError, match="template_variable"):
        texts.check(body)


def test_empty_and_endless_texts_are_refused() -> None:
    for body, code in ((" ", "template_empty"), ("字" * 300, "template_too_long")):
        with pytest.raises(DomainError, match=code):
            texts.check(body)


def test_values_never_become_variables() -> None:
    assert texts.fill("{category}", {"category": "{link}", "link": "x"}) == "{link}"


@pytest.mark.parametrize("typed", ["138 0000 1234", "+86 138-0000-1234", "0086138 00001234", NUMBER])
def test_a_number_is_read_however_it_is_typed(typed: str) -> None:
    assert phones.read(typed) == NUMBER


@pytest.mark.parametrize("typed", ["", "12345678901", "1380000123", "138000012345", "abc", "02112345678"])
def test_what_is_no_mobile_number_is_refused_without_repeating_it(typed: str) -> None:
    with pytest.raises(DomainError, match="phone_invalid") as caught:
        phones.read(typed)
    assert typed == "" or typed not in str(caught.value)


@pytest.mark.django_db
def test_a_number_is_kept_once_sealed_and_masked() -> None:
    first, second = phones.kept(NUMBER), phones.kept(NUMBER)
    assert first == second
    assert first.number_masked == "138****1234"
    assert NUMBER.encode() not in bytes(first.number_sealed)
    assert phones.opened(first) == NUMBER


def test_aliyun_signature_of_its_documented_example() -> None:
    values = {
        "AccessKeyId": "testId", "Action": "SendSms", "Format": "XML", "OutId": "123",
        "PhoneNumbers": "15300000001", "RegionId": "cn-hangzhou", "SignName": "阿里云短信测试专用",
        "SignatureMethod": "HMAC-SHA1", "SignatureNonce": "45e25e9b-0a6f-4070-8c85-2956eda1b466",
        "SignatureVersion": "1.0", "TemplateCode": "SMS_71390007", "TemplateParam": '{"customer":"test"}',
        "Timestamp": "2017-07-12T02:42:19Z", "Version": "2017-05-25",
    }  # fmt: skip
    assert aliyun.signature("GET", values, "testSecret") == "zJDF+Lrzhj/ThnlvIToysFRq6t4="


def test_tencent_canonical_request_of_its_documented_example() -> None:
    body = rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}'
    headers = {"content-type": "application/json; charset=utf-8", "host": "cvm.tencentcloudapi.com"}
    # The document masks its key, so its last step cannot be computed; the digest before it can.
    digest = "5ffe6a04c0664d6b969fab9a13bdab201d63ee709638e2749d62a09ca18d7031"
    assert tencent.request_digest(headers, body) == digest
    told = tencent.authorization(
        key_id="AKID", key="secret", service="cvm", headers=headers, body=body,
        at=datetime.fromtimestamp(1551113065, UTC),
    )  # fmt: skip
    scope = "2019-02-25/cvm/tc3_request"
    key = b"TC3secret"
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signed = f"TC3-HMAC-SHA256\n1551113065\n{scope}\n{digest}"
    wanted = hmac.new(key, signed.encode(), hashlib.sha256).hexdigest()
    assert told == (
        f"TC3-HMAC-SHA256 Credential=AKID/{scope}, SignedHeaders=content-type;host, Signature={wanted}"
    )


def outgoing(**changes) -> sms.Outgoing:
    values = {
        "id": "m1",
        "number": NUMBER,
        "text": "已办结",
        "template": "SMS_1",
        "values": {"number": "YX-1"},
    }
    return sms.Outgoing(**{**values, **changes})


def test_a_message_never_prints_number_or_words() -> None:
    assert NUMBER not in repr(outgoing())
    assert "已办结" not in repr(outgoing())


def test_gateways_are_called_as_they_want(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[tuple[str, bytes, dict]] = []
    answers = {
        "aliyun": b'{"Code": "OK", "BizId": "b1"}',
        "tencent": b'{"Response": {"SendStatusSet": [{"Code": "Ok", "SerialNo": "s1"}]}}',
        "plain_http": b'{"id": "g1"}',
    }
    for module in (aliyun, tencent, plain_http):
        name = module.__name__.rpartition(".")[2]
        monkeypatch.setattr(
            module,
            "post",
            lambda url, body, headers, name=name: called.append((url, body, headers)) or answers[name],
        )
    assert sms.Aliyun(key_id="k", key_secret="s", sign_name="澜榕街道").send(outgoing()) == "b1"
    assert parse_qs(called[0][1].decode())["TemplateParam"] == ['{"number": "YX-1"}']
    assert sms.Tencent(key_id="k", key="s", app_id="1", sign_name="x").send(outgoing()) == "s1"
    assert json.loads(called[1][1])["PhoneNumberSet"] == [f"+86{NUMBER}"]
    body = '{"mobiles": ["$number"], "content": "【澜榕】$text", "sn": "$id"}'
    assert sms.PlainHttp(url="https://x/", body=body).send(outgoing(text='"}$id')) == "g1"
    assert json.loads(called[2][1]) == {"mobiles": [NUMBER], "content": '【澜榕】"}$id', "sn": "m1"}
    assert called[2][2]["Idempotency-Key"] == "m1"


def test_a_gateway_that_refuses_is_a_failed_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aliyun, "post", lambda *_: b'{"Code": "isv.BUSINESS_LIMIT_CONTROL"}')
    with pytest.raises(sms.Failed, match=r"aliyun_isv\.BUSINESS"):
        sms.Aliyun().send(outgoing())


@pytest.fixture
def waiting(world: World, settings, tmp_path) -> Message:
    settings.SMS = {"backend": "file", "path": str(tmp_path / "sms.jsonl")}
    template()
    case = closed_case(world)
    phones.note_reporter(case=case, typed=NUMBER, by=world.acceptor, at=AT)
    event = OutboxEvent.objects.filter(topic="case.stepped").latest("id")
    for _ in range(3):
        jobs.notify(str(event.event_id), event.payload)
    return Message.objects.get()


def send(message: Message, times: int = 1) -> None:
    for _ in range(times):
        jobs.send_message(str(uuid7()), {"message": str(message.pk)})


def test_an_event_makes_one_message_and_it_is_sent_once(waiting: Message, settings, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    send(waiting, 3)
    (line,) = Path(settings.SMS["path"]).read_text(encoding="utf-8").splitlines()
    told = json.loads(line)
    assert told["to"] == NUMBER
    assert "/r/" in told["text"]
    assert RateLink.objects.count() == 1
    assert Message.objects.get().state == "sent"
    assert NUMBER not in caplog.text + str(list(OutboxEvent.objects.values("payload")))


def test_whoever_opted_out_gets_nothing(waiting: Message, settings) -> None:
    phones.opt_out(phone=waiting.phone, at=AT)
    send(waiting)
    assert (Message.objects.get().state, Message.objects.get().error) == ("refused", "opted_out")


def test_a_number_gets_five_an_hour(waiting: Message, monkeypatch) -> None:
    for _ in range(jobs.PER_HOUR):
        waiting.pk, waiting.event_id, waiting.state, waiting.sent_at = (
            uuid7(),
            uuid7(),
            "sent",
            timezone.now(),
        )
        waiting.save(force_insert=True)
    last = Message.objects.get(state="waiting")
    send(last)
    last.refresh_from_db()
    assert (last.state, last.error) == ("refused", "rate_limited")


def test_a_failed_gateway_is_tried_again(waiting: Message, monkeypatch) -> None:
    class Broken:
        def __init__(self, **_options: str) -> None: ...

        def send(self, _message: sms.Outgoing) -> str:
            raise sms.Failed("timeout")

    monkeypatch.setitem(sms.BACKENDS, "file", Broken)
    with pytest.raises(Undelivered, match="timeout"):
        send(waiting)
    assert Message.objects.get().state == "waiting"


def test_receipts_of_three_gateways_settle_once(waiting: Message, settings, client: Client) -> None:
    send(waiting)
    settings.SMS_RECEIPT_TOKEN = "t" * 20
    address = reverse("map_ui:sms_receipts")

    def told(body, token="t" * 20):
        return client.post(
            address,
            json.dumps(body),
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}"},
        )

    key = Message.objects.get().provider_id
    assert told([], "x").status_code == 403
    assert told([{"biz_id": "unknown", "success": True}]).json()["settled"] == 0
    assert told([{"sid": key, "report_status": "SUCCESS"}]).json()["settled"] == 1
    assert told([{"id": key, "state": "failed"}]).json()["settled"] == 0, "the first one stands"
    assert Message.objects.get().state == "delivered"
    settings.SMS_RECEIPT_TOKEN = ""
    assert told([]).status_code == 403


def test_only_the_installations_administrator_writes_templates(world: World, client: Client) -> None:
    client.force_login(world.supervisor)
    assert client.get(reverse("map_ui:messages")).status_code == 403
    root = User.objects.create_superuser("root", None, name="root")
    client.force_login(root)
    values = {
        "key": "t1",
        "name": "督办",
        "action": "urge",
        "audience": "department",
        "body": "{number}被督办",
        "active": "1",
    }
    client.post(reverse("map_ui:message_template"), values)
    assert MessageTemplate.objects.get().body == "{number}被督办"
    assert client.post(reverse("map_ui:message_template"), {**values, "body": "{id_no}"}).status_code == 422
    assert "督办" in client.get(reverse("map_ui:messages")).content.decode()


def test_the_log_shows_masked_numbers_alone(waiting: Message, client: Client) -> None:
    client.force_login(User.objects.create_superuser("root", None, name="root"))
    page = client.get(reverse("map_ui:messages")).content.decode()
    assert "138****1234" in page
    assert NUMBER not in page
    client.post(reverse("map_ui:message_opt_out"), {"message": str(waiting.pk), "out": "1"})
    assert Phone.objects.get().opted_out_at is not None


def test_a_desk_notes_the_number_and_others_may_not(world: World) -> None:
    case = open_case(world)
    with pytest.raises(DomainError, match="receipt_not_permitted"):
        phones.note_reporter(case=case, typed=NUMBER, by=world.handler, at=AT)
    phones.note_reporter(case=case, typed=NUMBER, by=world.acceptor, at=AT)
    phones.note_reporter(case=case, typed="", by=world.acceptor, at=AT + timedelta(minutes=1))
    step(world, case, "acceptor", "accept")
    assert not hasattr(type(case).objects.get(pk=case.pk), "reporter_phone")
