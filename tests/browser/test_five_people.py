"""One case from its report to the reporter's answer: five people at their own screens, each seeing the others live."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PHONE, Visitor
from tests.browser.test_flows import photo
from tests.world import ORIGIN, STEP

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300, func_only=True)]
Visit = Callable[..., Visitor]
TABLET = (1024, 768)
IN_CELL_C = (ORIGIN[0] + STEP * 2.5, ORIGIN[1] - STEP)
SHOTS = os.environ.get("GRID_SHOTS", "")  # a folder that keeps a picture of every stop
STAGE = ".case-stage"


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


def open_step(page: Page, action: str) -> None:
    """Unfold the form of a step."""
    page.click(f"summary[data-action={action}]")


def send(page: Page) -> None:
    page.click("details[open] button[type=submit]")


def attach(page: Page) -> None:
    page.set_input_files(
        "details[open] [name=photos]", {"name": "p.jpg", "mimeType": "image/jpeg", "buffer": photo()}
    )


def seen_by_all(stage: str, screens: Screens, *others: Page) -> None:
    """The stage is on every screen without a reload."""
    for page in (*screens.all, *others):
        expect(page.locator(STAGE)).to_have_text(stage)


def reported(page: Page) -> str:
    """The worker's report with a photo, from the form on a phone; its number."""
    page.set_input_files("#gallery", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo()})
    expect(page.locator("#photo-count")).to_have_text("1 / 9")
    page.fill("#category-search", "bls")
    page.locator("#category-list button").first.click()
    expect(page.locator("#place-state")).to_contain_text("12 米")
    page.fill("#text", "垃圾堆在路边，盲道被占")
    shot(page, "01-worker-report")
    page.click("#send")
    expect(page.locator("#receipt-number")).to_contain_text("YX")
    shot(page, "02-worker-receipt")
    return page.locator("#receipt-number").inner_text()


def answered_by_reporter(chromium: Browser, origin: str, number: str, code: str) -> None:
    """Somebody signed in nowhere, with number and code."""
    context = chromium.new_context(viewport={"width": PHONE[0], "height": PHONE[1]}, locale="zh-CN")
    page = context.new_page()
    page.goto(f"{origin}/track")
    page.fill("#t-number", number)
    page.fill("#t-code", "ABCD-2345")
    page.click(".desk-form button[type=submit]")
    expect(page.locator("#track-error")).to_be_visible()
    page.fill("#t-code", code)
    page.click(".desk-form button[type=submit]")
    expect(page.locator("main")).to_contain_text("已办结")
    expect(page.locator("main .alert")).to_have_count(0)
    shot(page, "16-reporter-progress")
    page.locator(".rate-choice", has_text="基本满意").click()
    page.fill("#r-text", "清得很快")
    page.get_by_role("button", name="提交").click()
    expect(page.locator("main .alert")).to_have_text("谢谢，您的评价已记录。")
    shot(page, "17-reporter-answered")
    context.close()


@dataclass
class Screens:
    """The open pages of one case; nobody reloads."""

    number: str
    worker: Page
    leader: Page
    acceptor: Page
    registrar: Page
    dispatcher: Page

    @property
    def all(self) -> list[Page]:
        return [self.worker, self.leader, self.acceptor, self.registrar, self.dispatcher]


def through_the_desks(screens: Screens) -> None:
    """Accepted, filed and dispatched, each followed on the other screens."""
    acceptor, registrar, dispatcher = screens.acceptor, screens.registrar, screens.dispatcher
    shot(acceptor, "04-acceptor-case")
    open_step(acceptor, "accept")
    send(acceptor)
    seen_by_all("待立案", screens)
    open_step(registrar, "register")
    registrar.locator("details[open] [name=standard]").first.check()
    shot(registrar, "05-registrar-files")
    send(registrar)
    seen_by_all("待派遣", screens)
    open_step(dispatcher, "dispatch")
    choice = dispatcher.locator("details[open] [name=department]")
    choice.select_option(choice.locator("option", has_text="环卫站").get_attribute("value"))
    shot(dispatcher, "06-dispatcher-dispatches")
    send(dispatcher)
    seen_by_all("待签收", screens)


def signed_for(desk: Visitor, screens: Screens) -> Page:
    """From the department's tray to the case."""
    page = desk.open("/tasks?view=pool")
    expect(page.locator(".task-row", has_text=screens.number)).to_be_visible()
    shot(page, "07-handler-tray")
    page = desk.open(f"/cases/{screens.number}")
    open_step(page, "sign")
    send(page)
    seen_by_all("处置中", screens, page)
    return page


def refused_without_a_photo(handler: Page) -> None:
    """What is missing is named; what was written stays."""
    open_step(handler, "feed_back")
    handler.fill("#feed_back-text", "已清运")
    send(handler)
    expect(handler.locator(".step-answer .alert")).to_contain_text("处置后照片")
    expect(handler.locator("#feed_back-text")).to_have_value("已清运")
    expect(handler.locator(STAGE)).to_have_text("处置中")
    shot(handler, "08-handler-refused")


def urged(leader: Page, handler: Page) -> None:
    """The leader's words reach the handler, who is writing and loses nothing by it."""
    told = handler.get_by_role("button", name="查看当前状态")
    expect(told).to_have_count(0)  # nobody is told of their own steps
    open_step(leader, "urge")
    leader.fill("#urge-text", "盲道被占，请今天清完")
    leader.fill("#urge-until", (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%d"))
    shot(leader, "09-leader-urges")
    send(leader)
    expect(leader.locator("#panel")).to_contain_text("盲道被占，请今天清完")
    expect(told).to_be_visible()
    expect(handler.locator("#feed_back-text")).to_have_value("已清运")
    shot(handler, "10-handler-told")
    told.click()
    expect(handler.locator("#case-body")).to_contain_text("盲道被占，请今天清完")
    shot(handler, "11-handler-urged")


def test_a_case_from_report_to_rating(visit: Visit, chromium: Browser) -> None:
    worker = visit("worker", PHONE, at=IN_CELL_C)
    number = reported(worker.open("/report"))
    desks = [visit(name).open(f"/cases/{number}") for name in ("acceptor", "registrar", "dispatcher")]
    leader = visit("leader", TABLET).open_map(f"/#case={number}")
    screens = Screens(number, worker.open(f"/cases/{number}"), leader, *desks)
    seen_by_all("已上报", screens)
    expect(leader.locator("#panel img").first).to_be_visible()
    shot(leader, "03-leader-map")
    through_the_desks(screens)
    handler = signed_for(visit("handler"), screens)
    refused_without_a_photo(handler)
    urged(leader, handler)
    open_step(handler, "feed_back")
    handler.fill("#feed_back-text", "已清运，盲道恢复")
    attach(handler)
    send(handler)
    seen_by_all("待核查", screens, handler)
    shot(worker.open("/tasks?view=pool"), "12-worker-tray")
    mine = worker.open(f"/cases/{number}")
    open_step(mine, "check_pass")
    attach(mine)
    shot(mine, "13-worker-checks")
    send(mine)
    seen_by_all("已结案", screens, handler)
    shot(leader, "14-leader-closed")
    mine.locator(".case-contact form button").first.click()
    code = mine.locator("#code").inner_text()
    shot(mine, "15-worker-code")
    answered_by_reporter(chromium, worker.origin, number, code)
    expect(screens.acceptor.locator(".case-contact")).to_contain_text("基本满意")
    shot(screens.acceptor, "18-acceptor-rated")
