"""Joint cases made by the live steps, for tests of every app that counts or shows them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from gridmgmt.cases.actions import take_step
from gridmgmt.cases.intake import submit_report
from gridmgmt.cases.models import Case
from gridmgmt.organisation.actions import grant_role
from gridmgmt.organisation.models import User
from tests.world import AT, STREET, World, draft, sender, stored_photo

PARTS = ("sanitation_station", "enforcement_squad", "greening_service")
HANDLERS = {
    "sanitation_station": "handler",
    "enforcement_squad": "other_handler",
    "greening_service": "gardener",
}


def hour(hours: float) -> datetime:
    return AT + timedelta(hours=hours)


def people(world: World) -> None:
    """A handler for the third department."""
    if "gardener" not in world.people:
        user = User.objects.create(username="gardener", name="gardener")
        place = world.department("greening_service")
        grant_role(user=user, role="handler", scope_code=STREET, department=place, at=AT.replace(month=1))
        world.people["gardener"] = user


def step(
    world: World, case: Case, who: str, action: str, *, at: datetime = AT, text: str = "", **fields: Any
) -> Case:
    case.refresh_from_db()
    if action in ("check_pass", "check_fail_joint"):
        stored_photo(case, "site", at)
    if action == "feed_back":
        stored_photo(case, "after", at)
    return take_step(
        case_id=case.pk, action=action, by=world.people[who], expected_version=case.version, at=at, text=text,
        fields=fields,
    )  # fmt: skip


def filed(world: World, **changes: Any) -> Case:
    case = Case.objects.get(
        pk=submit_report(draft=draft(world, **changes), sender=sender(world), at=AT).case_id
    )
    step(world, case, "acceptor", "accept")
    return step(world, case, "registrar", "register", standard=1)


def parts(world: World, *keys: str, **limits: int) -> list[dict[str, Any]]:
    """The field ``departments``: the first leads; ``limits`` in working hours by key."""
    return [
        {
            "department": str(world.department(key).pk), "lead": place == 0,
            **({"limit_value": limits[key], "limit_unit": "work_hour"} if key in limits else {}),
        }
        for place, key in enumerate(keys)
    ]  # fmt: skip


def joint(world: World, *keys: str, at: datetime = AT, **limits: int) -> Case:
    """A case handled by several departments since ``at``."""
    people(world)
    case = filed(world)
    chosen = parts(world, *(keys or PARTS[:2]), **limits)
    return step(world, case, "dispatcher", "dispatch_joint", at=at, departments=chosen)


def branch(case: Case, place: int) -> Case:
    return Case.objects.get(number=f"{case.number}-{place}")


def done(world: World, case: Case, place: int, *, at: datetime) -> Case:
    """A branch signed for and reported done at an instant."""
    part = branch(case, place)
    who = HANDLERS[part.department.key]
    step(world, part, who, "sign", at=at)
    return step(world, part, who, "feed_back", at=at, text="已完成")
