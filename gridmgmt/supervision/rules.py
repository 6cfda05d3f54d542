"""The rules that hold on a day, and their first filling from the data file."""

from __future__ import annotations

import csv
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from gridmgmt.supervision.models import SupervisionRule
from gridmgmt.supervision.thresholds import Trigger

FILE = Path(__file__).resolve().parent / "data" / "rules.csv"
NUMBERS = ("left_value", "urging_value")
SINCE = date(2026, 1, 1)


def valid_rules(at: datetime) -> list[SupervisionRule]:
    """Active rules of the local day of an instant."""
    day = timezone.localtime(at).date()
    rows = SupervisionRule.objects.filter(active=True, valid_from__lte=day)
    return list(rows.filter(Q(valid_to=None) | Q(valid_to__gt=day)).order_by("key"))


def triggers(rules: list[SupervisionRule], watches: str) -> list[Trigger]:
    """What the scan compares for one kind of object; urgings are looked at apart from clocks."""
    return [
        Trigger(rule.key, rule.trigger, float(rule.share) if rule.share else None, rule.left_value, rule.left_unit)
        for rule in rules
        if rule.watches == watches and rule.trigger not in ("urging", "leader")
    ]  # fmt: skip


@transaction.atomic
def load_rules() -> int:
    """Adds the rules of the file whose key is not there yet; what an administrator changed stays. Returns how many."""
    known = set(SupervisionRule.objects.values_list("key", flat=True))
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = [_row(cells) for cells in csv.DictReader(file) if cells["key"] not in known]
    SupervisionRule.objects.bulk_create(rows)
    return len(rows)


def _row(cells: dict[str, Any]) -> SupervisionRule:
    values: dict[str, Any] = {**cells, "active": cells["active"] == "1", "score": int(cells["score"])}
    values |= {name: int(cells[name]) if cells[name] else None for name in NUMBERS}
    values["share"] = cells["share"] or None
    return SupervisionRule(**values, valid_from=SINCE)
