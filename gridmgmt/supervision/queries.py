"""Reads of cards, documents and publications; every one of staff goes through the scope."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Prefetch, Q, QuerySet, Sum
from django.utils import timezone

from geodata.errors import mark as _
from gridmgmt.cases.queries import matters_in, work_in
from gridmgmt.organisation.models import Department
from gridmgmt.organisation.scope import Scope, visible
from gridmgmt.supervision import errors
from gridmgmt.supervision.models import Card, CardEvent, CardState, Notice, Publication, SupervisionScan

ORDERS: dict[str, list[Any]] = {
    "newest": ["-raised_at", "-id"],
    "oldest": ["raised_at", "id"],
    "reply": [F("reply_due_at").asc(nulls_last=True), "-raised_at", "-id"],
}
OWED = _("Documents to answer")
FIGURES = ("warning", "urged", "yellow", "red")


@dataclass(frozen=True, slots=True)
class CardFilters:
    """Filters of a card list; empty means any. ``waiting``: "answer" or "late" for documents without an answer."""

    level: str = ""
    state: str = ""
    waiting: str = ""
    watches: str = ""
    department: str = ""
    code: str = ""
    since: date | None = None
    until: date | None = None
    text: str = ""
    order: str = "newest"


@dataclass(frozen=True, slots=True)
class CardPage:
    """One page of cards and how many there are in all."""

    rows: list[Card]
    total: int
    page: int
    size: int

    @property
    def pages(self) -> int:
        """Number of pages, at least one."""
        return max(1, -(-self.total // self.size))


def cards_in(scope: Scope) -> QuerySet[Card]:
    """Cards of a scope."""
    return visible(scope, Card.objects.all())


def filtered(scope: Scope, filters: CardFilters, *, now: datetime) -> QuerySet[Card]:
    """Cards of a scope that pass the filters, in the wished order."""
    rows = cards_in(scope)
    exact = {"level": filters.level, "state": filters.state, "watches": filters.watches}
    exact |= {"department__key": filters.department, "cell_code__startswith": filters.code}
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if filters.waiting:
        rows = rows.filter(unanswered(now, late=filters.waiting == "late"))
    start, end = day_bounds(filters.since, filters.until)
    if start:
        rows = rows.filter(raised_at__gte=start)
    if end:
        rows = rows.filter(raised_at__lt=end)
    if filters.text:
        words = Q(number__icontains=filters.text) | Q(notice__number__icontains=filters.text)
        rows = rows.filter(words | Q(subject__icontains=filters.text))
    return rows.order_by(*ORDERS.get(filters.order, ORDERS["newest"]))


def unanswered(now: datetime, *, late: bool) -> Q:
    """Documents that wait for the department's answer, or wait too long."""
    waits = Q(state__in=[CardState.ISSUED, CardState.SERVED], notice__isnull=False)
    return waits & Q(reply_due_at__lt=now) if late else waits


def owed_by(department: Department) -> int:
    """How many documents a department has still to answer."""
    return Card.objects.filter(unanswered(timezone.now(), late=False), department=department).count()


def day_bounds(since: date | None, until: date | None) -> tuple[datetime | None, datetime | None]:
    """Local days, both included, as instants."""
    zone = timezone.get_default_timezone()
    start = datetime.combine(since, time.min, tzinfo=zone) if since else None
    end = (
        datetime.combine(until + timedelta(days=1), time.min, tzinfo=zone)
        if until and until < date.max
        else None
    )
    return start, end


