"""When offices work: exceptional days and the hours of a day. Pure; the clock builds on it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from geodata.errors import DomainError
from geodata.errors import mark as _

SECOND_US = 1_000_000
WINDOW = (date(1980, 1, 1), date(2100, 1, 1))
"""Days for which working time is tabulated; instants outside raise time_out_of_range."""

_UNIX_DAY = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_S = 86_400
_DAY_MINUTES = 1_440
_SATURDAY_SUNDAY = frozenset({5, 6})

Season = tuple[int, int]
"""First and last day of a yearly season as month * 100 + day, both included; it may run over the new year."""
Segment = tuple[int, int]
"""Opening and closing in minutes after local midnight, `0 <= opening < closing <= 1440`."""


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """Days that differ from the weekend rule. In a year outside `years` only the weekend rule is known.

    Build it with `Calendar.of`; equal content is equal, so compiled tables are shared.
    """

    version: int
    holidays: frozenset[date]
    makeup_workdays: frozenset[date]
    years: frozenset[int]
    weekend: frozenset[int] = _SATURDAY_SUNDAY
    _key: tuple[Any, ...] = field(init=False, repr=False)
    _hash: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if len(self.weekend) > 6 or self.holidays & self.makeup_workdays:
            raise DomainError(
                code="calendar_invalid",
                message=_("A day cannot be both holiday and workday, and a week needs a working day."),
            )
        key = (self.version, self.holidays, self.makeup_workdays, self.years, self.weekend)
        object.__setattr__(self, "_key", key)
        object.__setattr__(self, "_hash", hash(key))

    @classmethod
    def of(
        cls, days: Iterable[tuple[date, str]], *, version: int, years: Iterable[int] | None = None
    ) -> Calendar:
        """From rows `(day, kind)`, kind `holiday` or `makeup`. Without `years` a year counts as known when
        its National Day (1 October) is there, so that a single local holiday does not make a year known."""
        kinds: dict[str, set[date]] = {"holiday": set(), "makeup": set()}
        for day, kind in days:
            if kind not in kinds:
                raise DomainError(
                    code="calendar_kind_unknown",
                    message=_("Unknown kind of day: %(kind)s."),
                    data={"kind": kind},
                )
            kinds[kind].add(day)
        if years is None:
            years = {day.year for day in kinds["holiday"] if (day.month, day.day) == (10, 1)}
        return cls(version, frozenset(kinds["holiday"]), frozenset(kinds["makeup"]), frozenset(years))

    def is_workday(self, day: date) -> bool:
        """Whether offices work on this local day."""
        if day in self.makeup_workdays:
            return True
        return day not in self.holidays and day.weekday() not in self.weekend

    def knows(self, first: date, last: date) -> bool:
        """Whether every year from `first` to `last` has its published holidays in the table."""
        return all(year in self.years for year in range(first.year, last.year + 1))

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Calendar) and self._key == other._key)

    def __hash__(self) -> int:
        return self._hash


@dataclass(frozen=True, slots=True)
class HoursPeriod:
    """Other hours in `[valid_from, valid_to)`, in a season of every year and on some weekdays (0 = Monday);
    None means all."""

    segments: tuple[Segment, ...]
    valid_from: date | None = None
    valid_to: date | None = None
    weekdays: frozenset[int] | None = None
    season: Season | None = None

    def __post_init__(self) -> None:
        _check_segments(self.segments)


@dataclass(frozen=True, slots=True, eq=False)
class OfficeHours:
    """Hours of a workday in local time of `zone`: `segments`, or those of the last of `periods` that fits.

    A work day as unit of limits is `work_day_minutes` of office time, eight hours in every season.
    """

    segments: tuple[Segment, ...] = ((480, 720), (840, 1080))
    periods: tuple[HoursPeriod, ...] = ()
    zone: str = "Asia/Shanghai"
    work_day_minutes: int = 480
    _key: tuple[Any, ...] = field(init=False, repr=False)
    _hash: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        _check_segments(self.segments)
        if not self.segments or not 0 < self.work_day_minutes <= _DAY_MINUTES:
            raise _bad_hours()
        ZoneInfo(self.zone)
        key = (self.segments, self.periods, self.zone, self.work_day_minutes)
        object.__setattr__(self, "_key", key)
        object.__setattr__(self, "_hash", hash(key))

    def local_date(self, at: datetime) -> date:
        """The office's calendar day of an instant."""
        return at.astimezone(_zone(self.zone)).date()

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, OfficeHours) and self._key == other._key)

    def __hash__(self) -> int:
        return self._hash


def parse_segments(text: str) -> tuple[Segment, ...]:
    """`"08:00-12:00,14:00-18:00"` as segments; an empty text is a closed day. Error: office_hours_invalid."""
    segments = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        opening, _, closing = part.partition("-")
        segments.append((_minutes(opening), _minutes(closing)))
    _check_segments(tuple(segments))
    return tuple(segments)


