"""A new operator's first afternoon: a file of houses, a list of people, its columns corrected, an address picked on the map."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from geodata.sample.identity import id_number
from tests.browser.conftest import DESKTOP, PHONE, Visitor
from tests.browser.test_accessibility import grave_findings
from tests.world import COUNTY, ORIGIN

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180, func_only=True)]
Visit = Callable[..., Visitor]
SIDE = 0.0004


def houses(path: Path) -> Path:
    """Two houses side by side in cell A."""
    features = []
    for number in (1, 2):
        lon, lat = ORIGIN[0] + 0.0002 + 0.0008 * (number - 1), ORIGIN[1] + 0.0002
        ring = [[lon, lat], [lon + SIDE, lat], [lon + SIDE, lat + SIDE], [lon, lat + SIDE], [lon, lat]]
        properties = {"@id": f"h{number}", "name": f"嘉和苑{number}栋", "estate": "嘉和苑"}
        geometry = {"type": "Polygon", "coordinates": [ring]}
        features.append({"type": "Feature", "properties": properties, "geometry": geometry})
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def people(path: Path) -> Path:
    """A list whose first heading nobody knows, with an address nobody knows."""
    text = io.StringIO()
    csv.writer(text).writerows(
        [("称呼", "身份证号", "住址"), ("周甲乙", id_number("009901", "19800102", 1), "嘉禾大院1栋501")]
    )
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def send(page: Page, path: Path, kind: str, datum: str = "") -> str:
    """Chooses a file, waits for its dry run and gives its address."""
    page.set_input_files("#file", str(path))
    page.select_option("#kind", kind)
    page.select_option("#datum", datum)
    page.click("form.card button[type=submit]")
    expect(page.locator(".import-figures")).to_be_visible()
    return page.url


def checked_again(page: Page) -> None:
    expect(page.locator(".spinner-border")).to_have_count(0)
    expect(page.locator(".import-figures")).to_be_visible()


def test_from_a_file_of_houses_to_people_at_home(visit: Visit, tmp_path: Path) -> None:
    desk = visit("importer", DESKTOP)
    page = desk.open("/import/")
    page.locator("details summary").click()
    page.fill("#county", COUNTY)
    send(page, houses(tmp_path / "houses.geojson"), "buildings", "wgs84")
    page.locator("form[action$='/apply'] button").click()
    expect(page.locator("form[action$='/undo']")).to_be_visible()

    address = send(desk.open("/import/"), people(tmp_path / "people.csv"), "people")
    page.goto(f"{address}/mapping")
    assert grave_findings(page) == []
    expect(page.locator(".map-samples").first).to_contain_text("周**")
    first = page.get_by_label("称呼", exact=True)
    first.focus()
    page.keyboard.press("ArrowDown")  # the keyboard alone: the first field is the name
    expect(first).to_have_value("name")
    page.locator("button[value=check]").press("Enter")
    checked_again(page)

    page.goto(f"{address}/addresses")
    page.wait_for_selector("#map[data-renderer]")
    assert grave_findings(page) == []
    house = page.evaluate(
        "([lat, lon]) => { const map = window.leafletmapmap; map.setView([lat, lon], 18, {animate: false});"
        " const at = map.latLngToContainerPoint([lat, lon]); const box = map.getContainer().getBoundingClientRect();"
        " return [box.left + at.x, box.top + at.y]; }",
        [ORIGIN[1] + 0.0002 + SIDE / 2, ORIGIN[0] + 0.0010 + SIDE / 2],
    )
    page.mouse.click(*house)
    chosen = page.locator("input[name=building]:checked")
    expect(chosen).to_have_count(1)
    expect(page.locator("#map-state")).to_contain_text("嘉和苑2栋")
    page.locator(".address-card form[method=post] button[type=submit]").click()
    page.locator("form[action$='/check'] button").click()
    checked_again(page)
    expect(page.locator("a[href$='/addresses']")).to_have_count(0)
    page.locator("form[action$='/apply'] button").click()
    expect(page.locator("form[action$='/undo']")).to_be_visible()


def test_the_operators_pages_fit_a_phone(visit: Visit, tmp_path: Path) -> None:
    desk = visit("importer", PHONE)
    address = send(desk.open("/import/"), people(tmp_path / "people.csv"), "people")
    for path in ("", "/mapping", "/addresses", "/conflicts"):
        page = desk.open(f"{address.removeprefix(desk.origin)}{path}")
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
        assert not (found := grave_findings(page)), "\n".join(found)
