"""Every page that the navigation offers, and the most used ones below it, under axe-core: nothing serious is found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import DESKTOP, PHONE, Visitor
from tests.browser.test_flows import report
from tests.world import ORIGIN, STEP

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300, func_only=True)]
Visit = Callable[..., Visitor]
IN_CELL_D = (ORIGIN[0] + STEP * 3.5, ORIGIN[1] - STEP)  # away from the cases that other flows look at
GRAVE = ("serious", "critical")
LINKS = (
    "[...new Set([...document.querySelectorAll('nav a[href^=\"/\"]')].map((a) => a.getAttribute('href')))]"
)


def grave_findings(page: Page) -> list[str]:
    """Rule and first place of everything axe calls serious or critical on the open page."""
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [
        f"{page.url.partition('#')[0]} {rule['id']}: {node['target']} {node['html'][:160]}"
        for rule in found
        if rule["impact"] in GRAVE
        for node in rule["nodes"][:2]
    ]


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_no_page_of_the_navigation_has_a_grave_finding(visit: Visit, size: tuple[int, int]) -> None:
    """Each page once, by the first of these people whose navigation offers it."""
    seen: set[str] = set()
    found = []
    for name in ("leader", "administrator", "worker", "supervisor", "importer"):
        visitor = visit(name, size)
        page = visitor.open("/cases")
        for link in set(page.evaluate(LINKS)) - seen:
            seen.add(link)
            visitor.open(link)
            page.wait_for_timeout(300)
            found += grave_findings(page)
    assert len(seen) >= 7
    assert not found, "\n".join(found)


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_case_and_its_panel_have_no_grave_finding(visit: Visit, size: tuple[int, int]) -> None:
    number = report(visit("worker").open("/my-reports"), IN_CELL_D)["number"]
    visitor = visit("acceptor", size)
    found = grave_findings(visitor.open(f"/cases/{number}"))
    found += grave_findings(visitor.open_map(f"/#case={number}"))
    assert not found, "\n".join(found)


def test_signing_in_has_no_grave_finding(visit: Visit) -> None:
    visitor = visit("worker")
    page = visitor.open("/password")
    found = grave_findings(page)
    page.context.clear_cookies()
    found += grave_findings(visitor.open("/login"))
    assert not found, "\n".join(found)
