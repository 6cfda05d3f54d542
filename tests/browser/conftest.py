"""A real Chromium in front of a whole platform: web, feed, worker, scheduler and proxy of the tests' own."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from gridmgmt.ops.layout import ROOT, Layout
from tests.stack import Stack
from tests.world import PASSWORD

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
DESKTOP, PHONE = (1280, 800), (390, 844)
BUILD_WORLD = "from tests.browser.homes import build; build()"
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def port() -> Iterator[int]:
    """Where the platform with the small street in it listens; GRID_BROWSER_PORT names one that already runs."""
    if os.environ.get("GRID_BROWSER_PORT"):
        yield int(os.environ["GRID_BROWSER_PORT"])
        return
    folder = Path(tempfile.mkdtemp(prefix="grid-browser-", dir="/var/tmp"))
    folder.chmod(0o755)
    found = Stack(Layout(ROOT, folder))
    started = found.up("--detach")
    assert started.returncode == 0, started.stdout
    built = found.grid("manage", "shell", "-v0", "-c", BUILD_WORLD)
    assert built.returncode == 0, built.stdout
    yield found.port
    found.grid("down")
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, no download."""
    # Per module: while it lives its loop runs in this thread, and tests after it could not run one of their own.
    if not CHROMIUM:
        pytest.skip("no chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


class Visitor:
    """Somebody at a screen. Errors of scripts and failed requests are collected and fail the test."""

    def __init__(self, context: BrowserContext, origin: str) -> None:
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.origin = origin
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("request", self._only_own_origin)

    def _only_own_origin(self, request: object) -> None:
        url = request.url  # type: ignore[attr-defined]
        if not url.startswith((self.origin, "blob:", "data:")):
            self.faults.append(f"another origin: {url}")

    def open(self, path: str) -> Page:
        """Goes to a page and waits until its scripts have run."""
        self.page.goto(f"{self.origin}{path}", wait_until="load")
        return self.page

    def open_map(self, path: str = "/") -> Page:
        """The live map with its tiles drawn and its cases there."""
        self.open(path)
        self.page.wait_for_selector("#map[data-drawn=yes][data-cases]")
        self.page.wait_for_selector("#feed-state[data-state=live]")
        return self.page


@pytest.fixture
def visit(port: int, chromium: Browser) -> Iterator[Callable[..., Visitor]]:
    """Signs a named person in on a screen of a size; ``at`` is what the device's positioning says (lon, lat)."""
    contexts: list[BrowserContext] = []
    visitors: list[Visitor] = []
    origin = f"http://127.0.0.1:{port}"

    def signed_in(
        name: str, size: tuple[int, int] = DESKTOP, at: tuple[float, float] | None = None
    ) -> Visitor:
        phone = size == PHONE
        context = chromium.new_context(
            viewport={"width": size[0], "height": size[1]}, is_mobile=phone, has_touch=phone, locale="zh-CN"
        )
        if at:
            context.grant_permissions(["geolocation"])
            context.set_geolocation({"longitude": at[0], "latitude": at[1], "accuracy": 12})
        contexts.append(context)
        visitor = Visitor(context, origin)
        visitors.append(visitor)
        page = visitor.open("/login")
        page.fill("#id_username", name)
        page.fill("#id_password", PASSWORD)
        page.click(".login-card button")
        page.wait_for_url(lambda url: "/login" not in url)
        return visitor

    yield signed_in
    for context in contexts:
        context.close()
    assert [fault for visitor in visitors for fault in visitor.faults] == []
