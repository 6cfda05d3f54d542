"""A worker's day on a bad line: 20 reports, 45 photos, 10 tasks, 5 corrections; the network is cut, the server killed, the page
thrown away and the program replaced in between. Everything arrives, byte for byte. GRID_BATTERY=1 runs it."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser, expect

from gridmgmt.ops.layout import ROOT, Layout
from tests.browser.conftest import PHONE
from tests.browser.test_phone import OWN_CELL, Phone
from tests.browser.test_phone_histories import CLOCK, settle, start_again
from tests.phone.fault_proxy import FaultProxy, between
from tests.stack import Stack

REPORTS, PHOTOS, TASKS, CORRECTIONS = 20, 45, 10, 5
PREPARE = "from tests.phone.day_world import prepare; print('DAY', prepare())"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(1200, func_only=True),
    pytest.mark.skipif(not os.environ.get("GRID_BATTERY"), reason="GRID_BATTERY=1 runs the worker's day"),
]

# Freezes one thing as the pages do and puts it into the queue: a report, a step or a correction.
FREEZE = """async ([kind, what, count, at]) => {
  const [items, { restore }, { sha256, uuid7 }, { Queue }] = await Promise.all([
    import("grid/phone/items.js"), import("grid/phone/session.js"), import("grid/lib/uuid7.js"), import("grid/phone/queue.js")]);
  const session = await restore();
  const made = [];
  for (let n = 0; n < count; n++) {
    const canvas = new OffscreenCanvas(1200, 900);
    const pen = canvas.getContext("2d");
    const image = pen.createImageData(1200, 900);
    for (let at = 0; at < image.data.length; at += 65536) crypto.getRandomValues(image.data.subarray(at, at + 65536));
    for (let at = 3; at < image.data.length; at += 4) image.data[at] = 255;
    pen.putImageData(image, 0, 0);
    const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/jpeg", quality: 0.6 })).arrayBuffer());
    made.push({ id: uuid7(), sha256: await sha256(bytes), bytes, type: "image/jpeg", role: "before" });
  }
  const captured_at = new Date().toISOString();
  const point = { x: at[0], y: at[1], datum: "wgs84", accuracy_m: 9 };
  const frozen = kind === "report"
    ? await items.report({ category: "E0110", text: what, address: "", point, captured_at, fixed: false, app: "test" }, made)
    : kind === "step"
      ? await items.step({ ...what, action: "verify_ok", text: "属实", fields: {} }, made)
      : await items.amendment({ ...what, captured_at }, null);
  await new Queue({ store: session.store, send: null }).add(frozen.draft, frozen.contents);
  session.db.close();
  const photos = made.map((one) => [one.id, one.sha256, one.bytes.length]);
  return { id: frozen.draft.id, sha256: frozen.draft.parts[0].sha256, photos };
}"""


# Looks for a newer program as the phone does, again while the server is being restarted.
UPDATE = """async () => {
  const found = await navigator.serviceWorker.ready;
  for (let turn = 0; turn < 60; turn++) {
    try { return await found.update().then(() => true); } catch { await new Promise((done) => setTimeout(done, 500)); }
  }
  throw new Error("no update");
}"""


class Replaced(FaultProxy):
    """A line behind which a newer program stands as soon as ``newer`` is set."""

    newer = False

    def changed(self, path: str, content: bytes) -> bytes:
        """The same program under another version."""
        if not self.newer or path.partition("?")[0] not in {"/m/", "/m/sw.js"}:
            return content
        version = self.version.encode()
        return content.replace(version, b"f" * len(version))

    version = ""


@pytest.fixture
def platform() -> Iterator[tuple[Stack, Path, dict[str, Any]]]:
    """A platform that may be killed, with the day's world in it."""
    folder = Path(tempfile.mkdtemp(prefix="grid-day-", dir="/var/tmp"))
    folder.chmod(0o755)
    found = Stack(Layout(ROOT, folder))
    started = found.up("--detach")
    assert started.returncode == 0, started.stdout
    prepared = found.grid("manage", "shell", "-v0", "-c", PREPARE)
    assert prepared.returncode == 0, prepared.stdout
    day = json.loads(prepared.stdout.partition("DAY ")[2].splitlines()[0])
    yield found, folder, day
    found.grid("down")
    shutil.rmtree(folder, ignore_errors=True)


