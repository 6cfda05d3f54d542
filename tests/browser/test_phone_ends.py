"""How a sign-in ends on a phone that has nothing to send: it hears of it all the same, and the next person finds no key."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_phone import Phone, phone  # noqa: F401 - a fixture
from tests.world import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180, func_only=True)]
ASK_AGAIN = "window.dispatchEvent(new Event('online'))"
ENDED = "#signed-out:not([hidden]), input[type=password]"
ROWS = """async (store) => {
  const ready = (asked) => new Promise((done) => { asked.onsuccess = () => done(asked.result); });
  const db = await ready(indexedDB.open("grid-phone"));
  const keys = await ready(db.transaction(store).objectStore(store).getAllKeys());
  db.close();
  return keys;
}"""
# Nothing but the packs' names is asked for while nothing waits: the office's word comes with that answer.
WIPED_BY_SYNC = """() => {
  const real = window.fetch;
  const body = JSON.stringify({ code: "token_revoked", message: "", data: { wipe: true } });
  const answer = () => new Response(body, { status: 401, headers: { "content-type": "application/json" } });
  window.fetch = async (url, how) => (String(url).includes("/api/v1/sync") ? answer() : real(url, how));
}"""


def ask_until_it_ended(page: Page) -> None:
    """What is under way already is not asked twice, so it is asked until the answer was heard; the test's limit ends it."""
    while not page.locator(ENDED).count():
        page.evaluate(ASK_AGAIN)
        page.wait_for_timeout(300)


def test_a_phone_with_nothing_to_send_is_wiped(phone: Callable[..., Phone]) -> None:  # noqa: F811 - the fixture
    page = phone().sign_in()
    page.evaluate(WIPED_BY_SYNC)
    ask_until_it_ended(page)
    expect(page.locator("input[type=password]")).to_be_visible()
    page.wait_for_function(
        "indexedDB.databases().then((all) => all.every(({ name }) => name === 'grid-phone'))"
    )
    assert (page.evaluate(ROWS, "accounts"), page.evaluate(ROWS, "keys")) == ([], [])


LAY_ABOUT = """(hours) => {
  const look = (hidden) => {
    Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  };
  const now = Date.now;
  look(true);
  Date.now = () => now() + hours * 3_600_000;
  look(false);
}"""


def test_a_page_that_lay_about_open_asks_for_the_password(phone: Callable[..., Phone]) -> None:  # noqa: F811 - the fixture
    page = phone().sign_in()
    page.evaluate(LAY_ABOUT, 11)
    expect(page.locator(".choices")).to_be_visible()
    page.evaluate(LAY_ABOUT, 13)
    expect(page.locator("input[type=password]")).to_be_visible()
    assert page.evaluate(ROWS, "keys") == []


def test_who_is_signed_out_leaves_no_key_to_the_next(phone: Callable[..., Phone]) -> None:  # noqa: F811 - the fixture
    one = phone()
    page = one.sign_in("worker")
    first = page.evaluate(ROWS, "keys")
    assert len(first) == 1
    ended = one.context.request.post(f"{one.origin}/api/v1/logout", headers={"Authorization": one.token})
    assert ended.status == 204
    ask_until_it_ended(page)
    page.locator("#signed-out button").click()
    page.fill("input[autocomplete=username]", "other_worker")
    page.fill("input[type=password]", PASSWORD)
    page.click("button[type=submit]")
    expect(page.locator(".tab-today")).to_be_visible()
    kept = page.evaluate(ROWS, "keys")
    assert len(kept) == 1
    assert kept != first
