"""The worker's day on the phone: tasks with and without a network, two versions of one step, and that nothing is lost."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from geodata.ids import uuid7
from tests.browser.conftest import PHONE, Visitor
from tests.browser.test_flows import photo
from tests.browser.test_phone import OWN_CELL, Phone, grave_findings, phone, take_photo
from tests.world import PASSWORD, STEP, STREET

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240, func_only=True)]
__all__ = ["phone"]
Visit = Callable[..., Visitor]
SMALL = (360, 800)
NEAR = (OWN_CELL[0] + STEP / 20, OWN_CELL[1])
FAR = (OWN_CELL[0] + STEP * 2, OWN_CELL[1])
SHOTS = os.environ.get("GRID_SHOTS", "")  # a folder that keeps a picture of every stop
SMALL_TARGETS = """() => [...document.querySelectorAll("a, button, label.button, select, summary, input:not([type=file])")]
  .filter((one) => one.checkVisibility() && !one.closest(".maplibregl-control-container"))
  .map((one) => [one.outerHTML.slice(0, 80), ...[one, one.closest("label")].map((b) => b?.getBoundingClientRect().height ?? 0)])
  .filter(([, own, label]) => Math.max(own, label) < 44)"""


class Office:
    """Somebody at a desk, by the API."""

    def __init__(self, one: Phone, name: str) -> None:
        self.request, self.base = one.context.request, f"{one.origin}/api/v1/"
        body = {"username": name, "password": PASSWORD, "device_name": "desk", "device_platform": "web"}
        answer = self.request.post(f"{self.base}login", data=body)
        assert answer.ok, answer.text()
        self.headers = {"Authorization": f"Bearer {answer.json()['token']}"}

    def put_right(self, at: tuple[float, float]) -> dict[str, Any]:
        """A worker's report of something put right on the spot, with a photo before and one after."""
        pictures = {str(uuid7()): (role, photo()) for role in ("before", "after")}
        body = {
            "category": "E0110",
            "fixed": True,
            "point": {"x": at[0], "y": at[1], "datum": "wgs84", "accuracy_m": 9},
            "captured_at": datetime.now(UTC).isoformat(),
            "photos": [
                {"id": key, "sha256": hashlib.sha256(raw).hexdigest(), "role": role}
                for key, (role, raw) in pictures.items()
            ],
        }
        answer = self.request.put(f"{self.base}reports/{uuid7()}", data=body, headers=self.headers)
        assert answer.ok, answer.text()
        for key, (_role, raw) in pictures.items():
            headers = self.headers | {"Content-Type": "image/jpeg"}
            assert self.request.put(f"{self.base}photos/{key}", data=raw, headers=headers).ok
        told: dict[str, Any] = answer.json()
        return told

    def call_taken(self, at: tuple[float, float]) -> dict[str, Any]:
        """A report of somebody who called the hotline."""
        point = {"x": at[0], "y": at[1], "datum": "wgs84", "accuracy_m": 20}
        body = {
            "category": "E0110",
            "source": "hotline",
            "text": "居民来电：小区门口垃圾堆放多日，占用盲道，无人清理",
            "address": "澜榕街道滨海大道与学府路交叉口东北角公交站旁",
            "point": point,
            "captured_at": datetime.now(UTC).isoformat(),
        }
        answer = self.request.put(f"{self.base}reports/{uuid7()}", data=body, headers=self.headers)
        assert answer.ok, answer.text()
        told: dict[str, Any] = answer.json()
        return told

    def step(self, case: dict[str, Any], action: str, version: int, **more: Any) -> dict[str, Any]:
        body = {"key": str(uuid7()), "version": version, "action": action, **more}
        answer = self.request.post(f"{self.base}cases/{case['case']}/steps", data=body, headers=self.headers)
        assert answer.ok, answer.text()
        told: dict[str, Any] = answer.json()
        return told


def to_verify(one: Phone, at: tuple[float, float] = NEAR) -> dict[str, Any]:
    """A case that came in by the hotline and waits for somebody to look at it."""
    desk = Office(one, "acceptor")
    case = desk.call_taken(at)
    desk.step(case, "accept", 1)
    return case


