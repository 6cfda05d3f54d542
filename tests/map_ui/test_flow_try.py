"""The simulator's page: rights, a walk in its address, switches, reasons, bad addresses; and that nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from gridmgmt.cases.models import Case
from gridmgmt.events.models import OutboxEvent
from gridmgmt.organisation.models import User
from tests.map_ui.flow_people import draft_of, store, text

Browser = Callable[[str], Client]
TRY = "/flows/street_case/3/try"
BASE = {"source": "own", "begun": "2026-11-20T10:00", "limit": "1", "unit": "work_day"}


def address(*walk: str, base: str = TRY, **more: str) -> str:
    return f"{base}?{urlencode({**BASE, **more} | {'walk': list(walk)}, doseq=True)}"


def taken(action: str, clock: str, day: str = "2026-11-20") -> str:
    return f"{action}~{day}T{clock}~~"


TO_HANDLING = [
    taken("accept", "10:10"),
    taken("register", "10:20"),
    taken("dispatch", "10:30"),
    taken("sign", "10:40"),
]


def parts(page: str) -> tuple[str, str]:
    """What is offered now, and what is not."""
    here = page.partition("当前可用")[2].partition("其他环节的步骤")[0]
    return here.partition("当前不可用")[0], here.partition("当前不可用")[2]


def test_readers_try_what_they_may_read(as_person: Browser, office: Client, editor: User) -> None:
    draft_of(editor)
    for name in ("leader", "dispatcher", "administrator"):
        text(as_person(name), TRY)
        text(as_person(name), "/flows/street_case/4/try", 404)
    for name in ("worker", "handler"):
        text(as_person(name), TRY, 403)
    text(office, "/flows/street_case/4/try")
    assert Client().get(TRY).status_code == 302
    assert office.post(TRY).status_code == 405


def test_a_step_that_is_taken_has_an_address_of_its_own(office: Client) -> None:
    answer = office.get(address(next="accept", at="2026-11-20T10:10"))
    assert answer.status_code == 302
    assert answer.headers["Location"] == address(taken("accept", "10:10"))
    page = text(office, answer.headers["Location"])
    assert "待立案" in page
    answer = office.get(address(*TO_HANDLING, next="request_delay", at="2026-11-20T11:00", days="2"))
    assert "request_delay~2026-11-20T11%3A00~2~".replace("~", "~") in answer.headers["Location"].replace(
        "%7E", "~"
    )


def test_offers_tell_who_what_and_the_deadline(office: Client) -> None:
    offered, blocked = parts(text(office, address(*TO_HANDLING[:2])))
    assert "派遣员" in offered
    assert "开始计时，截止 2026-11-23 " in offered
    handling, blocked = parts(text(office, address(*TO_HANDLING)))
    assert "申请延期" in handling
    assert "同意延期" in blocked
    assert "没有人提出该申请" in blocked


def test_switches_change_what_is_offered(office: Client) -> None:
    assert "申请延期" in parts(text(office, address(*TO_HANDLING)))[0]
    assert "申请延期" in parts(text(office, address(*TO_HANDLING, overdue="yes")))[1]
    assert "申请延期" in parts(text(office, address(*TO_HANDLING, at="2026-12-01T10:00")))[1]
    assert "回退" in parts(text(office, address(*TO_HANDLING[:3])))[0]
    offered, blocked = parts(text(office, address(*TO_HANDLING[:3], assigned="yes")))
    assert "撤回指派" in offered
    assert "回退" in blocked
    verify = [taken("accept", "10:10")]
    offered = parts(text(office, address(*verify, source="public")))[0]
    assert "核实超时" in offered
    assert "核实超时" in parts(text(office, address(*verify, source="public", mark_verify_overdue="yes")))[1]


def test_own_and_public_reports_are_told_apart(office: Client) -> None:
    own, public = text(office, address()), text(office, address(source="public"))
    assert "受理并交核实" not in parts(own)[0]
    assert "受理并交核实" in own.partition("其他环节的步骤")[2]
    assert "受理并交核实" in parts(public)[0]


def test_an_open_request_and_the_end_are_shown(office: Client) -> None:
    asked = [*TO_HANDLING, "request_delay~2026-11-20T11:00~2~"]
    page = text(office, address(*asked))
    assert "待批申请" in page
    assert "截止时间由 2026-11-23 " in parts(page)[0]
    done = [*TO_HANDLING, taken("feed_back", "12:00"), taken("check_pass", "12:30")]
    page = text(office, address(*done))
    assert "lamps.svg#done" in page
    assert "超期申诉" in parts(page)[1]


BAD: list[dict[str, Any]] = [
    {"begun": "never"}, {"begun": "1000-01-01T00:00"}, {"limit": "x"}, {"limit": "0"}, {"limit": "99999"}, {"unit": "moon"},
    {"walk": "accept"}, {"walk": "a~b~c~d"}, {"walk": "~2026-11-20T10:00~~"}, {"walk": "accept~2026-11-20T10:00~x~"},
    {"walk": "accept~2026-11-20T10:00~~never"}, {"walk": "sign~2026-11-20T10:00~~"}, {"walk": "accept~2020-11-20T10:00~~"},
    {"walk": "accept~2099-11-20T10:00~~"}, {"next": "sign"}, {"next": "<script>alert(1)</script>"}, {"at": "x"},
    {"next": "accept", "days": "x"},
    {"walk": ["accept~2026-11-20T10:00~~"] * 99},
]  # fmt: skip


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_bad_address_is_told_and_the_page_stays_usable(office: Client, language: str) -> None:
    office.cookies["django_language"] = language
    for given in BAD:
        page = text(office, f"{TRY}?{urlencode(BASE | given, doseq=True)}", 422)
        assert 'role="alert"' in page
        assert 'name="begun"' in page
        assert "<script>alert" not in page


def test_a_draft_that_leads_nowhere_says_so(office: Client, editor: User) -> None:
    draft_of(editor)
    store(office, {"table": "transitions", "was": "|report|", "edits": "0", "act": "remove"})
    assert "本流程还不能模拟" in text(office, address(base="/flows/street_case/4/try"), 422)


def test_a_trial_writes_nothing(office: Client) -> None:
    before = OutboxEvent.objects.count()
    office.get(address(*TO_HANDLING, next="feed_back", at="2026-11-20T12:00"))
    text(office, address(*TO_HANDLING))
    assert (Case.objects.count(), OutboxEvent.objects.count()) == (0, before)
