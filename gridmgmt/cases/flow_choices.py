"""Which reports take which flow, decided by people: rules are added and taken away, and hold for the very next report."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.db import IntegrityError, transaction

from geodata.models import Area, Cell
from gridmgmt.cases import flow_errors
from gridmgmt.cases.flow_actions import may_edit
from gridmgmt.cases.intake import FIXED
from gridmgmt.cases.models import CaseSource, Category, Procedure, ProcedureRule, ProcedureState
from gridmgmt.cases.routing import category_levels
from gridmgmt.events import outbox
from gridmgmt.organisation.models import User

# Facts a report comes with that a rule may ask for.
FACTS = (FIXED,)
CONDITIONS = ("category_key", "area_code", "source", "flag")


@transaction.atomic
def add_rule(
    *, procedure_key: str, category_key: str, area_code: str, source: str, flag: str, by: User
) -> ProcedureRule:
    """Send reports that meet the conditions to a published flow. Empty conditions match everything.

    Errors: flow_not_permitted 403, flow_not_published 409, flow_rule_unknown 422 (which condition), flow_rule_exists 409.
    """
    _check(by)
    if not Procedure.objects.filter(key=procedure_key, state=ProcedureState.PUBLISHED).exists():
        raise flow_errors.not_published("")
    given = {"category_key": category_key, "area_code": area_code, "source": source, "flag": flag}
    for name, holds in _known(**given).items():
        if not holds:
            raise flow_errors.rule_unknown(name, given[name])
    try:
        with transaction.atomic():
            rule = ProcedureRule.objects.create(
                key=f"own-{uuid4().hex}", procedure_key=procedure_key, **given
            )
    except IntegrityError:
        taken = ProcedureRule.objects.get(**given)
        raise flow_errors.rule_exists(taken.procedure_key) from None
    _tell("flow.rule_added", rule, by)
    return rule


@transaction.atomic
def remove_rule(*, key: str, by: User) -> None:
    """Take a rule away; its reports go by the next fitting one. Errors: flow_not_permitted, flow_unknown, flow_rule_needed: one
    rule must match every report."""
    _check(by)
    rule = ProcedureRule.objects.select_for_update().filter(key=key).first()
    if rule is None:
        raise flow_errors.unknown(key)
    if not any(getattr(rule, name) for name in CONDITIONS):
        raise flow_errors.rule_needed()
    rule.delete()
    _tell("flow.rule_removed", rule, by)


def _check(by: User) -> None:
    if not may_edit(by):
        raise flow_errors.not_permitted()


def _known(*, category_key: str, area_code: str, source: str, flag: str) -> dict[str, bool]:
    """Condition → whether what it names exists."""
    category = Category.objects.filter(key__startswith=category_key).first() if category_key else None
    return {
        "category_key": not category_key
        or (category is not None and category_key in category_levels(category.key)),
        "area_code": not area_code
        or Area.objects.filter(code=area_code).exists()
        or Cell.objects.filter(code=area_code, active=True).exists(),
        "source": not source or CaseSource.objects.filter(key=source).exists(),
        "flag": flag in ("", *FACTS),
    }


def _tell(topic: str, rule: ProcedureRule, by: User) -> None:
    payload: dict[str, Any] = {name: getattr(rule, name) for name in ("key", "procedure_key", *CONDITIONS)}
    outbox.append(topic=topic, cell_code=rule.area_code, payload={**payload, "by": str(by.pk)})