def shot(page: Page, name: str) -> None:
    if SHOTS:
        size = page.viewport_size or {"width": 0}
        page.wait_for_timeout(300)
        page.screenshot(path=Path(SHOTS) / f"{name}-{size['width']}.png", full_page=True)


def sync(page: Page) -> None:
    """Back on the network: the browser says so."""
    page.evaluate("window.dispatchEvent(new Event('online'))")


def write_step(page: Page, words: str) -> None:
    """Chooses the first step, takes a photo, says what was found."""
    page.locator("[data-step=verify_ok]").click()
    take_photo(page, photo())
    page.locator("#step-text").fill(words)


def open_task(one: Phone, number: str) -> Page:
    one.show("today")
    one.page.locator(".task-row", has_text=number).click()
    expect(one.page.locator(".facts")).to_contain_text(number)
    return one.page


def test_a_task_is_done_without_a_network_and_arrives(phone: Callable[..., Phone]) -> None:
    one = phone(size=SMALL)
    case = to_verify(one)
    page = one.sign_in()
    open_task(one, case["number"])
    page.get_by_role("button", name="领取任务").click()
    expect(page.get_by_role("button", name="领取任务")).to_have_count(0)
    expect(page.get_by_role("button", name="退回")).to_be_visible()
    one.context.set_offline(True)
    one.start_again()
    expect(page.locator(".facts")).to_contain_text(case["number"])
    write_step(page, "确有垃圾")
    page.wait_for_timeout(300)
    one.start_again()  # killed while it was being written
    page.locator("[data-step=verify_ok]").click()
    expect(page.locator("#step-text")).to_have_value("确有垃圾")
    expect(page.locator(".pictures img")).to_have_count(1)
    expect(page.locator(".step-form")).to_contain_text("您距点位")
    shot(page, "step")
    page.locator(".sendbar button").click()
    expect(page.locator(".task-row", has_text=case["number"])).to_contain_text("等待发送")
    one.start_again()
    expect(page.locator("#state")).to_contain_text("1")
    one.context.set_offline(False)
    sync(page)
    expect(page.locator("#state")).not_to_contain_text("1")
    expect(page.locator(".task-row", has_text=case["number"])).to_have_count(0)
    done = next(row for row in one.api("tasks?view=done")["results"] if row["number"] == case["number"])
    found = one.api(f"tasks/{done['task']}")
    assert (found["result"], found["case_stage"]) == ("verify_ok", "pending_register")
    assert [row["state"] for row in found["photos"] if row["role"] == "site"] == ["stored"]
    assert found["tracker"][-1]["text"] == "确有垃圾"


def test_far_from_the_point_is_said_and_stops_nobody(phone: Callable[..., Phone], visit: Visit) -> None:
    one = phone(at=FAR)
    case = to_verify(one)
    page = one.sign_in()
    open_task(one, case["number"])
    write_step(page, "x")
    expect(page.locator(".step-form .note-warn")).to_contain_text("距离较远")
    shot(page, "far")
    page.locator(".sendbar button").click()
    expect(page.locator(".tab-today[aria-current]")).to_be_visible()
    expect(page.locator(".task-row", has_text=case["number"])).to_have_count(0)
    desk = visit("registrar").open(f"/cases/{case['number']}")
    expect(desk.locator(".tracker")).to_contain_text("距点位过远")


def test_photos_of_a_check_are_side_by_side_without_a_network(phone: Callable[..., Phone]) -> None:
    one, other = phone(size=SMALL), phone()
    case = Office(other, "other_worker").put_right(NEAR)
    Office(other, "acceptor").step(case, "spot_check", 1)
    page = one.sign_in()
    open_task(one, case["number"])
    expect(page.locator(".compare .strip-photo img")).to_have_count(2)
    one.show("today")
    page.wait_for_timeout(1500)  # details and photos come along
    one.context.set_offline(True)
    one.start_again()
    open_task(one, case["number"])
    images = page.locator(".compare .strip-photo img")
    expect(images).to_have_count(2)
    sizes = images.evaluate_all(
        "(all) => Promise.all(all.map((one) => one.decode().then(() => one.naturalWidth)))"
    )
    assert all(size > 100 for size in sizes)
    page.locator("[data-step=check_pass]").click()
    take_photo(page, photo())
    shot(page, "check")
    assert not look(page, "check")


