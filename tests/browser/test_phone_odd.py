"""What seldom happens to a phone: two tabs, a sign-in that ended midway, a wipe, files that are no photos, a week's queue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor
from tests.browser.test_phone import KEPT, OWN_CELL, Phone, phone
from tests.browser.test_phone_histories import CAPTURE, count, settle

__all__ = ["phone"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(240, func_only=True)]
WAKE = "window.dispatchEvent(new Event('online'))"
# Many reports without photos, frozen one after the other.
MANY = """async ([number, at]) => {
  const [{ report }, { restore }, { Queue }] = await Promise.all([
    import("grid/phone/items.js"), import("grid/phone/session.js"), import("grid/phone/queue.js")]);
  const session = await restore();
  const queue = new Queue({ store: session.store, send: null });
  const captured_at = new Date().toISOString();
  for (let n = 0; n < number; n++) {
    const point = { x: at[0], y: at[1], datum: "wgs84", accuracy_m: 9 };
    const plain = { sha256: "0".repeat(64), bytes: new Uint8Array(64), type: "image/jpeg", role: "before" };
    const photo = () => ({ id: crypto.randomUUID(), ...plain });
    const body = { category: "E0110", text: `${n}`, address: "", point, captured_at, fixed: false, app: "" };
    const { draft, contents } = await report(body, [photo(), photo()]);
    await queue.add(draft, contents);
  }
  session.db.close();
}"""


def capture(page: Page, text: str) -> None:
    page.evaluate(CAPTURE, [text, 1, "E0110", OWN_CELL])


def devices_of(visit: Callable[..., Visitor], name: str) -> Page:
    """The administrator's page of a person."""
    page = visit("administrator").open(f"/organisation?q={name}")
    page.locator("a[href*='/organisation/people/']", has_text=name).first.click()
    return page


def for_every_phone(admin: Page, what: str) -> None:
    """Does it to every phone this person still has; tests before may have left some."""
    button = admin.locator(f"form:has(input[value={what}]) button")
    for _turn in range(20):
        if not button.count():
            return
        admin.evaluate(
            "document.querySelectorAll('.org-card details').forEach((one) => { one.open = true; })"
        )
        button.first.click()
        admin.wait_for_load_state()
    pytest.fail("they never end")


def test_two_tabs_send_everything_once(phone: Callable[..., Phone]) -> None:
    one = phone()
    page = one.sign_in()
    before = count(one)
    other = one.context.new_page()
    other.goto(f"{one.origin}/m/#mine")
    other.wait_for_selector("html[data-ready=yes]")
    one.context.set_offline(True)
    for turn in range(3):
        capture(page, f"tab one {turn}")
        capture(other, f"tab two {turn}")
    one.context.set_offline(False)
    for tab in (page, other, page, other):
        tab.evaluate(WAKE)
    assert settle(one)["contents"] == 0
    expect(other.locator(".note-good")).to_be_visible()
    assert count(one) == before + 6


def test_a_sign_in_that_ended_keeps_what_waits(
    phone: Callable[..., Phone], visit: Callable[..., Visitor]
) -> None:
    one = phone()
    page = one.sign_in("leader")
    before = count(one)
    one.context.set_offline(True)
    capture(page, "while nobody could know")
    admin = devices_of(visit, "leader")
    for_every_phone(admin, "end_device")
    one.context.set_offline(False)
    page.evaluate(WAKE)
    expect(page.locator("#signed-out")).to_be_visible()
    page.locator("#signed-out button").click()
    expect(page.locator("main")).to_contain_text("1")
    page.fill("input[type=password]", "only-for-tests-2026")
    page.click("button[type=submit]")
    page.locator(".tab-mine").click()
    expect(page.locator(".note-good")).to_be_visible()
    assert count(one) == before + 1


def test_a_phone_that_is_wiped_holds_nothing_and_says_what_was_lost(
    phone: Callable[..., Phone], visit: Callable[..., Visitor]
) -> None:
    one = phone()
    page = one.sign_in("other_worker")
    one.context.set_offline(True)
    capture(page, "never to arrive")
    admin = devices_of(visit, "other_worker")
    for_every_phone(admin, "wipe_device")
    one.context.set_offline(False)
    page.evaluate(WAKE)
    expect(page.locator("input[type=password]")).to_be_visible()
    expect(page.locator("#told")).to_contain_text("停用")
    assert "E0110" not in page.evaluate(KEPT)
    admin.reload()
    expect(admin.locator(".org-list").first).to_contain_text("1")


def test_what_is_no_photo_is_left_out_and_said_so(phone: Callable[..., Phone]) -> None:
    one = phone()
    page = one.sign_in()
    page.set_input_files(
        "input[capture]", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"no picture at all"}
    )
    expect(page.locator("#told")).to_contain_text("a.jpg")
    huge: dict[str, Any] = {"name": "b.heic", "mimeType": "image/heic", "buffer": b"\0" * 49_000_000}
    page.set_input_files("input[capture]", huge)
    # No browser here reads it; it goes as it is, the server looks at it.
    expect(page.locator(".pictures li")).to_have_count(1)


def test_a_week_without_a_network_is_still_handy(phone: Callable[..., Phone]) -> None:
    """500 reports with 1,000 photos wait: the list opens and the form too."""
    one = phone()
    page = one.sign_in()
    one.context.set_offline(True)
    page.evaluate(MANY, [500, OWN_CELL])
    page.reload()
    page.wait_for_selector("html[data-ready=yes]")
    expect(page.locator("#state")).to_contain_text("500")
    began = page.evaluate("performance.now()")
    one.show("mine")
    expect(page.locator(".item-waiting")).to_have_count(50)
    one.show("report")
    page.wait_for_selector(".choices")
    assert page.evaluate("performance.now()") - began < 5000
