"""The rules of life events: their first filling from the data file, and switching them on and off."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path

from django.db import transaction

from gridmgmt.organisation.models import Role, User
from gridmgmt.organisation.scope import scope_of
from gridmgmt.registers.errors import refusal
from gridmgmt.registers.models import LifeRule

FILE = Path(__file__).resolve().parent / "data" / "life_rules.csv"


@transaction.atomic
def load_rules() -> int:
    """Adds the rules of the file whose key is not there yet; what an administrator changed stays. Returns how many."""
    known = set(LifeRule.objects.values_list("key", flat=True))
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = [
            LifeRule(
                **{**cells, "due_days": int(cells["due_days"]), "expire_days": int(cells["expire_days"])}
            )
            for cells in csv.DictReader(file)
            if cells["key"] not in known
        ]
    LifeRule.objects.bulk_create(rows)
    return len(rows)


@transaction.atomic
def switch(*, key: str, active: bool, by: User, at: datetime) -> LifeRule:
    """A rule proposes from now on, or no longer. Errors: register_not_permitted 403, life_rule_unknown 404."""
    if not scope_of(by).has_role(Role.ADMIN):
        raise refusal("register_not_permitted")
    rule = LifeRule.objects.select_for_update().filter(pk=key).first()
    if rule is None:
        raise refusal("life_rule_unknown")
    rule.active, rule.changed_by, rule.changed_at = active, by, at
    rule.save(update_fields=["active", "changed_by", "changed_at"])
    return rule
