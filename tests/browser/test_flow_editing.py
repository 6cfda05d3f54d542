"""A flow edited in a real browser: findings come and go, a version is published, new reports take it, old cases keep theirs."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, Visitor
from tests.browser.test_accessibility import grave_findings
from tests.browser.test_flows import report
from tests.world import ORIGIN, STEP

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240, func_only=True)]
Visit = Callable[..., Visitor]
IN_CELL_C = (ORIGIN[0] + STEP * 2.5, ORIGIN[1] - STEP)
EDITOR = "county_administrator"


def running(page: Page, version: int) -> int:
    """Open cases by a version, as the list tells it; 0 for a version that is not there."""
    page.goto(re.sub(r"(https?://[^/]+).*", r"\1/flows", page.url))
    row = page.locator("section", has=page.locator("#flow-street_case")).locator("tbody tr")
    row = row.filter(has=page.locator(".flow-version", has_text=re.compile(rf"^\s*{version}\s*$")))
    return int(row.locator("td").nth(2).inner_text()) if row.count() else 0


def begin_draft(page: Page) -> int:
    """A draft of the street's flow; answers its version."""
    card = page.locator("section", has=page.locator("#flow-street_case"))
    card.get_by_role("button", name="新建草稿").click()
    page.wait_for_url("**/edit")
    found = re.search(r"/street_case/(\d+)/edit", page.url)
    assert found is not None
    return int(found[1])


def test_edit_findings_publish_and_who_takes_which_version(visit: Visit) -> None:
    worker = visit("worker").open("/my-reports")
    old = report(worker, IN_CELL_C, "旧版流程的案件")["number"]
    page = visit(EDITOR).open("/flows")
    version = begin_draft(page)
    before = running(page, version - 1)
    page.goto(f"{page.url}/street_case/{version}/edit")
    expect(page.locator(".flow-svg [data-box=voided]")).to_have_count(1)

    page.locator("#stage-voided").focus()
    page.keyboard.press("Enter")
    page.fill("[name=limit_value]", "5")
    page.get_by_role("button", name="保存").click()
    expect(page.locator("#stage-voided .flow-finding")).to_be_visible()
    page.get_by_role("link", name="发布…").click()
    expect(page.locator(".flow-findings li")).to_have_count(1)
    expect(page.get_by_role("button", name="发布")).to_have_count(0)

    page.goto(re.sub(r"/publish$", "/edit?table=stages&key=voided#form", page.url))
    page.fill("[name=limit_value]", "")
    page.fill("[name=name]", "已撤案")
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".flow-sound")).to_be_visible()
    expect(page.locator(".flow-svg [data-box=voided]")).to_contain_text("已撤案")
    page.get_by_role("link", name="发布…").click()
    expect(page.locator(".flow-then")).to_contain_text(f"按第 {version - 1} 版办完")
    page.get_by_role("button", name="发布").click()
    page.wait_for_url(f"**/flows/street_case/{version}")

    fresh = report(worker, IN_CELL_C, "新版流程的案件")["number"]
    assert (running(page, version), running(page, version - 1)) == (1, before)
    acceptor = visit("acceptor")
    for number in (old, fresh):
        acceptor.open(f"/cases/{number}")
        expect(acceptor.page.locator(".case-stage")).to_have_text("已上报")


def test_the_slower_of_two_editors_loses_nothing(visit: Visit) -> None:
    one = visit(EDITOR).open("/flows")
    version = begin_draft(one)
    other = visit(EDITOR).open(f"/flows/street_case/{version}/edit?table=stages&key=merged")
    one.goto(f"{one.url}?table=stages&key=merged")
    one.fill("[name=public_name]", "甲的写法")
    one.get_by_role("button", name="保存").click()
    expect(one.locator(".flow-sound")).to_be_visible()
    other.fill("[name=public_name]", "乙的写法")
    other.get_by_role("button", name="保存").click()
    expect(other.locator(".flow-side .alert-warning")).to_contain_text("期间有人修改了这份草稿")
    expect(other.locator("[name=public_name]")).to_have_value("乙的写法")
    expect(other.locator(".flow-stored")).to_contain_text("甲的写法")
    other.get_by_role("button", name="保存").click()
    expect(other.locator(".flow-sound")).to_be_visible()
    discard(other)


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_no_page_of_flows_has_a_grave_finding(visit: Visit, size: tuple[int, int]) -> None:
    visitor = visit(EDITOR, size)
    page = visitor.open("/flows")
    found = grave_findings(page)
    base = f"/flows/street_case/{begin_draft(page)}"
    forms = (
        "head",
        "stages&key=handling",
        "transitions&key=handling|request_hang|",
        "requests&key=delay",
        "fields",
    )
    for path in ("", "/edit", *(f"/edit?table={form}" for form in forms), "/publish", "/try", "/since/3"):
        found += grave_findings(visitor.open(f"{base}{path}"))
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, path
    discard(page)
    assert not found, "\n".join(found)


def discard(page: Page) -> None:
    """The draft away again, as other tests begin their own."""
    page.goto(re.sub(r"(https?://[^/]+).*", r"\1/flows", page.url))
    page.locator("summary", has_text="删除草稿").click()
    page.get_by_role("button", name="确认删除").click()
    expect(page.locator("summary", has_text="删除草稿")).to_have_count(0)
