"""Cases in a state that supervision looks at, made by the live steps."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from gridmgmt.cases.actions import take_step
from gridmgmt.cases.intake import submit_report
from gridmgmt.cases.models import Case
from gridmgmt.supervision.models import Card
from gridmgmt.supervision.rules import load_rules
from tests.world import AT, World, draft, sender, stored_photo

H = timedelta(hours=1)
M = timedelta(minutes=1)


def ready() -> None:
    load_rules()


def take(
    world: World, case: Case, who: str, action: str, *, at: datetime, text: str = "", **fields: Any
) -> Case:
    case.refresh_from_db()
    if action in ("check_pass", "check_fail"):
        stored_photo(case, "site", at)
    return take_step(
        case_id=case.pk,
        action=action,
        by=world.people[who],
        expected_version=case.version,
        at=at,
        text=text,
        fields=fields,
    )


def opened(world: World, *, at: datetime = AT, **changes: Any) -> Case:
    receipt = submit_report(draft=draft(world, **changes), sender=sender(world), at=at)
    return Case.objects.get(pk=receipt.case_id)


def handled(world: World, *, at: datetime = AT) -> Case:
    """A case being handled by the sanitation station since ``at`` (Friday 10:00 local, 4 working hours)."""
    case = opened(world, at=at)
    take(world, case, "acceptor", "accept", at=at)
    take(world, case, "registrar", "register", at=at, standard=1)
    department = world.department("sanitation_station").pk
    take(world, case, "dispatcher", "dispatch", at=at, department=department)
    return take(world, case, "handler", "sign", at=at)


def cards(case: Case) -> list[tuple[str, str]]:
    rows = Card.objects.filter(object_id=case.pk).order_by("raised_at", "rule_key")
    return [(card.rule_key, card.level) for card in rows]
