"""The queue in a real browser against the real platform over a line that drops, doubles, cuts and lies: 200 histories."""

from __future__ import annotations

import hashlib
import os
import random
import time
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import PHONE
from tests.browser.test_phone import OWN_CELL, READY, Phone
from tests.phone.fault_proxy import between

HISTORIES = int(os.environ.get("GRID_PHONE_HISTORIES", "200"))
SEED = int(os.environ.get("GRID_SEED", "20261126"))
PATIENCE_S = 240
# The longest pause of the queue (queue.js); the phone's clock is moved on by it instead of waiting.
LONGEST_PAUSE_MS = 300_000

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1500, func_only=True)]

# The phone's clock can be moved on, so that pauses of minutes pass at once.
CLOCK = """(() => {
  const real = Date.now;
  Date.now = () => real() + Number(sessionStorage.getItem("skew") ?? 0);
})()"""
# Freezes a report as the report page does and puts it into the phone's own queue. The photos are pictures made here.
CAPTURE = """async ([text, photos, category, at]) => {
  const [{ report }, { restore }, { sha256, uuid7 }, { Queue }] = await Promise.all([
    import("grid/phone/items.js"), import("grid/phone/session.js"), import("grid/lib/uuid7.js"), import("grid/phone/queue.js")]);
  const session = await restore();
  const made = [];
  for (let n = 0; n < photos; n++) {
    const canvas = new OffscreenCanvas(64 + 8 * n, 48);
    const pen = canvas.getContext("2d");
    pen.fillStyle = `hsl(${Math.random() * 360} 80% 50%)`;
    pen.fillRect(0, 0, 99, 48);
    pen.strokeText(text, 4, 20);
    const blob = await canvas.convertToBlob({ type: "image/jpeg" });
    const bytes = new Uint8Array(await blob.arrayBuffer());
    made.push({ id: uuid7(), sha256: await sha256(bytes), bytes, type: "image/jpeg", role: "before" });
  }
  const point = { x: at[0], y: at[1], datum: "wgs84", accuracy_m: 9 };
  const captured_at = new Date().toISOString();
  const frozen = await report({ category, text, address: "", point, captured_at, fixed: false, app: "test" }, made);
  const queue = new Queue({ store: session.store, send: null });
  await queue.add(frozen.draft, frozen.contents);
  session.db.close();
  return { id: frozen.draft.id, photos: Object.fromEntries(made.map((one) => [one.id, one.sha256])) };
}"""
WAKE = "window.dispatchEvent(new Event('online'))"
LATER = (
    "(ms) => { sessionStorage.setItem('skew', String(Number(sessionStorage.getItem('skew') ?? 0) + ms)); }"
)
# Items that are not sent, and how many contents lie on the disk; parked ones are tried again, as their owner would.
STATE = """async (again) => {
  const { restore } = await import("grid/phone/session.js");
  const session = await restore();
  const items = await session.store.items();
  const open = items.filter((item) => item.state !== "sent");
  for (const item of open.filter((one) => again && one.state === "parked")) {
    await session.store.put({ ...item, state: "waiting", faults: 0, next_at: 0 });
  }
  const contents = await session.db.count("contents");
  session.db.close();
  return { open: open.map((item) => [item.id, item.state, item.problem?.code ?? ""]), contents };
}"""


def start_again(phone: Phone) -> None:
    """The program dies at whatever it was at, and is opened again."""
    phone.page.reload(wait_until="commit")
    phone.page.wait_for_selector(READY, state="attached")


def history(phone: Phone, proxy: Any, chance: random.Random, number: int) -> list[dict[str, Any]]:
    """One history: captures, sending, kills, no network, in an order drawn by chance. Returns what was captured."""
    captured = []
    proxy.foul.set()
    for act in range(chance.randint(3, 6)):
        what = chance.choice(("capture", "capture", "send", "kill", "offline", "later"))
        if what == "capture" or (act == 0):
            photos, text = chance.randint(0, 2), f"history {number} act {act}"
            captured.append(phone.page.evaluate(CAPTURE, [text, photos, "E0110", OWN_CELL]))
        elif what == "offline":
            phone.context.set_offline(chance.random() < 0.5)
        elif what == "later":
            phone.page.evaluate(LATER, chance.randint(0, LONGEST_PAUSE_MS))
        phone.page.evaluate(WAKE)
        phone.page.wait_for_timeout(chance.choice((0, 5, 20, 60)))
        if what == "kill":
            start_again(phone)
    phone.context.set_offline(False)
    proxy.foul.clear()
    return captured


def settle(phone: Phone) -> dict[str, Any]:
    """Fair weather: the queue is given time until nothing waits."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        state: dict[str, Any] = phone.page.evaluate(STATE, True)
        if not state["open"]:
            return state
        phone.page.evaluate(LATER, LONGEST_PAUSE_MS // 4)
        phone.page.evaluate(WAKE)
        phone.page.wait_for_timeout(40)
    pytest.fail(f"still on the phone: {state}, {phone.page.locator('#state').inner_text()}, {phone.faults}")


def test_nothing_is_lost_and_nothing_comes_twice(port: int, chromium: Browser) -> None:
    chance = random.Random(SEED)
    began = time.monotonic()
    captured: list[dict[str, Any]] = []
    with between(port, SEED) as proxy:
        phone = Phone(chromium, f"http://127.0.0.1:{proxy.port}", OWN_CELL, PHONE)
        phone.context.add_init_script(CLOCK)
        phone.sign_in("other_worker")
        known = count(phone)
        for number in range(HISTORIES):
            captured += history(phone, proxy, chance, number)
            settled = settle(phone)
            assert settled["contents"] == 0
        assert count(phone) == known + len(captured)
        for one in captured:
            found = phone.api(f"reports/{one['id']}")
            assert found["complete"] is True, found
            assert found["photos"] == dict.fromkeys(one["photos"], "stored")
        for one in captured[:: max(1, len(captured) // 20)]:
            check_bytes(phone, one)
        phone.context.close()
        assert sum(proxy.met.values()) - proxy.met["fine"] > HISTORIES, proxy.met
        print(
            f"{HISTORIES} histories, {len(captured)} reports, {dict(proxy.met)}, {time.monotonic() - began:.0f} s"
        )


def count(phone: Phone) -> int:
    """How many reports of this person the platform holds."""
    total, cursor = 0, ""
    while True:
        page = phone.api(f"reports?limit=200&cursor={cursor}" if cursor else "reports?limit=200")
        total += len(page["results"])
        cursor = page["next"] or ""
        if not cursor:
            return total


def check_bytes(phone: Phone, one: dict[str, Any]) -> None:
    """The same photo sent again is taken as the same: its sha256 is the one announced, and other bytes are refused."""
    for photo, sha256 in one["photos"].items():
        answer = phone.context.request.put(
            f"{phone.origin}/api/v1/photos/{photo}",
            headers={
                "Authorization": phone.token,
                "Content-Type": "image/jpeg",
                "X-Content-SHA256": hashlib.sha256(b"x").hexdigest(),
            },
            data=b"x",
        )
        assert answer.status == 409, answer.text()
        assert answer.json()["data"]["stored_sha256"] == sha256
