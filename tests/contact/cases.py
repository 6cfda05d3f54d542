"""A case from report to closing in a few lines."""

from __future__ import annotations

from datetime import datetime, timedelta

from gridmgmt.cases.models import Case
from tests.cases.test_steps import after_photo, open_case, step, to_handling
from tests.world import AT, World, stored_photo

CLOSED_AT = AT + timedelta(hours=3)


def closed_case(world: World, *, at: datetime = CLOSED_AT) -> Case:
    case = open_case(world)
    to_handling(world, case)
    after_photo(case, AT)
    step(world, case, "handler", "feed_back", at=at - timedelta(hours=1), text="已清理")
    stored_photo(case, "site", at)
    step(world, case, "worker", "check_pass", at=at)
    case.refresh_from_db()
    return case
