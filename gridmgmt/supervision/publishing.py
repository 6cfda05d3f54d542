"""Publishing a month's results of a street, and taking them back with a reason."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from geodata.ids import uuid7
from geodata.models import Area
from gridmgmt.events import outbox
from gridmgmt.organisation.models import Role, User
from gridmgmt.organisation.scope import Scope, scope_of
from gridmgmt.supervision import errors
from gridmgmt.supervision.models import Publication, PublishedRow
from gridmgmt.supervision.results import Result, hidden

MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")
TOPIC = "supervision.published"

# Handling clocks that stopped in a month, on time or late, and cards raised in it, per department. An accepted appeal
# excuses the case; a cancelled card does not count.
# A joint case counts by its branches. Caller: publish. Index: supervision_clock_stopped, card_raised_at.
RESULTS = """
WITH done AS (
  SELECT coalesce(h.department_id, c.department_id) AS department_id, e.at > e.due_at AND NOT c.exempt AS late
  FROM cases_clockentry e JOIN cases_case c ON c.id = e.case_id
  LEFT JOIN LATERAL (SELECT r.department_id FROM cases_casehistory r WHERE r.case_id = e.case_id AND r.at = e.at
    ORDER BY r.seq DESC LIMIT 1) h ON true
  WHERE e.kind = 'stop' AND e.at >= %(since)s AND e.at < %(until)s AND e.due_at IS NOT NULL
    AND c.cell_code LIKE %(street)s || '%%'
    AND NOT EXISTS (SELECT FROM cases_clockentry j WHERE j.case_id = e.case_id AND j.kind = 'joint' AND j.seq = 1 + (
      SELECT max(s.seq) FROM cases_clockentry s WHERE s.case_id = e.case_id AND s.seq < e.seq AND s.kind = 'start'))
), cards AS (
  SELECT department_id, count(*) FILTER (WHERE level = 'yellow') AS yellow, count(*) FILTER (WHERE level = 'red') AS red
  FROM supervision_card WHERE raised_at >= %(since)s AND raised_at < %(until)s AND state <> 'cancelled'
    AND cell_code LIKE %(street)s || '%%' GROUP BY department_id
), finished AS (
  SELECT department_id, count(*) AS n, count(*) FILTER (WHERE late) AS late FROM done GROUP BY department_id
)
SELECT d.name, d.name_en, coalesce(f.n, 0), coalesce(f.n - f.late, 0), coalesce(f.late, 0), coalesce(k.yellow, 0),
  coalesce(k.red, 0)
FROM organisation_department d
LEFT JOIN finished f ON f.department_id = d.id LEFT JOIN cards k ON k.department_id = d.id
WHERE f.n > 0 OR k.yellow > 0 OR k.red > 0
ORDER BY coalesce(f.n, 0) DESC, d.scope_code, d.path
"""


def streets_of(scope: Scope) -> list[Area]:
    """Streets whose results the scope may publish."""
    prefixes = scope.prefixes_of(Role.SUPERVISOR)
    rows = Area.objects.filter(level=9).order_by("code")
    return [area for area in rows if any(area.code.startswith(prefix) for prefix in prefixes)]


def publish(*, street: str, month: str, by: User, at: datetime) -> Publication:
    """Freezes a month that is over. Errors: month_invalid 422, card_not_permitted 403, already_published 409."""
    first, until = _month(month, at)
    area = next((area for area in streets_of(scope_of(by)) if area.code == street), None)
    if area is None:
        raise errors.not_permitted("publish")
    try:
        with transaction.atomic():
            kept = Publication.objects.create(
                id=uuid7(), street=street, place=area.name, month=first, published_by=by, published_at=at
            )
            rows = _rows(street, first, until)
            PublishedRow.objects.bulk_create([_row(kept, n, row) for n, row in enumerate(rows)])
            outbox.append(topic=TOPIC, cell_code=street, payload={"month": month, "action": "publish"})
    except IntegrityError as error:
        if "publication_one_per_month" in str(error):
            raise errors.already_published() from None
        raise
    return kept


@transaction.atomic
def retract(*, publication_id: UUID, by: User, at: datetime, reason: str) -> Publication:
    """Takes a publication back; it stays on record with the reason."""
    kept = Publication.objects.select_for_update().filter(pk=publication_id).first()
    allowed = {area.code for area in streets_of(scope_of(by))}
    if kept is None or kept.street not in allowed:
        raise errors.publication_unknown()
    if kept.retracted_at is not None:
        raise errors.already_retracted()
    if not reason.strip():
        raise errors.text_missing("reason")
    kept.retracted_by, kept.retracted_at, kept.retract_reason = by, at, reason.strip()
    kept.save()
    payload = {"month": f"{kept.month:%Y-%m}", "action": "retract"}
    outbox.append(topic=TOPIC, cell_code=kept.street, payload=payload)
    return kept


def month_bounds(first: date) -> tuple[datetime, datetime]:
    """The local month as instants, the end excluded."""
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    zone = timezone.get_default_timezone()
    return (
        datetime.combine(first, time.min, tzinfo=zone),
        datetime.combine(following, time.min, tzinfo=zone),
    )


def _month(text: str, at: datetime) -> tuple[date, datetime]:
    match = MONTH.fullmatch(text)
    if match is None:
        raise errors.month_invalid()
    first = date(int(match[1]), int(match[2]), 1)
    until = month_bounds(first)[1]
    if until > at:
        raise errors.month_invalid()
    return first, until


def _rows(street: str, first: date, until: datetime) -> list[tuple[str, str, Result]]:
    since = month_bounds(first)[0]
    with connection.cursor() as cursor:
        cursor.execute(RESULTS, {"street": street, "since": since, "until": until})
        return [(name, name_en, hidden(Result(*numbers))) for name, name_en, *numbers in cursor.fetchall()]


def _row(publication: Publication, position: int, row: tuple[str, str, Result]) -> PublishedRow:
    name, name_en, result = row
    return PublishedRow(
        publication=publication,
        position=position,
        department=name,
        department_en=name_en,
        finished=result.finished,
        on_time=result.on_time,
        late=result.late,
        yellow=result.yellow,
        red=result.red,
    )