def card_list(
    scope: Scope, *, filters: CardFilters, now: datetime, page: int = 1, size: int = 30
) -> CardPage:
    """A page of cards with department and document loaded."""
    rows = filtered(scope, filters, now=now)
    total = rows.count()
    page = max(1, min(page, -(-total // size) or 1))
    chosen = rows.select_related("department", "notice")[(page - 1) * size : page * size]
    return CardPage(list(chosen), total, page, size)


def card_of(scope: Scope, card_id: UUID) -> Card:
    """One visible card with its history. Error card_unknown 404."""
    events = Prefetch("events", CardEvent.objects.select_related("actor").order_by("seq"))
    rows = cards_in(scope).select_related("department", "assignee", "issued_by", "cancel_asked_by", "notice")
    card = rows.prefetch_related(events).filter(pk=card_id).first()
    if card is None:
        raise errors.card_unknown()
    return card


def cards_of_case(scope: Scope, case_id: UUID) -> list[Card]:
    """Visible cards of a case, the gravest and newest first; what its page shows."""
    rows = cards_in(scope).filter(object_id=case_id).select_related("notice", "department")
    grave = {level: rank for rank, level in enumerate(("red", "yellow", "urged", "warning"))}
    return sorted(rows, key=lambda card: (card.state == CardState.CANCELLED, grave[card.level], -card.run))


def notice_of(scope: Scope, notice_id: UUID) -> Notice:
    """One document whose card is visible. Error notice_unknown 404."""
    found = Notice.objects.filter(pk=notice_id, card__in=cards_in(scope)).first()
    if found is None:
        raise errors.notice_unknown()
    return found


def today(scope: Scope, *, now: datetime, most: int = 12) -> list[Card]:
    """Cards of the local day, newest first; warnings last among equals of time."""
    start, _ = day_bounds(timezone.localtime(now).date(), None)
    rows = cards_in(scope).filter(raised_at__gte=start, raised_at__lte=now)
    return list(rows.select_related("department", "notice").order_by("-raised_at", "-id")[:most])


def card_figures(scope: Scope, *, now: datetime) -> dict[str, int]:
    """Cards of today by colour, documents that wait for an answer and that wait too long, score of the month."""
    local = timezone.localtime(now).date()
    start, _ = day_bounds(local, None)
    month, _ = day_bounds(local.replace(day=1), None)
    standing = ~Q(state=CardState.CANCELLED)
    counted = {
        level: Count("pk", filter=standing & Q(level=level, raised_at__gte=start)) for level in FIGURES
    }
    figures = cards_in(scope).aggregate(
        **counted,
        waiting=Count("pk", filter=unanswered(now, late=False)),
        late=Count("pk", filter=unanswered(now, late=True)),
        score=Sum("score", filter=standing & Q(raised_at__gte=month)),
    )
    return {name: int(value or 0) for name, value in figures.items()}


@dataclass(slots=True)
class Load:
    """Open cases of a department or a stage by lamp, and cards of this month that stand."""

    key: str
    name: str = ""
    name_en: str = ""
    green: int = 0
    yellow: int = 0
    red: int = 0
    grey: int = 0
    cards_yellow: int = 0
    cards_red: int = 0

    @property
    def open(self) -> int:
        """All of them."""
        return self.green + self.yellow + self.red + self.grey


def loads_by_department(scope: Scope, *, now: datetime) -> list[Load]:
    """Departments with open cases or cards of this month, the most overdue first."""
    loads: dict[str, Load] = {}
    cases = work_in(scope, now=now).filter(closed_at=None, department__isnull=False).order_by()
    columns = ("department__key", "department__name", "department__name_en")
    for key, name, name_en, lamp, number in cases.values_list(*columns, "lamp").annotate(n=Count("pk")):
        load = loads.setdefault(key, Load(key, name, name_en))
        setattr(load, lamp, getattr(load, lamp) + number)
    month, _ = day_bounds(timezone.localtime(now).date().replace(day=1), None)
    cards = cards_in(scope).filter(
        raised_at__gte=month, level__in=["yellow", "red"], department__isnull=False
    )
    cards = cards.exclude(state=CardState.CANCELLED).order_by()
    for key, name, name_en, level, number in cards.values_list(*columns, "level").annotate(n=Count("pk")):
        load = loads.setdefault(key, Load(key, name, name_en))
        name_of = f"cards_{level}"
        setattr(load, name_of, getattr(load, name_of) + number)
    return sorted(loads.values(), key=lambda load: (-load.red, -load.yellow, -load.open, load.key))


def loads_by_stage(scope: Scope, *, now: datetime) -> dict[str, Load]:
    """Open cases of each stage by lamp."""
    loads: dict[str, Load] = {}
    cases = matters_in(scope, now=now).filter(closed_at=None).order_by()
    for key, lamp, number in cases.values_list("stage", "lamp").annotate(n=Count("pk")):
        load = loads.setdefault(key, Load(key))
        setattr(load, lamp, getattr(load, lamp) + number)
    return loads


def last_scan() -> SupervisionScan | None:
    """When somebody looked last."""
    return SupervisionScan.objects.order_by("-id").first()


def publications(scope: Scope) -> list[Publication]:
    """All publications of streets the scope sees, retracted ones too, newest first."""
    rows = Publication.objects.select_related("published_by", "retracted_by")
    return [row for row in rows.order_by("-month", "street", "-published_at") if scope.covers(row.street)]


def published() -> QuerySet[Publication]:
    """What everybody may read: publications that stand, newest month first."""
    return Publication.objects.filter(retracted_at=None).prefetch_related("rows").order_by("-month", "street")
