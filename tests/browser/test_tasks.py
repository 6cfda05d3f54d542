"""A tray in a real browser: new work appears by itself, one takes it on, a phone goes on and off duty."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, Visitor
from tests.browser.test_flows import IN_CELL_A, IN_CELL_B, report

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120, func_only=True)]
Visit = Callable[..., Visitor]


def test_a_report_appears_in_the_desks_tray_without_a_reload_and_is_taken_on(visit: Visit) -> None:
    desk = visit("acceptor").open("/tasks?view=pool")
    number = report(visit("worker").open("/my-reports"), IN_CELL_B)["number"]
    row = desk.locator(".task-row", has_text=number)
    expect(row).to_be_visible()
    row.get_by_role("button").click()
    expect(desk.locator(".page-message")).to_contain_text(number)
    expect(desk.locator(".task-row", has_text=number)).to_have_count(0)
    desk.get_by_role("link", name="我的任务").click()
    mine = desk.locator(".task-row", has_text=number)
    mine.get_by_role("link", name="去办理").click()
    expect(desk.locator(".case-task")).to_contain_text("已领取")


def test_a_worker_goes_on_duty_and_off_again_on_a_phone(visit: Visit) -> None:
    page = visit("worker", PHONE, at=IN_CELL_A).open("/tasks")
    page.get_by_role("button", name="上班签到").click()
    expect(page.locator(".shift-on")).to_be_visible()
    page.get_by_role("link", name="下班签退").click()
    if page.locator("input[name=tasks]").count():
        page.get_by_label("退回，由他人领取").check()
    page.get_by_role("button", name="下班签退").click()
    expect(page.get_by_role("button", name="上班签到")).to_be_visible()
