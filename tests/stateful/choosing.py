"""Steps to try, drawn from the table: what the step asks for, and how it can be got wrong."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis.strategies import DataObject, booleans, sampled_from

from tests.stateful.flowtable import STANDARDS, Row
from tests.stateful.model import ZONE, Attempt, Matter, Person, Street

FLAWS = ("none", "none", "missing", "unknown_field", "wrong_value", "stale", "ahead")
STRANGE: dict[str, tuple[Any, ...]] = {
    "department": ("00000000-0000-7000-8000-000000000000",),
    "standard": (99,),
    "staff": ("00000000-0000-7000-8000-000000000000",),
    "master": ("YX20261120-999999",),
    "category": ("E9999",),
    "point": ("151.2,-33.8",),
    "until": ("2026-11-01", "2029-01-01"),
    "days": (366,),
    "reason_class": ("心情",),
}
BY_PAGE_ONLY = frozenset({"category", "point"})


def sampled(data: DataObject, found: Any) -> Any:
    return data.draw(sampled_from(sorted(found)))


def fitting(
    data: DataObject, street: Street, matter: Matter, person: Person, row: Row, now: datetime
) -> Attempt:
    """A step with everything its line requires, as far as the street has it."""
    attempt = Attempt(person, row.action, matter.version)
    wanted = [*row.requires, *(name for name in row.takes if data.draw(booleans()))]
    for name in wanted:
        if name in ("text", "reason"):
            attempt.text = "按规定办理"
        elif name in ("photo_after", "photo_site"):
            attempt.photos = 0 if matter.has_proof(name) else 1
        elif (value := _value(data, street, matter, name, now)) is not None:
            attempt.fields[name] = value
    return attempt


def _value(data: DataObject, street: Street, matter: Matter, name: str, now: datetime) -> Any:
    """A value of a field that is likely to be right; None when the street has none."""
    staffed = [
        one.id for one in street.offices.values() if one.key in ("sanitation_station", "enforcement_squad")
    ]
    likely: dict[str, Any] = {
        "department": staffed,
        "standard": STANDARDS[matter.category],
        "staff": [one.id for one in street.people.values() if street.works_there(one.id, matter.path)],
        "master": [one.number for one in street.matters.values() if one.category == matter.category],
        "category": {"E0110", "E0112", "C0101", "E0111"} - {matter.category},
        "point": street.places,
        "until": [(now.astimezone(ZONE).date() + timedelta(days=days)).isoformat() for days in (1, 2, 20)],
        "days": [1, 2, 9],
        "reason_class": ["规划"],
    }
    return sampled(data, likely[name]) if likely[name] else None


def spoil(data: DataObject, attempt: Attempt, row: Row | None) -> None:
    """One thing wrong with it, or nothing."""
    flaw = data.draw(sampled_from(FLAWS))
    if flaw == "stale":
        attempt.version = max(1, attempt.version - 1)
    elif flaw == "ahead":
        attempt.version += 1
    elif flaw == "unknown_field":
        attempt.fields["days" if row is None or "days" not in row.fields else "staff"] = (
            3 if row is None or "days" not in row.fields else STRANGE["staff"][0]
        )
    elif flaw == "missing":
        attempt.text, attempt.fields, attempt.photos = "", {}, 0
    elif flaw == "wrong_value" and attempt.fields:
        name = sampled(data, attempt.fields)
        attempt.fields[name] = data.draw(sampled_from(STRANGE[name]))
