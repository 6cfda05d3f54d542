"""The grid worker's phone in a real browser: few taps, no network, nothing lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import PATIENCE_MS, PHONE
from tests.browser.test_accessibility import grave_findings
from tests.browser.test_flows import photo
from tests.world import ORIGIN, PASSWORD, STEP

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180, func_only=True)]
OWN_CELL = (ORIGIN[0] + STEP * 0.3, ORIGIN[1] - STEP * 0.7)
READY = "html[data-ready=yes]"
# Everything the phone keeps, as the browser's tools would read it from the disk.
KEPT = """async () => {
  const ready = (asked) => new Promise((done) => { asked.onsuccess = () => done(asked.result); });
  const all = [];
  for (const { name } of await indexedDB.databases()) {
    const db = await ready(indexedDB.open(name));
    for (const store of db.objectStoreNames) {
      for (const row of await ready(db.transaction(store).objectStore(store).getAll())) {
        all.push(JSON.stringify(row));
        const bytes = row instanceof ArrayBuffer ? row : row?.data;
        if (bytes instanceof ArrayBuffer) all.push(new TextDecoder().decode(bytes));
      }
    }
    db.close();
  }
  return all.join("\\n");
}"""


class Phone:
    """A worker's phone with its own storage. Errors of scripts are collected."""

    def __init__(self, browser: Browser, origin: str, at: tuple[float, float], size: tuple[int, int]) -> None:
        self.context: BrowserContext = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, is_mobile=True, has_touch=True, locale="zh-CN"
        )
        self.context.grant_permissions(["geolocation"])
        self.context.set_geolocation({"longitude": at[0], "latitude": at[1], "accuracy": 12})
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.origin = origin
        self.token = ""
        self.page.on("request", self._note_token)

    def _note_token(self, request: Any) -> None:
        self.token = request.headers.get("authorization", "") or self.token

    def sign_in(self, name: str = "worker") -> Page:
        """Opens the program, signs in on it and goes to the report."""
        self.page.goto(f"{self.origin}/m/")
        self.page.wait_for_selector(READY)
        self.page.fill("input[autocomplete=username]", name)
        self.page.fill("input[type=password]", PASSWORD)
        self.page.click("button[type=submit]")
        self.show("report").wait_for_selector(".choices")
        self.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        return self.page

    def start_again(self) -> Page:
        """As after a crash: the page is thrown away and opened anew."""
        self.page.reload()
        self.page.wait_for_selector(READY)
        return self.page

    def show(self, name: str) -> Page:
        """Goes to a page by its tab."""
        self.page.click(f".tab-{name}")
        return self.page

    def api(self, path: str) -> Any:
        """What the server answers to this phone."""
        answer = self.context.request.get(
            f"{self.origin}/api/v1/{path}", headers={"Authorization": self.token}
        )
        assert answer.ok, answer.text()
        return answer.json()


@pytest.fixture
def phone(port: int, chromium: Browser) -> Iterator[Callable[..., Phone]]:
    """Makes phones; what their scripts threw fails the test."""
    phones: list[Phone] = []

    def make(at: tuple[float, float] = OWN_CELL, size: tuple[int, int] = PHONE) -> Phone:
        phones.append(Phone(chromium, f"http://127.0.0.1:{port}", at, size))
        return phones[-1]

    yield make
    for one in phones:
        one.context.close()
    assert [fault for one in phones for fault in one.faults] == []


SUNLIGHT = {"runOnly": ["color-contrast-enhanced"], "rules": {"color-contrast-enhanced": {"enabled": True}}}


def pale(page: Page) -> list[str]:
    """Text that is hard to read in the sun: less than 7:1 against its ground (4.5:1 when large)."""
    found: list[dict[str, Any]] = Axe().run(page, options=SUNLIGHT).response["violations"]
    return [
        f"{page.url}: {node['html'][:120]} {node['failureSummary'][-160:]}"
        for rule in found
        for node in rule["nodes"]
    ]


