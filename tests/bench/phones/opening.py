"""The phone's program in Debian's Chromium: the first opening on a slow line and processor, the second one without a line."""

from __future__ import annotations

import shutil
import statistics
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, sync_playwright

from tests.bench.phones.relay import Relay, relayed

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
SCREEN = {"width": 390, "height": 844}
PATIENCE_MS = 60_000
ROUNDS = 3
# Slow 4G as browsers' tools have it, and a phone a quarter as fast as this machine.
LINE = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 750_000 / 8,
}
SLOWER = 4
# Milliseconds since the navigation began: the first field that has the cursor, the report form in a drawn picture.
WATCH = """
addEventListener("focusin", (event) => { if (event.target.matches("input")) window.usableAt ??= performance.now(); }, true);
new MutationObserver(() => {
  if (window.formAt || !document.querySelector(".sendbar")?.offsetParent) return;
  window.formAt = -1;
  requestAnimationFrame(() => setTimeout(() => { window.formAt = performance.now(); }));
}).observe(document, { childList: true, subtree: true });
"""


@dataclass(frozen=True)
class Opening:
    """Milliseconds until the form of signing in can be typed into, bytes and files taken until the program lies on the phone,
    milliseconds until the report form is drawn without a line, and how many of them its main thread worked (not slowed down)."""

    usable_ms: float
    taken: int
    files: int
    offline_ms: float
    worked_ms: float


@dataclass(frozen=True)
class Worker:
    """Who signs in, and where the phone is (lon, lat)."""

    username: str
    password: str
    at: tuple[float, float]


def openings(port: int, worker: Worker) -> Opening:
    """Medians of some rounds, each with a browser that knows nothing."""
    if not CHROMIUM:
        raise RuntimeError("no chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        found = [once(browser, port, worker) for _ in range(ROUNDS)]
        browser.close()
    return Opening(
        statistics.median(one.usable_ms for one in found),
        max(one.taken for one in found),
        max(one.files for one in found),
        statistics.median(one.offline_ms for one in found),
        statistics.median(one.worked_ms for one in found),
    )


def once(browser: Browser, port: int, worker: Worker) -> Opening:
    """One phone: opened, signed in, opened again without a line."""
    with relayed(port) as relay:
        context = new_phone(browser, worker.at)
        try:
            page, _tools, files = opened(context, relay)
            usable = page.evaluate("window.usableAt")
            page.evaluate("navigator.serviceWorker.ready.then(() => true)")
            taken = relay.taken
            sign_in(page, worker)
            page.close()
            context.set_offline(True)
            again, tools, _files = opened(context, relay, "window.formAt > 0")
            return Opening(usable, taken, len(files), again.evaluate("window.formAt"), worked(tools))
        finally:
            context.close()


def new_phone(browser: Browser, at: tuple[float, float]) -> BrowserContext:
    """A phone with nothing on it that stands in a cell."""
    context = browser.new_context(viewport=SCREEN, is_mobile=True, has_touch=True, locale="zh-CN")
    context.set_default_timeout(PATIENCE_MS)
    context.grant_permissions(["geolocation"])
    context.set_geolocation({"longitude": at[0], "latitude": at[1], "accuracy": 12})
    context.add_init_script(WATCH)
    return context


def opened(
    context: BrowserContext, relay: Relay, until: str = "window.usableAt"
) -> tuple[Page, CDPSession, list[Any]]:
    """The program in a new tab, watched until something is so; its tools; and what the page asked for."""
    page = context.new_page()
    files: list[Any] = []
    page.on("request", lambda request: files.append(request))  # noqa: PLW0108 - it marks what it is given
    tools = context.new_cdp_session(page)
    tools.send("Network.enable")
    tools.send("Performance.enable", {"timeDomain": "threadTicks"})
    tools.send("Network.emulateNetworkConditions", LINE | {"offline": until != "window.usableAt"})
    tools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(f"http://127.0.0.1:{relay.port}/m/#report", wait_until="commit")
    page.wait_for_function(until)
    return page, tools, files


def worked(tools: CDPSession) -> float:
    """Milliseconds of processor time that the page's main thread has used; others at work do not lengthen it."""
    figures = {one["name"]: one["value"] for one in tools.send("Performance.getMetrics")["metrics"]}
    return float(figures["TaskDuration"]) * 1000 / SLOWER


def sign_in(page: Page, worker: Worker) -> None:
    """As a person does; waits until the report form is there."""
    page.fill("input[autocomplete=username]", worker.username)
    page.fill("input[type=password]", worker.password)
    page.click("button[type=submit]")
    page.wait_for_selector(".sendbar")
