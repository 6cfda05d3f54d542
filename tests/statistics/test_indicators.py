"""Every indicator of the small month, counted by hand: numerator and denominator."""

from __future__ import annotations

from datetime import date

from gridmgmt.organisation.scope import load_scope
from gridmgmt.statistics import board, periods
from gridmgmt.statistics.definitions import catalogue
from tests.statistics.conftest import READ_AT

NOVEMBER = periods.of("month", date(2026, 11, 1))
KEYS = [key for key, indicator in catalogue().items() if indicator.definition]


def whole(scope, **given):
    question = board.Question(NOVEMBER, given.pop("known_at", READ_AT), **given)
    return board.figures(scope, question, dimension="community", keys=KEYS).whole


EXPECTED = {
    # key: numerator, denominator
    "report_num": (7, None),
    "valid_report_rate": (5, 6),  # in time, late, rework, hung, sent on; of these and the refused one
    "miss_report_rate": (1, 6),  # public; of the six filed
    "verify_ontime_rate": (1, 1),
    "check_ontime_rate": (3, 5),  # late: 3 h, public: never; in time, two checks of rework
    "report_error_rate": (1, 6),
    "accept_share": (6, None),
    "verify_dispatch_ontime": (1, 1),
    "check_dispatch_ontime": (3, 5),  # those of rework lay in the pool for an hour
    "register_rate": (6, 7),
    "register_ontime_rate": (5, 6),  # public: 9 working hours
    "register_accuracy": (6, 6),
    "dispatch_num": (7, None),
    "dispatch_ontime_rate": (6, 6),
    "dispatch_accuracy": (6, 7),  # sent on
    "due_num": (5, None),  # all dispatched but the hung one
    "handle_rate": (4, 5),
    "handle_ontime_rate": (3, 5),
    "rework_rate": (1, 4),
    "avg_handle_time": (1.5 + 9 + 2 + (2 + 1), 4),
    "timeout_multiple": (9 / 4, 1),
    "close_rate": (3, 5),
    "close_ontime_rate": (2, 5),
    "overdue_close_num": (1, None),
    "repeat_num": (5, None),  # where "in time" and "rework" had been closed before: all but those two
    "satisfaction_rate": (0, 0),
    "svc_yellow": (0, None),
    "svc_red": (0, None),
}


def test_figures_of_the_month(world, month):
    found = whole(load_scope(world.leader.pk))
    counted = {key: (figure.numerator, figure.denominator) for key, figure in found.items()}
    assert counted == EXPECTED
