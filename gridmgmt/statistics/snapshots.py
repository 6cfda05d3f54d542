"""Figures of whole months, kept with the version of their definition; trends are drawn from them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Min, Sum

from gridmgmt.organisation.scope import Scope, visible
from gridmgmt.statistics import board, periods
from gridmgmt.statistics.board import Question
from gridmgmt.statistics.definitions import available
from gridmgmt.statistics.figures import Figure
from gridmgmt.statistics.models import CaseState, Snapshot
from gridmgmt.statistics.periods import Period

MONTHS_KEPT_WHOLE = 13
EVERYBODY = Scope(user_id=None, everything=True)


def take_missing(*, at: datetime) -> list[date]:
    """Take the month-ends of the last thirteen months that are not there yet; answers which were."""
    first = CaseState.objects.aggregate(first=Min("reported_at"))["first"]
    if first is None:
        return []
    begun = first.astimezone(board.zone()).date().replace(day=1)
    kept = set(Snapshot.objects.values_list("month", flat=True).distinct())
    month = periods.of("month", at.astimezone(board.zone()).date()).before()
    taken = []
    for _number in range(MONTHS_KEPT_WHOLE):
        if month.first >= begun and month.first not in kept:
            take(month, at=at)
            taken.append(month.first)
        month = month.before()
    return taken


@transaction.atomic
def take(month: Period, *, at: datetime) -> int:
    """Keep a month as it stood at its end, instead of what was kept before; answers how many rows."""
    known = {key: i.definition for key, i in available().items() if i.definition and not i.definition.peers}
    definitions = {key: definition for key, definition in known.items() if definition is not None}
    question = Question(month, month.ends(board.zone()))
    cells = board.counted(EVERYBODY, question, ("community", "department"), definitions)
    rows = [
        Snapshot(
            month=month.first, code=code, department_id=UUID(department) if department else None, indicator=key,
            definition=definitions[key].version, numerator=figure.numerator, denominator=figure.denominator,
            excused=figure.excused, taken_at=at,
        )
        for (code, department), figures in cells.items()
        for key, figure in figures.items()
        if figure.numerator or figure.denominator or figure.excused
    ]  # fmt: skip
    Snapshot.objects.filter(month=month.first).delete()
    Snapshot.objects.bulk_create(rows, batch_size=2_000)
    return len(rows)


def trend(
    scope: Scope, question: Question, *, dimension: str, key: str, months: int = 12
) -> dict[str, dict[date, Figure]]:
    """Figures of the months before the question's, by row and month. Streets, communities and departments have trends."""
    column = {"street": "code", "community": "code", "department": "department_id"}.get(dimension)
    if column is None:
        return {}
    last = periods.of("month", question.period.first).first
    rows = visible(scope, Snapshot.objects.filter(indicator=key, month__lt=last))
    rows = rows.filter(month__gte=last - timedelta(days=31 * months), code__startswith=question.code)
    if question.department:
        rows = rows.filter(department_id=question.department)
    summed = rows.values(column, "month").annotate(
        above=Sum("numerator"), below=Sum("denominator"), moved=Sum("excused")
    )
    found: dict[str, dict[date, Figure]] = defaultdict(dict)
    for row in summed.order_by("month"):
        name = _row_name(dimension, row[column])
        figure = Figure(row["above"], row["below"], row["moved"])
        kept = found[name].get(row["month"])
        found[name][row["month"]] = kept.plus(figure) if kept else figure
    return found


def _row_name(dimension: str, found: object) -> str:
    return str(found or "")[:9] if dimension == "street" else str(found or "")


def months_of(trends: Sequence[dict[date, Figure]]) -> list[date]:
    """Every month that some row has, in order."""
    return sorted({month for row in trends for month in row})
