"""What the appraisal page is asked, as it stands in the address; what cannot be read falls back, never an error page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode
from uuid import UUID

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext

from gridmgmt.organisation.models import Role
from gridmgmt.organisation.scope import Scope
from gridmgmt.statistics import board, periods
from gridmgmt.statistics.board import ALL_DIMENSIONS, Question
from gridmgmt.statistics.definitions import available, catalogue
from gridmgmt.statistics.periods import Period

SETS: dict[str, tuple[str, ...]] = {
    "departments": (
        "dept_score", "due_num", "handle_ontime_rate", "close_rate", "rework_rate", "avg_handle_time", "overdue_close_num",
        "satisfaction_rate",
    ),
    "workers": (
        "collector_score", "report_num", "valid_report_rate", "miss_report_rate", "verify_ontime_rate", "check_ontime_rate",
        "report_error_rate",
    ),
    "desks": (
        "acceptor_score", "accept_share", "verify_dispatch_ontime", "check_dispatch_ontime", "register_rate",
        "register_ontime_rate", "register_accuracy", "dispatch_num", "dispatch_ontime_rate", "dispatch_accuracy",
    ),
}  # fmt: skip
ALL, OWN = "all", "own"


@dataclass(frozen=True, slots=True)
class Asked:
    """The question with the rows and columns of its answer. ``known`` is a past day, None for now."""

    question: Question
    dimension: str
    keys: tuple[str, ...]
    chosen: str
    known: date | None

    def address(self, **changes: object) -> str:
        """The address part for the same question with something changed; empty values are left out."""
        period = self.question.period
        pairs: dict[str, object] = {"kind": period.kind, "by": self.dimension, "known": self.known or ""}
        if period.kind == "free":
            pairs |= {"first": period.first, "last": period.last}
        else:
            pairs |= {"day": period.first}
        pairs |= {"code": self.question.code, "category": self.question.category}
        pairs |= {"department": self.question.department or "", "set": self.chosen}
        columns = [("i", key) for key in self.keys] if self.chosen == OWN else []
        pairs |= changes
        return urlencode([(k, str(v)) for k, v in pairs.items() if v not in ("", None)] + columns)

    def moved(self, period: Period) -> str:
        """The address of another period of the same kind."""
        if period.kind == "free":
            return self.address(first=period.first, last=period.last)
        return self.address(day=period.first)


def read(given: QueryDict, scope: Scope) -> Asked:
    """The question of an address; the present month by community (persons for workers) without one."""
    chosen = given.get("set", OWN)
    keys = [key for key in given.getlist("i") if key in catalogue()]
    if chosen not in (*SETS, ALL):
        chosen = OWN if keys else _own_set(scope)
    if chosen != OWN:
        keys = list(available()) if chosen == ALL else list(SETS[chosen])
    known = _day(given.get("known", ""))
    now = timezone.now()
    dimension = given.get("by", "")
    question = Question(
        read_period(given),
        min(board.end_of(known), now) if known else now,
        code=_digits(given.get("code", "")),
        category=_clean(given.get("category", "")),
        department=_uuid(given.get("department", "")),
    )
    if dimension not in ALL_DIMENSIONS:
        dimension = _own_dimension(chosen)
    return Asked(question, dimension, tuple(dict.fromkeys(keys)), chosen, known)


def read_period(given: QueryDict) -> Period:
    """Days, or the period of a kind around a day; the present month when it cannot be read."""
    today = timezone.localdate()
    kind = given.get("kind", "month")
    try:
        if kind == "free":
            first, last = _day(given.get("first", "")), _day(given.get("last", ""))
            return periods.free(first or today.replace(day=1), last or today)
        return periods.of(kind, _day(given.get("day", "")) or today)
    except ValueError:
        return periods.of("month", today)


def set_names() -> list[tuple[str, str]]:
    """Ready choices of columns."""
    return [
        ("departments", gettext("Departments")),
        ("workers", gettext("Grid workers")),
        ("desks", gettext("Acceptance and dispatch")),
        (ALL, gettext("All indicators")),
        (OWN, gettext("Own choice (below)")),
    ]


def _own_set(scope: Scope) -> str:
    if scope.has_role(Role.LEADER, Role.SUPERVISOR, Role.STAFF, Role.HANDLER):
        return "departments"
    return "workers" if scope.has_role(Role.WORKER) else "desks"


def _own_dimension(chosen: str) -> str:
    return {"departments": "department", "workers": "person", "desks": "person"}.get(chosen, "community")


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2100 else None


def _digits(text: str) -> str:
    return text if text.isascii() and text.isdigit() and len(text) <= 16 else ""


def _clean(text: str) -> str:
    return text if text.isascii() and text.isalnum() and len(text) <= 8 else ""


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
