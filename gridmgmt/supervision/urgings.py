"""Urging periods: those set by people in a step of the flow, and those that have passed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from gridmgmt.cases import reference
from gridmgmt.cases.reference import Reference
from gridmgmt.organisation.models import User
from gridmgmt.supervision.models import Card, CardState, SupervisionRule
from gridmgmt.supervision.raising import Finding
from gridmgmt.supervision.watched import KINDS
from gridmgmt.supervision.watched.run import Run, rows_of

# Steps "urge" without a card: taken by another door than supervision's own action. Index: case_history_at.
URGED = """
SELECT h.case_id, h.seq, h.actor_id, h.text FROM cases_casehistory h
WHERE h.action = 'urge' AND h.at > %(since)s AND h.at <= %(until)s
  AND NOT EXISTS (SELECT FROM supervision_card k WHERE k.object_id = h.case_id AND k.occasion = h.seq)
ORDER BY h.at, h.id LIMIT %(most)s
"""


def urged_by_people(
    rules: Sequence[SupervisionRule], since: datetime, until: datetime, most: int
) -> list[Finding]:
    """Urgings by people that have no notice yet, on the run that is open now; an ended case needs none."""
    steps = rows_of(URGED, {"since": since, "until": until, "most": most})
    people = User.objects.in_bulk({actor for _, _, actor, _ in steps if actor})
    runs = present_runs([case_id for case_id, *_ in steps], reference.current())
    found = []
    for case_id, seq, actor, text in steps:
        run, rule = runs.get(case_id), None
        if run is not None:
            rule = leader_rule(rules, run.watches)
        if run is not None and rule is not None:
            found.append(Finding(run, rule, occasion=seq, by=people.get(actor), text=text))
    return found


def leader_rule(rules: Sequence[SupervisionRule], watches: str) -> SupervisionRule | None:
    """The rule for urgings by people on a kind of object."""
    return next((rule for rule in rules if rule.trigger == "leader" and rule.watches == watches), None)


def present_runs(ids: list[UUID], known: Reference) -> dict[UUID, Run]:
    """What an urging of each case concerns: the handling clock when it runs, else the stage."""
    if not ids:
        return {}
    return KINDS["stage"].present_runs(ids, known) | KINDS["case"].present_runs(ids, known)


def periods_over(
    rules: Sequence[SupervisionRule], at: datetime, most: int
) -> tuple[list[Finding], list[UUID]]:
    """Red findings for urging periods that passed while the work was open, and cards that need no watching any more."""
    findings: list[Finding] = []
    settled: list[UUID] = []
    for watches, finder in KINDS.items():
        red = next((r for r in rules if r.trigger == "urging" and r.watches == watches), None)
        due = Card.objects.filter(watches=watches, urge_until__lte=at, settled_at=None).order_by("urge_until")
        cards = {card.pk: card for card in due.select_related("notice", "department")[:most]}
        for card_id, ended_at, anew, paused, exempt in rows_of(finder.ends, {"cards": list(cards), "at": at}):
            card = cards[card_id]
            in_time = ended_at is not None and (anew or ended_at <= card.urge_until)
            if paused and ended_at is None and not exempt:
                continue  # the clock stands still: looked at again when it runs
            settled.append(card_id)
            if red is None or in_time or exempt or card.state == CardState.CANCELLED:
                continue
            findings.append(Finding(_run_of(card, ended_at), red, before=card.notice.number))
    return findings, settled


def _run_of(card: Card, ended_at: datetime | None) -> Run:
    """The run as it stood on the card that set the period."""
    run = Run(
        card.watches,
        card.object_id,
        card.number,
        card.subject,
        card.subject_en,
        card.cell_code,
        card.stage,
        card.limit_value,
        card.limit_unit,
        card.started_at,
        card.started_at,
        card.due_at,
        card.calendar_version,
        card.department_id,
        card.assignee_id,
        ended_at,
    )
    run.stage_names = (card.stage_name, card.stage_name_en)
    run.hours_path = card.department.path if card.department else ""
    return run
