"""How a case of the sample goes on: who takes which step when, until the present or the stage where it waits."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np

from gridmgmt.cases import clock
from gridmgmt.cases.facts import draw_of
from gridmgmt.cases.routing import DepartmentRef
from gridmgmt.sample.cast import ROLES_OF_CENTRE, Cast
from gridmgmt.sample.docket import Docket
from gridmgmt.sample.topics import CLASSES_OF_HANG, DONE_TEXTS, REASONS

ONE_IN_TEN = 10  # as the guard of the shipped flow says


class NotYetError(Exception):
    """The next step lies in the future, or the case waits here."""


@dataclass(slots=True)
class Story:
    """Plays one docket. `wait_at` is a stage in which the case is to be found today."""

    docket: Docket
    cast: Cast
    cell: str
    rng: np.random.Generator
    now: datetime
    zone: ZoneInfo
    wait_at: str = ""
    after_photos: list[datetime] = field(default_factory=list)
    site_photos: list[datetime] = field(default_factory=list)
    at: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.at = self.docket.reported_at
        if self.docket.is_fixed:
            self._show_fixed()

    def play(self, *, master: UUID | None = None) -> None:
        """Live through the case as far as it has come."""
        try:
            if self._taken_in(master):
                self._handled_until_closed()
        except NotYetError:
            return

    def _taken_in(self, master: UUID | None) -> bool:
        """Acceptance, verification, filing; False when it ends there."""
        self._pass_time(3, 45)
        if master is not None:
            self.docket.master = master
            self._go("merge", data={"master": str(master)})
            return False
        if self._ends_here(0.025):
            self._go("not_accept")
            return False
        if self.docket.is_fixed:
            return not self._put_right() and self._filed()
        self._go("accept")
        if self.docket.stage == "pending_verify":
            self._pass_time(25, 300)
            if self._ends_here(0.08):
                self._worker("verify_false")
                return False
            self._photograph_site()
            self._worker("verify_ok")
        self._pass_time(4, 80)
        return self._filed()

    def _filed(self) -> bool:
        if self._ends_here(0.015):
            self._go("void")
            return False
        if not self.docket.is_public and not self.docket.is_fixed and self._ends_here(0.03):
            self._photograph(self.docket.reported_at)
            self._go("self_handle")
            self._check()
            return False
        seq = self.docket.standard.seq if self.docket.standard else 1
        self._go("register", data={"standard": seq})
        return True

    def _put_right(self) -> bool:
        """Put right on the spot: most are confirmed by their photos, some on site; False when it was not."""
        drawn = draw_of(self.docket.reported_at) < ONE_IN_TEN
        if drawn or self._happens(0.1):
            self._go("spot_check")
            self._pass_time(30, 600)
            self._photograph_site()
            self._worker("check_fail" if self._happens(0.15) else "check_pass")
        else:
            self._go("not_fixed" if self._happens(0.06) else "self_handle")
        self._pass_time(4, 80)
        return self.docket.closed_at is not None

    def _handled_until_closed(self) -> None:
        self._pass_time(4, 60)
        self._dispatch("dispatch", self.docket.department)
        self._pass_time(4, self._patience_min())
        if self.wait_at == "returned" or self._happens(0.05):
            self._returned()
        while True:
            self._sign_and_handle()
            if self._check():
                break
            self._pass_time(5, 90)
        self._afterwards()

    def _returned(self) -> None:
        """The department says it is not theirs."""
        self._handler("return_case", "return_case")
        self._pass_time(20, 150)
        if self._happens(0.7):
            self._dispatch("redispatch", self.cast.others[int(self.rng.integers(len(self.cast.others)))])
        else:
            self._go("reject_return")
        self._pass_time(10, 120)

    def _sign_and_handle(self) -> None:
        self._handler("sign")
        start, docket = self.at, self.docket
        finish = self._finish_time()
        if self._happens(0.14):
            self._pass_time(5, 40)
            handler = self._handler_id()
            self._handler("assign_staff", data={"staff": str(handler)})
            docket.assignee = handler
        if self._happens(0.03):
            self._pass_time(10, 60)
            self._go("urge")
        if self.wait_at == "hung" or self._happens(0.012):
            finish = self._hang(finish)
        elif self._happens(0.05) and docket.due_at and finish < docket.due_at:
            finish = self._ask_for_delay(finish)
        self.at = max(finish, self.at + timedelta(minutes=8))
        self._photograph(max(start, docket.clock_started_at or start))
        self._handler("feed_back", text=self._one_of(DONE_TEXTS))

    def _finish_time(self) -> datetime:
        """When the department is done: mostly well inside the limit, sometimes late."""
        docket = self.docket
        draw = self.rng.random()
        share = self.rng.uniform(0.15, 0.8) if draw < 0.85 else self.rng.uniform(0.8, 1.0)
        if draw > 0.95:
            share = self.rng.uniform(1.05, 1.9)
        if docket.standard is None or docket.clock_started_at is None:
            return self._working_time(self.at + timedelta(hours=4 * share))
        known, limit = docket.known, docket.standard
        finish = clock.add(
            limit.limit_value * share, limit.limit_unit, docket.clock_started_at, known.calendar, known.hours
        )
        return max(finish, self.at + timedelta(minutes=15))

    def _ask_for_delay(self, finish: datetime) -> datetime:
        due = self.docket.due_at
        days = int(self.rng.integers(1, 4))
        self._pass_time(5, 30)
        if due is None or self.at + timedelta(minutes=40) >= due:
            return finish
        self._handler("request_delay", "request_delay", data={"days": days})
        self.at += timedelta(minutes=int(self.rng.integers(5, 35)))
        if self._happens(0.75):
            self._go("approve_delay", data={"days": days})
            return finish + timedelta(days=days * 0.6)
        self._go("reject_delay")
        return finish

    def _hang(self, finish: datetime) -> datetime:
        self._pass_time(30, 120)
        until = self.at.astimezone(self.zone).date() + timedelta(days=int(self.rng.integers(6, 40)))
        self._handler(
            "request_hang",
            "request_hang",
            data={"reason_class": self._one_of(CLASSES_OF_HANG), "until": until.isoformat()},
        )
        self._pass_time(20, 120)
        self._go("approve_hang", data={"until": until.isoformat()})
        pause = timedelta(days=float(self.rng.uniform(3, 25)))
        self.at = self._working_time(self.at + pause)
        self._go("resume")
        return finish + pause

    def _check(self) -> bool:
        """The worker looks at the result; False when it goes back."""
        self._pass_time(12, 115)
        self._photograph_site()
        if self.docket.clock_started_at and self._happens(0.07):
            self._worker("check_fail")
            return False
        self._worker("check_pass")
        return True

    def _afterwards(self) -> None:
        docket = self.docket
        late = docket.due_at and docket.clock_stopped_at and docket.clock_stopped_at > docket.due_at
        if late and self._happens(0.12):
            self._pass_time(60, 900)
            self._handler("appeal", "appeal")
            self._pass_time(60, 900)
            if self._happens(0.5):
                self._go("endorse_appeal", text="情况属实，建议认定。")
                self._pass_time(60, 900)
                self._go("approve_appeal", text="经核实，作出认定。")
            else:
                self._go("reject_appeal", text="经核实，作出认定。")
        elif docket.is_public and self._happens(0.03):
            self._pass_time(200, 2000)
            self._go("reopen")
            self._handled_until_closed()

    # --- who and when --------------------------------------------------------------------------------------------

    def _go(self, action: str, *, text: str = "", data: dict[str, object] | None = None) -> None:
        """A step of the centre or of a leader."""
        role = ROLES_OF_CENTRE[action]
        self._take(action, role, self.cast.by_role[role], text or self._reason(action), data)

    def _worker(self, action: str) -> None:
        self._take(action, "worker", self.cast.worker_of[self.cell], self._reason(action), None)

    def _handler(
        self, action: str, reason: str = "", *, text: str = "", data: dict[str, object] | None = None
    ) -> None:
        self._take(action, "handler", self._handler_id(), text or self._reason(reason), data)

    def _handler_id(self) -> UUID:
        department = self.docket.department
        if department is None:
            raise NotYetError
        return self.cast.handler_of[department.id]

    def _dispatch(self, action: str, department: DepartmentRef | None) -> None:
        if department is None or self.at > self.now or self.docket.stage == self.wait_at:
            raise NotYetError
        data: dict[str, object] = {"department": department.key}
        before = self.docket.department
        if before and before.id != department.id:
            data["department_before"] = before.key
        self.docket.department, self.docket.assignee = department, None
        self._go(action, data=data)

    def _take(self, action: str, role: str, actor: UUID, text: str, data: dict[str, object] | None) -> None:
        if self.at > self.now or self.docket.stage == self.wait_at:
            raise NotYetError
        self.docket.take(action, at=self.at, actor=actor, role=role, text=text, data=dict(data or {}))

    def _photograph(self, since: datetime) -> None:
        """After-photos, as many as the standard wants, shortly before now in the story, never before `since`."""
        if self.at > self.now or self.docket.stage == self.wait_at:
            raise NotYetError
        standard = self.docket.standard
        taken = max(since + timedelta(seconds=30), self.at - timedelta(minutes=3))
        wanted = max(1, standard.after_photos) if standard else 1
        self.after_photos += [taken + timedelta(seconds=15 * k) for k in range(wanted)]

    def _show_fixed(self) -> None:
        """The photos after the work that came with the report."""
        standard = self.docket.standard
        wanted = max(1, standard.after_photos) if standard else 1
        self.after_photos += [self.at + timedelta(seconds=20 + 15 * k) for k in range(wanted)]

    def _photograph_site(self) -> None:
        """What the worker shows from the place, a moment before the step."""
        if self.at > self.now or self.docket.stage == self.wait_at:
            raise NotYetError
        standard = self.docket.standard
        if standard is None or standard.after_photos > 0:
            self.site_photos.append(self.at - timedelta(seconds=40))

    def _pass_time(self, low_min: float, high_min: float) -> None:
        """Some minutes, more often few than many; nobody acts at night."""
        minutes = low_min + (high_min - low_min) * self.rng.random() ** 2
        self.at = self._working_time(self.at + timedelta(minutes=minutes))

    def _working_time(self, at: datetime) -> datetime:
        """The instant itself by day (07:30–21:00), else the next morning."""
        local = at.astimezone(self.zone)
        opens = local.replace(hour=7, minute=30, second=0, microsecond=0)
        if local > opens.replace(hour=21, minute=0):
            opens += timedelta(days=1)
        elif local >= opens:
            return at
        return (opens + timedelta(minutes=float(self.rng.uniform(0, 50)))).astimezone(at.tzinfo)

    def _happens(self, chance: float) -> bool:
        return bool(self.rng.random() < chance)

    def _patience_min(self) -> float:
        """A department signs sooner when the limit is short."""
        limit = self.docket.standard
        short = limit is not None and limit.limit_unit == "urgent_hour"
        return 18.0 * limit.limit_value if limit and short else 200.0

    def _ends_here(self, chance: float) -> bool:
        """As `_happens`, but never for a case that is to wait in a later stage."""
        return not self.wait_at and self._happens(chance)

    def _reason(self, action: str) -> str:
        return self._one_of(REASONS[action]) if action in REASONS else ""

    def _one_of(self, texts: tuple[str, ...]) -> str:
        return texts[int(self.rng.integers(len(texts)))]