def test_tasks_are_handed_to_a_colleague(phone: Callable[..., Phone], visit: Visit) -> None:
    one = phone()
    office = visit("administrator").open("/organisation/add")
    name = f"colleague{uuid7().hex[-8:]}"
    office.fill("#a-name", name)
    office.fill("#a-username", name)
    office.locator("select[name=role]").select_option("worker")
    office.locator("input[name=place]").fill(STREET + "001")
    office.locator("form:has(#a-name) button[type=submit]").click()
    expect(office.locator("main")).to_contain_text(name)
    case = to_verify(one)
    page = one.sign_in()
    one.show("today")
    row = page.locator(".task-row", has_text=case["number"])
    expect(row).to_be_visible()
    task = row.get_attribute("data-task")
    go_on_duty(page)
    page.get_by_role("button", name="交接任务").click()
    sheet = page.locator("dialog")
    sheet.get_by_role("button", name="交接任务").click()
    expect(sheet.locator(".note-bad")).to_contain_text("请选择")
    sheet.get_by_label("转交同事").check()
    person = sheet.locator("select option", has_text=name).get_attribute("value")
    sheet.locator("select").select_option(person)
    sheet.get_by_label("理由").fill("去医院")
    assert not look(page, "hand-over")
    sheet.get_by_role("button", name="交接任务").click()
    expect(page.locator(".told")).to_contain_text("已转交同事")
    found = one.api(f"tasks/{task}")
    assert (found["assignee"], found["moves"][-1]["kind"]) == (name, "hand_over")
    mine = page.locator("section[aria-label=我的任务] .task-row", has_text=case["number"])
    expect(mine).to_have_count(0)  # it waits for the colleague, who is off duty: others may take it on
    page.get_by_role("button", name="下班").click()
    page.locator("dialog").get_by_role("button", name="下班").click()
    expect(page.locator(".duty-on")).to_have_count(0)
    assert one.api("shift")["on_duty"] is False


def go_on_duty(page: Page) -> None:
    """Whoever still is on duty from before stays so."""
    expect(page.locator(".duty")).to_be_visible()
    if page.locator(".duty-on").count():
        return
    page.get_by_role("button", name="上班", exact=True).click()
    page.locator("dialog").get_by_role("button", name="上班").click()
    expect(page.locator(".duty-on")).to_be_visible()


def test_words_of_a_step_that_is_not_possible_any_more_are_left_as_a_note(
    phone: Callable[..., Phone], visit: Visit
) -> None:
    one, other = phone(), phone()
    case = to_verify(one)
    page = one.sign_in()
    open_task(one, case["number"])
    one.context.set_offline(True)
    write_step(page, "垃圾还在，请复核")
    page.locator(".sendbar button").click()
    expect(page.locator("#state")).to_contain_text("1")
    Office(other, "worker").step(case, "verify_false", 2, text="没有看到")
    one.context.set_offline(False)
    sync(page)
    one.show("mine")
    expect(page.locator(".version").last).to_contain_text("没有看到")
    expect(page.get_by_role("button", name="按现在的情况重新提交")).to_have_count(0)
    assert not look(page, "note")
    page.get_by_role("button", name="留作案件备注").click()
    expect(page.locator(".note-good")).to_be_visible()
    desk = visit("registrar").open(f"/cases/{case['number']}")
    expect(desk.locator("main")).to_contain_text("垃圾还在，请复核")