def take_photo(page: Page, content: bytes) -> None:
    page.set_input_files("input[capture]", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": content})
    page.wait_for_selector(".pictures img")


def test_a_report_takes_three_taps_and_arrives_whole(phone: Callable[..., Phone]) -> None:
    one = phone()
    page = one.sign_in()
    take_photo(page, photo())  # 1: the camera
    page.locator(".choices button").first.click()  # 2: what it is
    expect(page.locator(".place-told")).to_contain_text("12")
    page.locator(".sendbar button").click()  # 3: send
    expect(page.locator(".note-good")).to_be_visible()
    newest = one.api("reports?limit=1")["results"][0]
    found = one.api(f"reports/{newest['report']}")
    assert found["complete"] is True
    assert list(found["photos"].values()) == ["stored"]
    page.locator(".item-link").first.click()
    expect(page.locator(".facts")).to_contain_text(found["number"])


def test_without_a_network_and_after_a_crash_everything_is_still_there(phone: Callable[..., Phone]) -> None:
    one = phone()
    page = one.sign_in()
    before = len(one.api("reports?limit=200")["results"])
    one.context.set_offline(True)
    one.start_again()  # the program itself comes from the phone
    expect(page.locator("#state")).to_contain_text("离线")
    for text in ("井盖缺失", "路灯不亮"):
        one.show("report")
        take_photo(page, photo())
        page.locator(".choices button").first.click()
        page.locator("textarea").fill(text)
        one.start_again()  # killed while it was being written
        expect(page.locator("textarea")).to_have_value(text)
        expect(page.locator(".pictures img")).to_have_count(1)
        page.locator(".sendbar button").click()
        expect(page.locator(".item-waiting").last).to_be_visible()
    one.start_again()
    expect(page.locator("#state")).to_contain_text("2")
    one.show("mine")
    expect(page.locator(".item-waiting")).to_have_count(2)
    kept = page.evaluate(KEPT)
    assert "E0110" in kept
    assert "井盖缺失" not in kept
    assert one.token.removeprefix("Bearer ") not in kept
    one.context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator(".note-good")).to_be_visible()
    rows = one.api("reports?limit=200")["results"]
    assert len(rows) == before + 2
    assert {row["text"] for row in rows[:2]} == {"井盖缺失", "路灯不亮"}
    assert all(one.api(f"reports/{row['report']}")["complete"] for row in rows[:2])


TAKEN = """async (names) => {
  const here = async (name) => Boolean(await caches.match(name, { ignoreSearch: true }));
  return (await Promise.all(names.map(here))).every(Boolean);
}"""


def test_the_map_opens_without_a_network_on_a_phone_that_never_opened_it_with_one(
    phone: Callable[..., Phone],
) -> None:
    one = phone()
    page = one.sign_in()
    files = page.evaluate("JSON.parse(document.querySelector('#phone-config').textContent).map_files")
    while not page.evaluate(
        TAKEN, files
    ):  # a few seconds after the program is ready; the test's own limit ends it
        page.wait_for_timeout(500)
    one.context.set_offline(True)
    one.start_again()
    page.get_by_role("button", name="地图").click()
    expect(page.locator(".map canvas")).to_be_visible()


def test_a_locked_phone_opens_by_the_password_alone(phone: Callable[..., Phone]) -> None:
    one = phone()
    page = one.sign_in()
    one.context.set_offline(True)
    one.show("settings")
    page.get_by_role("button", name="锁定").click()
    page.fill("input[type=password]", "not the password")
    page.click("button[type=submit]")
    expect(page.locator(".note-bad")).to_be_visible()
    page.fill("input[type=password]", PASSWORD)
    page.click("button[type=submit]")
    expect(page.locator(".tab-settings[aria-current]")).to_be_visible()


@pytest.mark.parametrize("size", [(360, 800), PHONE])
def test_no_page_has_a_grave_finding_and_everything_can_be_touched(
    phone: Callable[..., Phone], size: tuple[int, int]
) -> None:
    one = phone(size=size)
    page = one.sign_in()
    found = grave_findings(page)
    for name in ("today", "homes", "mine", "settings", "report"):
        one.show(name)
        page.wait_for_timeout(300)
        found += grave_findings(page) + pale(page)
        small = page.evaluate(
            """() => [...document.querySelectorAll("a, button, label.button, select, input:not([type=file])")]
              .filter((one) => one.offsetParent).map((one) => [one.outerHTML.slice(0, 80), one.getBoundingClientRect().height,
                one.closest("label")?.getBoundingClientRect().height ?? 0])
              .filter(([, own, label]) => Math.max(own, label) < 44)"""
        )
        assert not small, f"{name}: {small}"
        wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        assert not wide, f"{name} scrolls sideways"
    assert not found, "\n".join(found)
