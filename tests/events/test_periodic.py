"""Tasks by the clock: each slot once, a bad task stops nobody, a bad rhythm is named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import redis

from gridmgmt.events import periodic
from gridmgmt.events.periodic import Task

AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)  # 10:00 in Shanghai
calls: list[datetime] = []


def note(now: datetime) -> None:
    calls.append(now)


def fail(_now: datetime) -> None:
    raise RuntimeError("no")


@pytest.fixture(autouse=True)
def _no_calls() -> None:
    calls.clear()


def test_a_task_runs_once_in_its_slot_however_many_schedulers_look(fresh_redis: redis.Redis) -> None:
    task = Task(f"{__name__}.note", "every 30s")
    ran = [task.run_if_due(fresh_redis, AT + timedelta(seconds=s)) for s in (0, 1, 29, 30, 31)]
    assert ran == [True, False, False, True, False]
    assert len(calls) == 2


def test_a_daily_task_runs_after_its_local_hour(fresh_redis: redis.Redis) -> None:
    task = Task(f"{__name__}.note", "daily 10:30")
    ran = [task.run_if_due(fresh_redis, AT + timedelta(minutes=m)) for m in (0, 29, 30, 31, 1469, 1470)]
    # The first look runs the slot of the day before, which nobody has run yet.
    assert ran == [True, False, True, False, False, True]


def test_a_failing_task_is_logged_and_waits_for_its_next_slot(
    fresh_redis: redis.Redis, caplog: pytest.LogCaptureFixture
) -> None:
    task = Task(f"{__name__}.fail", "every 30s")
    assert task.run_if_due(fresh_redis, AT)
    assert "periodic task failed" in caplog.text
    assert not task.run_if_due(fresh_redis, AT)


@pytest.mark.parametrize("rhythm", ["", "hourly", "every 0s", "daily 24:00", "every 30s "])
def test_an_unknown_rhythm_is_refused(rhythm: str) -> None:
    with pytest.raises(ValueError, match="daily HH:MM"):
        Task("x", rhythm).slot(AT)


def test_every_task_in_settings_exists_and_has_a_rhythm() -> None:
    from django.utils.module_loading import import_string

    for task in periodic.tasks():
        assert callable(import_string(task.function))
        assert task.slot(AT)