def work_segments(calendar: Calendar, hours: OfficeHours) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All openings and closings of the window in µs since 1970, in order, touching segments joined.

    Error office_hours_invalid when the office never opens."""
    days = np.arange(_day_number(WINDOW[0]), _day_number(WINDOW[1]), dtype=np.int64)
    pattern = _pattern_of_days(days, hours)
    pattern[~_workdays(days, calendar)] = -1
    openings, closings = [], []
    for number, segments in enumerate(_patterns(hours)):
        chosen = days[pattern == number]
        for opening, closing in segments:
            openings.append(_utc_seconds(chosen, opening, hours.zone))
            closings.append(_utc_seconds(chosen, closing, hours.zone))
    if not any(column.size for column in openings):
        raise _never_open()
    return _joined(np.concatenate(openings), np.concatenate(closings))


def _joined(
    starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Sorted; without segments that fall into the hour a summer time skips; touching ones made one."""
    lasting = ends > starts
    starts, ends = np.sort(starts[lasting]), np.sort(ends[lasting])
    apart = starts[1:] > ends[:-1]
    starts = starts[np.concatenate(([True], apart))]
    ends = ends[np.concatenate((apart, [True]))]
    return starts * SECOND_US, ends * SECOND_US


def _patterns(hours: OfficeHours) -> list[tuple[Segment, ...]]:
    return [hours.segments, *(period.segments for period in hours.periods)]


def _pattern_of_days(days: NDArray[np.int64], hours: OfficeHours) -> NDArray[np.int64]:
    pattern = np.zeros(len(days), dtype=np.int64)
    for number, period in enumerate(hours.periods, start=1):
        fits = np.ones(len(days), dtype=bool)
        if period.valid_from is not None:
            fits &= days >= _day_number(period.valid_from)
        if period.valid_to is not None:
            fits &= days < _day_number(period.valid_to)
        if period.weekdays is not None:
            fits &= np.isin(_weekday(days), list(period.weekdays))
        if period.season is not None:
            fits &= _in_season(days, period.season)
        pattern[fits] = number
    return pattern


def _in_season(days: NDArray[np.int64], season: Season) -> NDArray[np.bool_]:
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    in_month = (dates - months.astype("datetime64[D]")).astype(np.int64) + 1
    number = (months.astype(np.int64) % 12 + 1) * 100 + in_month
    first, last = season
    after, before = number >= first, number <= last
    inside: NDArray[np.bool_] = after & before if first <= last else after | before
    return inside


def _workdays(days: NDArray[np.int64], calendar: Calendar) -> NDArray[np.bool_]:
    working: NDArray[np.bool_] = ~np.isin(_weekday(days), list(calendar.weekend))
    for exceptions, works in ((calendar.holidays, False), (calendar.makeup_workdays, True)):
        inside = [_day_number(day) - days[0] for day in exceptions if WINDOW[0] <= day < WINDOW[1]]
        working[inside] = works
    return working


def _weekday(days: NDArray[np.int64]) -> NDArray[np.int64]:
    return (days + 3) % 7  # 1970-01-01 was a Thursday


def _day_number(day: date) -> int:
    return day.toordinal() - _UNIX_DAY.toordinal()


def _utc_seconds(days: NDArray[np.int64], minute: int, zone: str) -> NDArray[np.int64]:
    """UTC seconds of a local time of day. Only days on which the offset changes are asked one by one."""
    offsets = _midnight_offsets(zone)
    index = days - _day_number(WINDOW[0])
    result: NDArray[np.int64] = days * _DAY_S + minute * 60 - offsets[index]
    for i in np.flatnonzero(offsets[index] != offsets[index + 1]):
        local = _UNIX_DAY + timedelta(days=int(days[i]), minutes=minute)
        result[i] = local.replace(tzinfo=_zone(zone)).timestamp()
    return result


@lru_cache(maxsize=8)
def _midnight_offsets(zone: str) -> NDArray[np.int64]:
    """Offset from UTC in seconds at each local midnight of the window and of the day after it."""
    info = _zone(zone)
    midnights = (datetime(day.year, day.month, day.day, tzinfo=info) for day in _window_days())
    return np.array([_offset_s(midnight) for midnight in midnights], dtype=np.int64)


def _offset_s(at: datetime) -> int:
    return int((at.replace(tzinfo=UTC) - at).total_seconds())


def _window_days() -> Iterable[date]:
    return map(date.fromordinal, range(WINDOW[0].toordinal(), WINDOW[1].toordinal() + 1))


@lru_cache(maxsize=8)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _minutes(text: str) -> int:
    hour, colon, minute = text.strip().partition(":")
    if not colon or not (hour.isascii() and hour.isdigit() and minute.isascii() and minute.isdigit()):
        raise _bad_hours()
    if int(minute) > 59:
        raise _bad_hours()
    return int(hour) * 60 + int(minute)


def _check_segments(segments: tuple[Segment, ...]) -> None:
    previous = 0
    for opening, closing in segments:
        if not previous <= opening < closing <= _DAY_MINUTES:
            raise _bad_hours()
        previous = closing


def _bad_hours() -> DomainError:
    return DomainError(
        code="office_hours_invalid",
        message=_("Office hours must be ordered times such as 08:00-12:00,14:00-18:00 within one day."),
    )


def _never_open() -> DomainError:
    return DomainError(
        code="office_hours_invalid", message=_("With these hours the office would never open.")
    )
