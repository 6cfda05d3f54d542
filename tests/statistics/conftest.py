"""A small month in the small street, walked step by step at fixed times, so that every figure can be counted by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from gridmgmt.cases.actions import take_step
from gridmgmt.cases.intake import submit_report
from gridmgmt.cases.models import Case
from gridmgmt.organisation.models import Duty
from gridmgmt.statistics import refresh
from tests.world import draft, sender, stored_photo

READ_AT = datetime(2026, 12, 15, 0, 0, tzinfo=UTC)


def at(day: int, hour: float, month: int = 11) -> datetime:
    """Local time of the street (UTC+8) in 2026 as an instant."""
    minutes = round(hour * 60) - 8 * 60
    return datetime.fromtimestamp(datetime(2026, month, day, tzinfo=UTC).timestamp() + minutes * 60, tz=UTC)


class Walk:
    """One case, walked by named people."""

    def __init__(self, world, when, *, letter="A", who="worker", source="worker", **changes) -> None:
        self.world = world
        from_whom = sender(world, who)
        receipt = submit_report(
            draft=draft(world, letter, source=source, **changes), sender=from_whom, at=when
        )
        self.case = Case.objects.get(pk=receipt.case_id)

    def __call__(self, who, action, when, text="", **fields) -> Walk:
        self.case.refresh_from_db()
        if action in ("verify_ok", "check_pass", "check_fail"):
            stored_photo(self.case, "site", when)
        take_step(
            case_id=self.case.pk, action=action, by=self.world.people[who], expected_version=self.case.version,
            at=when, text=text, fields=fields,
        )  # fmt: skip
        return self

    def filed(self, accepted, registered) -> Walk:
        self("acceptor", "accept", accepted)
        return self("registrar", "register", registered, standard=1)

    def dispatched(self, when, key="sanitation_station", action="dispatch") -> Walk:
        return self("dispatcher", action, when, department=self.world.department(key).pk)

    def fed_back(self, when, signed=None, who="handler") -> Walk:
        if signed:
            self(who, "sign", signed)
        stored_photo(self.case, "after", when)
        return self(who, "feed_back", when, text="已处理")


@pytest.fixture
def walk(world):
    """Starts cases in the world."""
    return lambda when, **given: Walk(world, when, **given)


@pytest.fixture
def month(world, walk):
    """Eight cases in November 2026; working days, office hours 8-12 and 14-18, limit of E0110: 4 working hours.

    in time:  2nd, closed                         late:     3rd, handled after 9 working hours, closed
    public:   verified in time, still handled     rework:   4th, failed once, then passed
    merged:   into "in time"                      hung:     since the 5th
    refused:  a worker's report not accepted      sent on:  to enforcement, returned from sanitation; open and overdue
    """
    Duty.objects.update(
        valid_from=datetime(2026, 1, 1, tzinfo=UTC)
    )  # the worker answers for the upper community
    cases = {}
    c = cases["in_time"] = walk(at(2, 9)).filed(at(2, 9.5), at(2, 10)).dispatched(at(2, 10.5))
    c.fed_back(at(2, 12), at(2, 11))("worker", "check_pass", at(2, 13))
    c = cases["late"] = (
        walk(at(3, 8)).filed(at(3, 10.5), at(3, 11)).dispatched(at(3, 11))
    )  # accepted after 2.5 h
    c.fed_back(at(4, 12), at(3, 12))("worker", "check_pass", at(4, 15))  # checked after 3 h
    c = cases["public"] = walk(at(5, 9), who="acceptor", source="hotline")
    c("acceptor", "accept", at(5, 10))("worker", "verify_ok", at(5, 15))(
        "registrar", "register", at(6, 17), standard=1
    )
    c.dispatched(at(9, 9)).fed_back(at(9, 11), at(9, 9.5))
    c = cases["rework"] = (
        walk(at(4, 8), letter="a", who="other_worker").filed(at(4, 8.5), at(4, 9)).dispatched(at(4, 9))
    )
    c.fed_back(at(4, 11), at(4, 10))("other_worker", "check_fail", at(4, 12), "还有垃圾")
    c.fed_back(at(4, 15), at(4, 14.5))("other_worker", "check_pass", at(4, 16))
    c = cases["merged"] = walk(at(2, 9.2))
    c("acceptor", "merge", at(2, 9.6), master=cases["in_time"].case.number)
    c = cases["hung"] = (
        walk(at(5, 8), letter="a", who="other_worker").filed(at(5, 8.5), at(5, 9)).dispatched(at(5, 9))
    )
    c("handler", "sign", at(5, 9.5))(
        "handler", "request_hang", at(5, 10), "资金", until=date(2027, 3, 1), reason_class="资金"
    )
    c("dispatcher", "approve_hang", at(5, 10.5), until=date(2027, 3, 1))
    cases["refused"] = walk(at(6, 8))("acceptor", "not_accept", at(6, 9), "不属实")
    c = cases["sent_on"] = walk(at(9, 8)).filed(at(9, 8.5), at(9, 9)).dispatched(at(9, 9))
    c("handler", "return_case", at(9, 10), "职责不符").dispatched(
        at(9, 11), "enforcement_squad", "redispatch"
    )
    refresh.refresh(at=READ_AT)
    return cases
