"""A rule change tried on the cases of the last days before it is applied: how many would have gone elsewhere.

Set-based: the database counts the cases a change can touch in groups that routing cannot tell apart (category, area,
source, component owner, part of the day); each group is decided twice, by the table as it is and as it would be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

import psycopg
from django.db import OperationalError, connection, transaction

from geodata.errors import DomainError
from geodata.errors import mark as _
from gridmgmt.cases import reference
from gridmgmt.cases.reference import Reference
from gridmgmt.cases.routing import Decision, Rule, RuleBook, decide
from gridmgmt.cases.routing_actions import RuleDraft
from gridmgmt.cases.routing_queries import rules_not_over
from gridmgmt.organisation.models import Role
from gridmgmt.organisation.scope import Scope

LOOK_BACK = timedelta(days=30)
MOST_LISTED = 200
LONGEST_RUN = "20s"

# Cases the changed rules can touch. ``parts`` cut the day where some rule's window begins or ends. Index: case_reported_at.
_TOUCHED = """
FROM cases_case c LEFT JOIN geodata_component k ON k.id = c.component_id
CROSS JOIN LATERAL (SELECT c.category_id AS category, left(c.cell_code, %(digits)s) AS area, c.source_id AS source,
  coalesce(k.owner_key, '') AS owner,
  width_bucket((c.reported_at AT TIME ZONE %(zone)s)::time, %(parts)s::time[]) AS part) g
WHERE c.reported_at >= %(since)s AND c.reported_at < %(until)s AND c.cell_code LIKE ANY(%(under)s)
  AND c.parent_id IS NULL
  AND EXISTS (SELECT 1 FROM unnest(%(categories)s::text[], %(areas)s::text[], %(sources)s::text[], %(owners)s::text[])
    AS t (category, area, source, owner)
    WHERE starts_with(c.category_id, t.category) AND starts_with(c.cell_code, t.area)
      AND t.source IN ('', c.source_id) AND t.owner IN ('', coalesce(k.owner_key, '')))
"""
GROUPS = f"""
SELECT g.category, g.area, g.source, g.owner, g.part, count(*), count(*) FILTER (WHERE c.closed_at IS NULL)
{_TOUCHED} GROUP BY 1, 2, 3, 4, 5
"""
MOVED = f"""
SELECT c.number, c.category_id, c.cell_code, c.address, c.reported_at, c.closed_at IS NULL, m.before, m.after
{
    _TOUCHED.replace(
        "WHERE c.reported_at",
        '''JOIN unnest(%(m_category)s::text[], %(m_area)s::text[], %(m_source)s::text[],
  %(m_owner)s::text[], %(m_part)s::int[], %(m_before)s::text[], %(m_after)s::text[])
  AS m (category, area, source, owner, part, before, after)
  ON (m.category, m.area, m.source, m.owner, m.part) = (g.category, g.area, g.source, g.owner, g.part)
WHERE c.reported_at''',
    )
}
ORDER BY c.reported_at DESC, c.number LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class Flow:
    """So many cases would move from one department to another; names "" when nobody has it."""

    before: str
    before_name: str
    after: str
    after_name: str
    cases: int
    still_open: int


