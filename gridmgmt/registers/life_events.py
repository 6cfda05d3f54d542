"""Finding life events once a day and making the to-dos of their rules; ending and forgetting old ones.

Set-based and idempotent: a person, a rule and an occasion make one to-do, once. It looks a month back, so days without the job
are made up for. Births are read from birth dates, birthdays as well; deaths, marriages and arrivals from the register history,
whoever wrote them.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from django.db import connection, transaction
from django.utils import timezone

from gridmgmt.registers.models import LifeTodo, TodoState

BACK_DAYS: Final = 31
FORGET_DAYS: Final = 180
"""How long a to-do is remembered after it ended, so that it is not made again; then it goes."""

# What happened, by trigger: person, occasion, day. A corrected entry ("" → married) is no marriage, an import of a whole
# register is no arrival. Index: registerchange_at.
_HAPPENED: Final = """
CREATE TEMP TABLE life_happened ON COMMIT DROP AS
SELECT 'birth' AS trigger, id AS person_id, birth_date::text AS occasion, birth_date AS on_day FROM geodata_person
WHERE life_state = 'present' AND birth_date > %(since)s AND birth_date <= %(today)s
UNION ALL
SELECT 'turned_' || years, id, years::text, (birth_date + make_interval(years => years))::date
FROM geodata_person, unnest(ARRAY[60, 80]) AS years
WHERE life_state = 'present' AND (birth_date + make_interval(years => years))::date > %(since)s
  AND (birth_date + make_interval(years => years))::date <= %(today)s
UNION ALL
SELECT trigger, person_key, min(at)::date::text, min(at)::date FROM (
  SELECT person_key, at, CASE
    WHEN changes #>> '{life_state,1}' = 'dead' THEN 'death'
    WHEN changes #>> '{marital,0}' IN ('10', '30', '40') AND changes #>> '{marital,1}' LIKE '2_' THEN 'marriage'
    WHEN kind = 'made' AND register = 'person' AND cause = 'move_in' THEN 'moved_in'
    WHEN changes #>> '{life_state,0}' = 'moved_out' AND changes #>> '{life_state,1}' = 'present' AND cause = 'move_in'
      THEN 'moved_in' END AS trigger
  FROM registers_registerchange WHERE at > %(since_at)s AND register = 'person') c
WHERE trigger IS NOT NULL GROUP BY trigger, person_key
"""
# The department of the rule's kind nearest to where the person lives: community, street, county; else who answers for the rest.
_NEAREST: Final = """
CROSS JOIN LATERAL (
  SELECT d.id FROM organisation_department d
  WHERE d.active AND p.cell_code LIKE d.scope_code || '%%' AND (d.key = r.department_key OR d.last_resort)
  ORDER BY d.key = r.department_key DESC, length(d.scope_code) DESC LIMIT 1) d
"""
_MAKE: Final = f"""
INSERT INTO registers_lifetodo (id, rule_id, person_id, occasion, county, department_id, happened_on, made_at, due_on,
  expires_on, state, reason)
SELECT gen_random_uuid(), r.key, p.id, h.occasion, p.county, d.id, h.on_day, %(at)s,
  %(today)s + r.due_days, h.on_day + r.expire_days, 'open', ''
FROM life_happened h JOIN registers_liferule r ON r.trigger = h.trigger AND r.active
JOIN geodata_person p ON p.id = h.person_id
{_NEAREST}
WHERE h.on_day + r.expire_days > %(today)s
ON CONFLICT (rule_id, person_id, occasion) DO NOTHING
"""  # noqa: S608 - constants of this module
# Who moved out of the area of the department that owes them something is owed it by the one where they live now.
_FOLLOW: Final = f"""
UPDATE registers_lifetodo o SET department_id = n.department_id FROM (
  SELECT t.id, d.id AS department_id FROM registers_lifetodo t JOIN registers_liferule r ON r.key = t.rule_id
  JOIN geodata_person p ON p.id = t.person_id JOIN organisation_department w ON w.id = t.department_id
  {_NEAREST}
  WHERE t.state = 'open' AND NOT p.cell_code LIKE w.scope_code || '%%') n
WHERE o.id = n.id
"""  # noqa: S608 - constants of this module


@transaction.atomic
def look(now: datetime) -> int:
    """Daily: makes what is due, ends what expired, forgets what ended long ago; what is open goes along when its person moves to
    where another department answers. How many to-dos were made."""
    today = timezone.localdate(now)
    since = today - timedelta(days=BACK_DAYS)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("DROP TABLE IF EXISTS pg_temp.life_happened")
        values = {"today": today, "since": since, "since_at": now - timedelta(days=BACK_DAYS), "at": now}
        cursor.execute(_HAPPENED, values)
        cursor.execute(_MAKE, values)
        made = int(cursor.rowcount)
        cursor.execute(_FOLLOW)
    expire(today, now)
    return made


def expire(today: date, now: datetime) -> None:
    """Open ones past their day end by themselves; ended ones are forgotten after half a year."""
    LifeTodo.objects.filter(state=TodoState.OPEN, expires_on__lt=today).update(
        state=TodoState.EXPIRED, decided_at=now
    )
    LifeTodo.objects.exclude(state=TodoState.OPEN).filter(
        expires_on__lt=today - timedelta(days=FORGET_DAYS)
    ).delete()