def test_a_day_arrives_complete_and_byte_for_byte(
    platform: tuple[Stack, Path, dict[str, Any]], chromium: Browser
) -> None:
    stack, folder, day = platform
    chance = random.Random(7)
    began = time.monotonic()
    with between(stack.port, 7, Replaced) as proxy:
        phone = Phone(chromium, f"http://127.0.0.1:{proxy.port}", OWN_CELL, PHONE)
        phone.context.add_init_script(CLOCK)
        phone.sign_in()
        proxy.version = phone.page.get_attribute("meta[name=grid-version]", "content")
        proxy.foul.set()
        frozen: dict[str, list[dict[str, Any]]] = {"report": [], "step": [], "amendment": []}
        for turn, (kind, what, count) in enumerate(work(day, chance)):
            frozen[kind].append(phone.page.evaluate(FREEZE, [kind, what, count, OWN_CELL]))
            phone.page.evaluate("window.dispatchEvent(new Event('online'))")
            trouble(turn, stack, phone, proxy)
        phone.context.set_offline(False)
        proxy.foul.clear()
        assert settle(phone)["contents"] == 0
        check(stack, folder, frozen)
        assert proxy.met.total() > proxy.met["fine"] > 0
        phone.context.close()
    print(f"a day over {dict(proxy.met)} in {time.monotonic() - began:.0f} s")


def work(day: dict[str, Any], chance: random.Random) -> list[tuple[str, Any, int]]:
    """Kind, content and number of photos of everything that is done this day, in an order drawn by chance."""
    counts = [2] * 15 + [1] * 5
    assert sum(counts) + TASKS == PHOTOS
    todo: list[tuple[str, Any, int]] = [("report", f"上报 {n}", count) for n, count in enumerate(counts)]
    todo += [("step", task, 1) for task in day["tasks"]]
    for n, person in enumerate(day["people"]):
        change = {"field": "person.phone", "row": person, "old": "", "new": f"1709999999{n}", "note": "试验"}
        todo.append(("amendment", change, 0))
    chance.shuffle(todo)
    return todo


def trouble(turn: int, stack: Stack, phone: Phone, proxy: Any) -> None:
    """What goes wrong after the n-th thing."""
    phone.page.wait_for_timeout(150)
    if turn % 7 == 3:
        start_again(phone)
    if turn % 9 == 4:
        phone.context.set_offline(turn % 2 == 0)
    if turn % 9 == 8:
        phone.context.set_offline(False)
    if turn in {6, 20, 30}:
        pid = stack.pid("web")
        assert pid
        os.kill(pid, signal.SIGKILL)
    if turn == 15:
        phone.context.set_offline(False)
        proxy.newer = True
        proxy.foul.clear()
        phone.page.evaluate(UPDATE)
        phone.page.locator("#newer button").click()
        expect(
            phone.page.locator(f"meta[name=grid-version][content={'f' * len(proxy.version)}]")
        ).to_be_attached()
        phone.page.wait_for_selector("html[data-ready=yes]", state="attached")
        proxy.foul.set()


def check(stack: Stack, folder: Path, frozen: dict[str, list[dict[str, Any]]]) -> None:
    """The database and the files hold what was frozen, once each."""
    with psycopg.connect(stack.database_url()) as line:
        # The ten that were there before came by telephone.
        rows = line.execute(
            "SELECT r.id::text, r.payload_sha256 FROM cases_report r JOIN cases_case c ON c.id = r.case_id "
            "WHERE c.source_id = 'worker'"
        )
        reports = dict(rows.fetchall())
        assert {key: bytes(value).hex() for key, value in reports.items()} == {
            one["id"]: one["sha256"] for one in frozen["report"]
        }
        photos = line.execute(
            "SELECT id::text, encode(sha256, 'hex'), size, state, original FROM cases_photo"
        ).fetchall()
        wanted = {tuple(photo) for kind in frozen.values() for one in kind for photo in one["photos"]}
        assert len(wanted) == PHOTOS
        assert {row[:3] for row in photos} == wanted
        assert {row[3] for row in photos} == {"stored"}
        for _id, sha256, _size, _state, original in photos:
            [file] = folder.rglob(original)
            assert hashlib.sha256(file.read_bytes()).hexdigest() == sha256
        steps = line.execute(
            "SELECT count(*), count(DISTINCT case_id) FROM cases_casehistory WHERE action = 'verify_ok'"
        ).fetchone()
        assert steps == (TASKS, TASKS)
        amendments = dict(
            line.execute("SELECT id::text, encode(body_sha256, 'hex') FROM registers_amendment")
        )
        assert amendments == {one["id"]: one["sha256"] for one in frozen["amendment"]}
        assert len(amendments) == CORRECTIONS
        assert len(reports) == REPORTS
