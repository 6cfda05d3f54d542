"""Homes on the phone in a real browser: a door found without a network, a correction with a photo that arrives."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Visitor
from tests.browser.test_accessibility import grave_findings
from tests.browser.test_flows import photo
from tests.browser.test_phone import KEPT, READY, Phone, phone, take_photo

__all__ = ["phone"]  # the fixture
pytestmark = [pytest.mark.browser, pytest.mark.timeout(240, func_only=True)]
SMALL = """() => [...document.querySelectorAll("a, button, summary, label.button, select, input:not([type=file])")]
  .filter((one) => one.offsetParent).map((one) => [one.outerHTML.slice(0, 90), one.getBoundingClientRect().height,
    one.closest("label")?.getBoundingClientRect().height ?? 0])
  .filter(([, own, label]) => Math.max(own, label) < 44)"""
WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
NEW_PHONE, NOTE = "10000000009", "本人当面更正"


def taken_along(one: Phone, name: str = "worker") -> Page:
    """Signed in, and the homes of the own cells are on the phone."""
    page = one.sign_in(name)
    one.show("homes")
    page.wait_for_selector(".rows .row")
    return page


def to_the_door(page: Page) -> None:
    page.locator("input[type=search]").fill("榕树苑one栋101")
    page.locator(".rows .row").first.click()
    page.wait_for_selector(".person")


def test_a_correction_made_without_a_network_stands_in_the_keepers_tray(
    phone: Callable[..., Phone], visit: Callable[..., Visitor]
) -> None:
    one = phone()
    page = taken_along(one)
    before = len(one.api("amendments")["results"])
    one.context.set_offline(True)
    one.start_again()
    one.show("homes")
    to_the_door(page)
    expect(page.locator(".person")).to_have_count(3)
    head = page.locator(".person").first
    expect(head).to_contain_text("王*河")
    head.locator("summary").click()
    expect(head).to_contain_text("100****0001")
    head.locator("a[href*='person.phone']").click()
    page.locator("input[type=tel]").fill("1234")
    page.locator(".sendbar button").click()
    expect(page.locator(".note-bad")).to_be_visible()
    page.locator("input[type=tel]").fill(NEW_PHONE)
    page.locator("textarea").fill(NOTE)
    take_photo(page, photo())
    page.wait_for_timeout(300)
    one.start_again()  # killed while it was being written
    expect(page.locator("input[type=tel]")).to_have_value(NEW_PHONE)
    expect(page.locator("textarea")).to_have_value(NOTE)
    expect(page.locator(".pictures img")).to_have_count(1)
    page.locator(".sendbar button").click()
    expect(page.locator(".chip")).to_be_visible()
    page.locator(".person summary").first.click()
    expect(page.locator(".fate-here")).to_be_visible()
    kept = page.evaluate(KEPT)
    for secret in ("王*河", "王大河", NEW_PHONE, NOTE, "100****0001", "榕树苑"):
        assert secret not in kept
    one.start_again()
    one.context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    page.locator(".person summary").first.click()
    expect(page.locator(".fate-waiting")).to_be_visible()
    rows = one.api("amendments")["results"]
    assert len(rows) == before + 1
    assert (rows[0]["field"], rows[0]["state"], rows[0]["new"]) == ("person.phone", "waiting", "100****0009")
    assert rows[0]["photo_stored"] is True
    tray = visit("keeper").open("/amendments")
    expect(tray.locator("body")).to_contain_text("100****0009")
    expect(tray.locator("body")).to_contain_text(NOTE)


def test_what_is_no_longer_mine_goes_from_the_phone(phone: Callable[..., Phone]) -> None:
    one = phone()
    page = taken_along(one)
    listed = "async () => (await (await import('grid/phone/session.js')).restore()).packs.list().then((all) => [...all.keys()])"
    assert sum(name.startswith("homes:") for name in page.evaluate(listed)) == 4
    page.route(
        "**/api/v1/sync*", lambda route: route.fulfill(json={"tag": "t", "now": "", "packs": {"fields": "f"}})
    )
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator(".empty")).to_be_visible()
    assert not any(name.startswith("homes:") for name in page.evaluate(listed))


def test_the_map_of_my_cells_is_taken_along_with_its_size(phone: Callable[..., Phone]) -> None:
    one = phone()
    page = taken_along(one)
    one.show("settings")
    page.get_by_role("button", name="下载地图").click()
    expect(page.locator("#told")).to_contain_text("地图已在本机")
    expect(page.locator("p[role=status]", has_text="地图")).to_contain_text("块")
    held = page.evaluate(
        "caches.open('grid-map').then((cache) => cache.keys()).then((all) => all.map((one) => one.url))"
    )
    assert 4 <= len(held) <= 400
    assert {url.split("/context/")[1].split("/")[0] for url in held} == {"13", "14", "15", "16"}


def test_who_may_not_read_about_people_sees_doors(phone: Callable[..., Phone]) -> None:
    page = taken_along(phone(), "leader")
    page.locator("input[type=search]").fill("榕树苑one栋101")
    page.locator(".rows .row").first.click()
    expect(page.locator(".note-info")).to_be_visible()
    expect(page.locator(".person")).to_have_count(0)


@pytest.mark.parametrize("size", [(360, 800), PHONE])
def test_no_page_of_homes_has_a_grave_finding_and_everything_can_be_touched(
    phone: Callable[..., Phone], size: tuple[int, int]
) -> None:
    one = phone(size=size)
    page = taken_along(one)
    found: list[str] = []

    def look(name: str) -> None:
        page.wait_for_timeout(300)
        found.extend(grave_findings(page))
        small = page.evaluate(SMALL)
        assert not small, f"{name}: {small}"
        assert not page.evaluate(WIDE), f"{name} scrolls sideways"

    look("list")
    page.locator(".rows .row", has_text="one").first.click()
    page.wait_for_selector(".door")
    look("building")
    page.locator(".door").last.click()
    page.goto(page.url)
    page.wait_for_selector(READY)
    page.locator(".back").click()
    page.locator(".door", has_text="101").click()
    page.wait_for_selector(".person")
    page.locator(".person summary").first.click()
    look("door")
    page.locator("a[href*='person.marital']").first.click()
    page.wait_for_selector("select")
    look("correction")
    one.show("settings")
    page.wait_for_selector("progress, .stack")
    look("settings")
    assert not found, "\n".join(found)
