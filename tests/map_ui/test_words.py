"""Durations and limits in words, Chinese and English."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from map_ui import words

NOW = datetime(2026, 11, 21, 6, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("span", "chinese", "english"),
    [
        (timedelta(hours=2, minutes=10), "剩 2 小时 10 分", "2 hours 10 min left"),
        (timedelta(days=1, hours=1, minutes=59), "剩 1 天 1 小时", "1 day 1 hour left"),
        (timedelta(hours=3), "剩 3 小时", "3 hours left"),
        (timedelta(seconds=20), "剩 不足 1 分", "less than a minute left"),
        (-timedelta(minutes=35), "超 35 分", "overdue by 35 min"),
    ],
)
def test_remaining_time_reads_as_words(span: timedelta, chinese: str, english: str) -> None:
    with translation.override("zh-hans"):
        assert words.remaining(NOW + span, NOW) == chinese
    with translation.override("en"):
        assert words.remaining(NOW + span, NOW) == english


def test_without_a_deadline_nothing_is_said() -> None:
    assert words.remaining(None, NOW) == ""


def test_limits_name_their_unit() -> None:
    with translation.override("zh-hans"):
        assert words.limit(4, "work_hour") == "4 个工作时"
    with translation.override("en"):
        assert words.limit(4, "work_hour") == "4 working hours"


def test_every_lamp_has_a_name() -> None:
    assert all(words.lamp_name(lamp) for lamp in words.LAMPS)