@dataclass(frozen=True, slots=True)
class MovedCase:
    """One case that would have gone elsewhere."""

    number: str
    category: str
    cell_code: str
    address: str
    reported_at: datetime
    is_open: bool
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class DryRun:
    """The outcome: cases looked at, flows with the most cases first, and the newest of the moved cases."""

    since: datetime
    until: datetime
    touched: int
    flows: list[Flow] = field(default_factory=list)
    cases: list[MovedCase] = field(default_factory=list)

    @property
    def moved(self) -> int:
        """Cases that would have gone to another department."""
        return sum(flow.cases for flow in self.flows)


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the table: a rule taken out, a rule put in, either may be missing."""

    draft: RuleDraft | None = None
    removed: UUID | None = None


def dry_run(
    scope: Scope, *, change: Change, now: datetime, look_back: timedelta = LOOK_BACK, most: int = MOST_LISTED
) -> DryRun:
    """Decide the cases of the last days by both tables, as they will be when the change begins.

    Only cases of the areas the scope administers are counted. Nothing is written; open cases stay where they are
    also when the change is applied.
    """
    known = reference.current()
    before, after, changed = _books(change, now)
    begins = (change.draft.valid_from if change.draft else None) or now
    values = _values(scope, known, changed, before.rules, after.rules, now - look_back, now)
    groups = _rows(GROUPS, values)
    moved, flows = [], Counter[tuple[tuple[str, str], tuple[str, str]]]()
    still_open = Counter[tuple[tuple[str, str], tuple[str, str]]]()
    parts: list[time] = [time.min, *values["parts"]]
    for category, area, source, owner, part, cases, open_cases in groups:
        asked = {
            "category_key": category, "cell_code": area, "source": source, "owner": owner,
            "at": begins, "local": parts[part],
        }  # fmt: skip
        old, new = decide(before, known.directory, **asked), decide(after, known.directory, **asked)
        if _where(old) != _where(new):
            way = (_where(old), _where(new))
            flows[way] += cases
            still_open[way] += open_cases
            moved.append((category, area, source, owner, part, way[0][0], way[1][0]))
    listed = _rows(MOVED, {**values, **_columns(moved), "most": most}) if moved and most else []
    return DryRun(
        since=now - look_back,
        until=now,
        touched=sum(row[5] for row in groups),
        flows=[
            Flow(old[0], old[1], new[0], new[1], number, still_open[old, new])
            for (old, new), number in flows.most_common()
        ],
        cases=[MovedCase(*row) for row in listed],
    )


def _books(change: Change, now: datetime) -> tuple[RuleBook, RuleBook, list[Rule]]:
    """The table as it is, as it would be, and the rules in which they differ."""
    rules = rules_not_over(now)
    gone = [rule for rule in rules if rule.id == str(change.removed)]
    kept = [rule for rule in rules if rule.id != str(change.removed)]
    # A replaced rule keeps its key, which decides between equally specific ones.
    new = [change.draft.as_rule(rule_id="draft", key=gone[0].key if gone else "~")] if change.draft else []
    return RuleBook(rules), RuleBook([*kept, *new]), gone + new


def _values(
    scope: Scope,
    known: Reference,
    changed: Sequence[Rule],
    before: Sequence[Rule],
    after: Sequence[Rule],
    since: datetime,
    until: datetime,
) -> dict[str, Any]:
    """Parameters of the statements."""
    rules = [*before, *after]
    parts = sorted(
        {at for rule in rules for at in (rule.time_from, rule.time_to) if at is not None and at > time.min}
    )
    return {
        "digits": max([12, *(len(rule.area_code) for rule in rules)]),
        "zone": str(known.zone),
        "parts": parts,
        "since": since,
        "until": until,
        "under": [f"{prefix}%" for prefix in scope.prefixes_of(Role.ADMIN)],
        "categories": [rule.category_key for rule in changed],
        "areas": [rule.area_code for rule in changed],
        "sources": [rule.source for rule in changed],
        "owners": [rule.component_owner for rule in changed],
    }


def _where(decision: Decision) -> tuple[str, str]:
    """Key and name of the department, empty when nobody has it."""
    found = decision.department
    return (found.key, found.name) if found else ("", "")


def _columns(moved: Sequence[tuple[Any, ...]]) -> dict[str, list[Any]]:
    names = ("m_category", "m_area", "m_source", "m_owner", "m_part", "m_before", "m_after")
    return {name: list(column) for name, column in zip(names, zip(*moved, strict=True), strict=True)}


def _rows(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Rows of a statement that may not hold the page up for ever."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [LONGEST_RUN])
            cursor.execute(statement, values)
            return list(cursor.fetchall())
    except OperationalError as error:
        if not isinstance(error.__cause__, psycopg.errors.QueryCanceled):
            raise
        raise DomainError(
            code="dry_run_too_long",
            status=503,
            message=_("The trial run takes too long just now. Nothing was changed; try again later."),
        ) from error
