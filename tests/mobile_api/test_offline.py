"""F09, F10, F12: answers that never arrive, everything twice and in any order, a week without network on a wrong clock.

Short here; `GRID_BATTERY=1 ./grid test -n0 -s tests/mobile_api/test_offline.py` runs the full numbers and prints the figures.
"""

from __future__ import annotations

import json
import os
import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from geodata.ids import uuid7
from gridmgmt.cases.models import Case, CaseHistory, Photo, Report
from gridmgmt.events.models import OutboxEvent
from tests.mobile_api.conftest import Phone, body, picture
from tests.mobile_api.test_photos import sha

LONG = os.environ.get("GRID_BATTERY") == "1"
REPORTS = 200 if LONG else 25
OFFLINE_REPORTS, OFFLINE_PHOTOS = (100, 200) if LONG else (12, 24)
DAY = timedelta(days=1)
pytestmark = pytest.mark.timeout(1800 if LONG else 120)


def frozen(world: Any, **changes: Any) -> tuple[UUID, bytes]:
    return uuid7(), json.dumps(body(world, **changes), ensure_ascii=False).encode()


def test_swallowed_doubled_and_reordered_posts_are_one_report_each(world, phone):
    chance = random.Random(9)
    queue = [frozen(world, text=f"第{n}件") for n in range(REPORTS)]
    for report_id, raw in queue:
        assert phone.report(raw, report_id).status_code == 201  # and the answer never arrives
    again = [*queue, *queue]
    chance.shuffle(again)
    told: dict[UUID, set[bytes]] = {}
    for report_id, raw in again:
        answer = phone.report(raw, report_id)
        assert answer.status_code == 200
        told.setdefault(report_id, set()).add(answer.content)
    assert all(len(answers) == 1 for answers in told.values())
    made = [Report, Case, CaseHistory]
    assert [model.objects.count() for model in made] == [REPORTS] * 3
    assert OutboxEvent.objects.filter(topic="case.reported").count() == REPORTS
    assert len({case.number for case in Case.objects.all()}) == REPORTS
    print(f"F09: {REPORTS} reports, {len(queue) + len(again)} posts, {Report.objects.count()} rows")


def clock_of(n: int, now: datetime) -> datetime:
    """A week of reports on a clock that runs three days behind, jumps two days ahead in the middle, and jumps back at the end."""
    real = now - 7 * DAY * (1 - n / OFFLINE_REPORTS)
    if n < OFFLINE_REPORTS // 3:
        return real - 3 * DAY
    return real + 2 * DAY if n < 2 * OFFLINE_REPORTS // 3 else real - 400 * DAY * (n % 2)


def test_a_week_offline_on_a_wrong_clock_arrives_whole(world, phone):
    now = datetime.now(UTC)
    shots = [picture((n, 255 - n, n // 2)) for n in range(OFFLINE_PHOTOS)]  # type: ignore[arg-type]
    queue, photos = [], {}
    for n in range(OFFLINE_REPORTS):
        mine = [(uuid7(), data) for data in shots[2 * n : 2 * n + 2]]
        photos.update(mine)
        announced = [{"id": str(number), "sha256": sha(data)} for number, data in mine]
        queue.append(frozen(world, captured_at=clock_of(n, now).isoformat(), photos=announced))
    order = queue[:]
    random.Random(12).shuffle(order)
    for report_id, raw in order:
        answer = phone.report(raw, report_id)
        assert answer.status_code == 201, answer.content
        for number in answer.json()["photos"]:
            assert phone.photo(number, photos[UUID(number)]).status_code == 200
    assert [Report.objects.count(), Photo.objects.filter(state="stored").count()] == [
        OFFLINE_REPORTS, OFFLINE_PHOTOS,
    ]  # fmt: skip
    assert not Case.objects.filter(complete=False).exists()
    received = list(Report.objects.order_by("received_at", "id").values_list("pk", flat=True))
    assert received == [report_id for report_id, _raw in order]
    for report in Report.objects.select_related("case"):
        ahead, late = report.captured_at > report.received_at, report.captured_at < report.received_at - DAY
        assert ("clock_ahead" in report.flags) is ahead, (report.captured_at, report.flags)
        assert ("late" in report.flags) or not late, (report.captured_at, report.flags)
        assert report.received_at >= now
        assert report.case.due_at is None or report.case.due_at > report.received_at
        assert not report.case.clock_entries.filter(at__lt=report.received_at).exists()
    print(f"F12: {OFFLINE_REPORTS} reports and {OFFLINE_PHOTOS} photos of a week, all complete")


def test_the_same_number_with_another_body_is_told_both_hashes_whoever_is_first(world, phone):
    report_id, first = frozen(world)
    _other_id, second = frozen(world, text="另一件")
    assert phone.report(first, report_id).status_code == 201
    for _ in range(20):
        told = Phone(world, "worker").report(second, report_id)
        assert (told.status_code, told.json()["code"]) == (409, "report_conflict")
        assert {told.json()["data"][name] for name in ("stored_sha256", "sent_sha256")} == {
            sha(first), sha(second),
        }  # fmt: skip
    assert Report.objects.count() == 1


@pytest.mark.parametrize("fields", [{}, {"app": ""}, {"source": "worker", "address": ""}])
def test_a_body_of_the_first_program_version_is_still_taken(world, phone, fields):
    old = {name: body(world)[name] for name in ("category", "point", "captured_at")}
    old["point"] = {name: old["point"][name] for name in ("x", "y", "datum")}
    assert phone.report(old | fields).status_code == 201