def stale(one: Phone, other: Phone) -> dict[str, Any]:
    """A worker writes a step without a network while somebody else moves the case on; it is refused when it arrives."""
    case = to_verify(one)
    page = one.sign_in()
    open_task(one, case["number"])
    page.get_by_role("button", name="领取任务").click()
    expect(page.get_by_role("button", name="领取任务")).to_have_count(0)
    one.context.set_offline(True)
    write_step(page, "我看到的：垃圾仍在")
    page.locator(".sendbar button").click()
    expect(page.locator("#state")).to_contain_text("1")
    Office(other, "leader").step(case, "urge", 2, text="请尽快核实")
    one.context.set_offline(False)
    sync(page)
    one.show("mine")
    expect(page.locator(".versions")).to_be_visible()
    return case


@pytest.mark.parametrize("size", [SMALL, PHONE])
def test_a_stale_step_shows_both_versions_and_is_done_again(
    phone: Callable[..., Phone], size: tuple[int, int]
) -> None:
    one = phone(size=size)
    case = stale(one, phone())
    page = one.page
    mine, now = page.locator(".version").first, page.locator(".version").last
    expect(mine).to_contain_text("垃圾仍在")
    expect(mine.locator("img")).to_have_count(1)
    expect(now).to_contain_text("待核实")
    expect(now).to_contain_text("请尽快核实")
    found = look(page, "stale")
    assert not found, "\n".join(found)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.method} {request.url}"))
    page.get_by_role("button", name="按现在的情况重新提交").click()
    expect(page.locator(".note-good")).to_be_visible()
    assert not [line for line in sent if line.startswith(("PUT", "PATCH")) and "/photos/" in line]
    done = next(row for row in one.api("tasks?view=done")["results"] if row["number"] == case["number"])
    found_task = one.api(f"tasks/{done['task']}")
    assert found_task["tracker"][-1]["text"] == "我看到的：垃圾仍在"
    assert len(found_task["photos"]) == 1


def test_a_stale_step_is_changed_before_it_goes_again(phone: Callable[..., Phone]) -> None:
    one = phone()
    case = stale(one, phone())
    page = one.page
    page.get_by_role("button", name="先修改").click()
    expect(page.locator("#step-text")).to_have_value("我看到的：垃圾仍在")
    expect(page.locator(".pictures img")).to_have_count(1)
    page.locator("#step-text").fill("再看一次：确有垃圾")
    page.locator(".sendbar button").click()
    expect(page.locator(".task-row", has_text=case["number"])).to_have_count(0)
    one.show("mine")
    expect(page.locator(".note-good")).to_be_visible()
    done = next(row for row in one.api("tasks?view=done")["results"] if row["number"] == case["number"])
    assert one.api(f"tasks/{done['task']}")["tracker"][-1]["text"] == "再看一次：确有垃圾"


@pytest.mark.parametrize("size", [SMALL, PHONE])
def test_pages_of_the_day_can_be_read_and_touched(phone: Callable[..., Phone], size: tuple[int, int]) -> None:
    one = phone(size=size)
    case = to_verify(one)
    page = one.sign_in()
    one.show("today")
    expect(page.locator(".task-row").first).to_be_visible()
    found = look(page, "today")
    page.locator("[data-order=near]").click()
    page.get_by_role("button", name="地图").click()
    expect(page.locator(".map-task").first).to_be_visible()
    page.evaluate("scrollTo(0, 0)")
    found += look(page, "today-map")
    go_on_duty(page)
    found += look(page, "today-on")
    page.get_by_role("button", name="下班").click()
    found += look(page, "end")
    page.locator("dialog").get_by_label("退回待领任务").check()
    page.locator("dialog").get_by_role("button", name="下班").click()
    expect(page.locator(".duty-on")).to_have_count(0)
    open_task(one, case["number"])
    found += look(page, "task")
    page.locator("[data-step=verify_false]").click()
    expect(page.locator(".step-form")).to_be_visible()
    found += look(page, "task-step")
    page.locator("a[href^='#spot']").click()
    expect(page.locator(".map-task")).to_be_visible()
    found += look(page, "spot")
    assert not found, "\n".join(found)


def look(page: Page, name: str) -> list[str]:
    """What is wrong with the page as it is now."""
    shot(page, name)
    found = grave_findings(page)
    found += [f"{name}: {row}" for row in page.evaluate(SMALL_TARGETS)]
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        found.append(f"{name} scrolls sideways")
    return found
