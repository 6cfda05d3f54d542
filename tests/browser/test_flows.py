"""What people do, in a real browser: see, report, dispatch, use the keyboard, on desktop and phone."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from geodata.ids import uuid7
from tests.browser.conftest import PHONE, Visitor
from tests.world import ORIGIN, STEP

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120, func_only=True)]
Visit = Callable[..., Visitor]
IN_CELL_A = (ORIGIN[0] + STEP / 2, ORIGIN[1] - STEP)
IN_CELL_B = (ORIGIN[0] + STEP * 1.5, ORIGIN[1] - STEP)
WITHIN_S = 1.0

SEND = """async ([number, content]) => {
  const token = document.querySelector('[name=csrfmiddlewaretoken]').value;
  const headers = {'Content-Type': 'application/json', 'X-CSRFToken': token, Accept: 'application/json'};
  const answer = await fetch(`/report/${number}/send`, {method: 'POST', body: content, headers});
  return {status: answer.status, ...(await answer.json())};
}"""


def report(page: Page, at: tuple[float, float], text: str = "路边有一堆垃圾") -> dict[str, Any]:
    """A report by the requests of the form, from a page of somebody who may report."""
    content = {
        "category": "E0110",
        "text": text,
        "address": "",
        "point": {"x": at[0], "y": at[1], "datum": "wgs84", "accuracy_m": 8},
        "captured_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "photos": [],
    }
    answer: dict[str, Any] = page.evaluate(SEND, [str(uuid7()), json.dumps(content)])
    assert answer["status"] == 201, answer
    return answer


def photo() -> bytes:
    kept = io.BytesIO()
    Image.effect_noise((1600, 1200), 60).convert("RGB").save(kept, "JPEG")
    return kept.getvalue()


def test_the_leader_sees_the_street_and_opens_a_case(visit: Visit) -> None:
    number = report(visit("worker").open("/my-reports"), IN_CELL_A)["number"]
    page = visit("leader").open_map(f"/#case={number}")
    expect(page.locator(".bar-name")).to_contain_text("澜榕街道")
    panel = page.locator("#panel")
    expect(panel.locator("h2")).to_have_text("暴露生活垃圾")
    expect(panel).to_contain_text("已上报")
    marker = page.locator(".case-picked").bounding_box()
    covered = panel.bounding_box()
    assert marker is not None
    assert covered is not None
    assert marker["x"] + marker["width"] <= covered["x"], "the panel hides the marker it speaks of"
    assert page.locator("#map").get_attribute("data-renderer") == "vector"


def test_a_new_report_is_on_an_open_map_within_a_second(visit: Visit) -> None:
    page = visit("leader").open_map("/")
    worker = visit("worker").open("/my-reports")
    before = int(page.locator("[data-figure=open]").inner_text())
    page.evaluate(
        """() => { window.seen = []; new MutationObserver((list) => list.forEach((change) => change.addedNodes
          .forEach((node) => node.classList?.contains('case-fresh') && window.seen.push(Date.now()))))
          .observe(document.querySelector('#map'), {childList: true, subtree: true}); }"""
    )
    report(worker, IN_CELL_B)
    answered = time.time()
    page.wait_for_function("window.seen.length > 0")
    seen: float = page.evaluate("window.seen[0]") / 1000
    assert seen - answered <= WITHIN_S
    expect(page.locator("[data-figure=open]")).to_have_text(str(before + 1))


def test_without_webgl_the_same_map_is_drawn_on_canvas(visit: Visit) -> None:
    page = visit("leader").open_map("/?renderer=canvas")
    assert page.locator("#map").get_attribute("data-renderer") == "canvas"
    page.wait_for_selector("#map canvas")


def test_a_case_is_moved_on_by_its_buttons_and_the_slower_one_is_told(visit: Visit) -> None:
    number = report(visit("worker").open("/my-reports"), IN_CELL_A)["number"]
    one = visit("acceptor").open(f"/cases/{number}")
    other = visit("acceptor").open(f"/cases/{number}")
    other.click("summary[data-action=not_accept]")
    other.fill("#not_accept-text", "不属于本街道")
    one.click("summary[data-action=accept]")
    one.click("details[open] button[type=submit]")
    expect(one.locator(".case-stage")).to_have_text("待立案")
    other.click("details[open] button[type=submit]")
    expect(other.locator(".step-answer .alert")).to_contain_text("案件现为“待立案”")
    registrar = visit("registrar").open(f"/cases/{number}")
    registrar.click("summary[data-action=register]")
    registrar.locator("details[open] [name=standard]").first.check()
    registrar.click("details[open] button[type=submit]")
    expect(registrar.locator(".case-stage")).to_have_text("待派遣")
    dispatcher = visit("dispatcher").open(f"/cases/{number}")
    dispatcher.click("summary[data-action=dispatch]")
    dispatcher.select_option("details[open] [name=department]", label="环卫站")
    dispatcher.click("details[open] button[type=submit]")
    expect(dispatcher.locator(".case-stage")).to_have_text("待签收")
    expect(dispatcher.locator(".tracker-step")).to_have_count(4)


def test_a_report_from_a_phone_with_its_photo(visit: Visit) -> None:
    worker = visit("worker", PHONE, at=IN_CELL_A)
    page = worker.open("/report")
    page.set_input_files("#gallery", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo()})
    expect(page.locator("#photo-count")).to_have_text("1 / 9")
    page.fill("#category-search", "bls")  # first letters of the pinyin of 暴露生活垃圾
    page.locator("#category-list button").first.click()
    expect(page.locator("#category-name")).to_have_text("暴露生活垃圾")
    expect(page.locator("#place-state")).to_contain_text("12 米")
    page.fill("#text", "垃圾堆在路边")
    page.click("#send")
    expect(page.locator("#receipt-number")).to_contain_text("YX")
    expect(page.locator("#receipt-department")).to_have_text("环卫站")
    number = page.locator("#receipt-number").inner_text()
    page = worker.open("/my-reports")
    expect(page.locator("main")).to_contain_text(number)
    expect(page.locator(".own-missing")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (
        "the page scrolls sideways"
    )


def test_a_report_that_found_no_connection_is_the_same_when_sent_again(visit: Visit) -> None:
    worker = visit("worker", PHONE, at=IN_CELL_B)
    page = worker.open("/report")
    page.locator("#frequent button").first.click()
    text = f"断网时上报{uuid7().hex[-6:]}"
    page.fill("#text", text)
    expect(page.locator("#place-state")).to_contain_text("12 米")
    page.route(
        "**/report/*/send", lambda route: (route.fetch(), route.abort())[1]
    )  # the answer is lost, not the report
    page.click("#send")
    expect(page.locator("#report-answer")).to_contain_text("没有连接")
    page.unroute("**/report/*/send")
    page.click("#send")
    expect(page.locator("#receipt-number")).to_contain_text("YX")
    page = worker.open(f"/cases?text={text}")
    expect(page.locator(".case-table tbody tr")).to_have_count(1)


def test_sign_in_list_and_case_need_no_mouse(visit: Visit) -> None:
    report(visit("worker").open("/my-reports"), IN_CELL_A)
    page = visit("dispatcher").open("/cases")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip-link"
    page.keyboard.press("Enter")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('case-link')"):
            break
    number = page.locator(":focus .number").inner_text()
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/cases/{number}")


def test_what_is_pressed_is_large_enough_for_a_thumb(visit: Visit) -> None:
    worker = visit("worker", PHONE, at=IN_CELL_A)
    small = """() => [...document.querySelectorAll('a, button, select, summary, input:not([type=hidden])')]
      .filter((e) => e.checkVisibility() && !e.closest('.leaflet-control, .visually-hidden, .skip-link'))
      .map((e) => [(e.closest('label') ?? e).getBoundingClientRect(), e])
      .filter(([r]) => r.width > 0 && (r.height < 44 || r.width < 44))
      .map(([r, e]) => `${e.tagName} ${e.className} ${Math.round(r.width)}x${Math.round(r.height)}`)"""
    for path in ("/report", "/my-reports", "/cases"):
        assert worker.open(path).evaluate(small) == [], path


def test_without_network_the_map_does_not_call_itself_live_and_catches_up(visit: Visit) -> None:
    page = visit("leader").open_map("/")
    worker = visit("worker").open("/my-reports")
    before = int(page.locator("[data-figure=open]").inner_text())
    page.context.set_offline(True)
    expect(page.locator("#feed-state")).to_have_attribute("data-state", "away")
    report(worker, IN_CELL_B)
    page.context.set_offline(False)
    expect(page.locator("#feed-state")).to_have_attribute("data-state", "live")
    expect(page.locator("[data-figure=open]")).to_have_text(str(before + 1))
