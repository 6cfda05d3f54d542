"""Chinese words of official documents: dates, limits, durations. Pure."""

from __future__ import annotations

from datetime import datetime

UNITS = {
    "urgent_hour": "紧急工作时",
    "urgent_day": "紧急工作日",
    "work_hour": "工作时",
    "work_day": "个工作日",
}
ALWAYS = frozenset({"urgent_hour", "urgent_day"})


def chinese_date(at: datetime) -> str:
    """2026年11月25日, of a local instant."""
    return f"{at.year}年{at.month}月{at.day}日"


def chinese_time(at: datetime) -> str:
    """2026年11月25日9时05分, of a local instant."""
    return f"{chinese_date(at)}{at.hour}时{at.minute:02d}分"


def chinese_limit(value: int | None, unit: str) -> str:
    """4工作时; "" without a limit."""
    return f"{value}{UNITS.get(unit, unit)}" if value else ""


def chinese_span(seconds: int, unit: str, work_day_minutes: int) -> str:
    """A duration in the limit's own time: 2个工作日3小时, 1天4小时, 35分钟."""
    always = unit in ALWAYS
    day = 86_400 if always else work_day_minutes * 60
    days, rest = divmod(abs(seconds), day)
    hours, rest = divmod(rest, 3600)
    minutes = rest // 60
    parts = [(days, "天" if always else "个工作日"), (hours, "小时"), (minutes if not days else 0, "分钟")]
    return "".join(f"{number}{name}" for number, name in parts if number) or "不足1分钟"
