"""What residents of the sample's month answered after closing, and what the supervisor did about the unhappy ones."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
from django.db import transaction

from geodata.sample.randomness import generator
from gridmgmt.cases.models import Case
from gridmgmt.contact import follow_ups, ratings
from gridmgmt.contact.models import FollowUp, Rating
from gridmgmt.contact.progress import CLOSED
from gridmgmt.organisation.models import Grant, Role, User

ANSWERED = 0.62
SHARES = {Rating.Value.SATISFIED: 0.71, Rating.Value.BASICALLY: 0.19, Rating.Value.UNSATISFIED: 0.10}
WORDS = {
    Rating.Value.SATISFIED: ("", "", "处理很快。", "谢谢。"),
    Rating.Value.BASICALLY: ("", "处理好了，就是等得久了些。", "希望以后能定期巡查。"),
    Rating.Value.UNSATISFIED: ("清理后没两天又出现了。", "只处理了一半。", "没有人联系我就结案了。"),
}
NOTES = ("已电话联系反映人，说明情况并约定复查时间。", "已上门见面，反映人要求再次清理。")
OUTCOME = "已再次处理并请反映人确认。"
CONTACTED, FINISHED = 0.8, 0.45


@transaction.atomic
def answer_month(*, street_code: str, seed: int, now: datetime) -> dict[str, int]:
    """Ratings of closed public reports, follow-ups in all states; nothing when there are ratings."""
    if Rating.objects.exists():
        return {}
    rng = generator(seed, "answers")
    closed = Case.objects.filter(stage=CLOSED, source__is_public=True, cell_code__startswith=street_code)
    for case in closed.order_by("number"):
        at = _later(case.closed_at, rng, hours=60)
        if rng.random() < ANSWERED and at is not None and at < now:
            value = _drawn(rng)
            ratings.rate(
                case=case, value=value, text=_one(WORDS[value], rng), channel=Rating.Channel.CODE, at=at
            )
    supervisor = _supervisor(street_code)
    for row in FollowUp.objects.order_by("opened_at", "pk"):
        _take_care(row.pk, row.opened_at, supervisor, now, rng)
    return {"ratings": Rating.objects.count(), "follow_ups": FollowUp.objects.count()}


def _take_care(
    follow_up_id: UUID, opened_at: datetime, by: User, now: datetime, rng: np.random.Generator
) -> None:
    spoken, done = _later(opened_at, rng, hours=20), _later(opened_at, rng, hours=150)
    if rng.random() >= CONTACTED or spoken is None or spoken >= now:
        return
    follow_ups.note_contact(follow_up_id=follow_up_id, by=by, note=_one(NOTES, rng), at=spoken)
    if rng.random() < FINISHED and done is not None and spoken < done < now:
        follow_ups.finish(follow_up_id=follow_up_id, by=by, outcome=OUTCOME, at=done)


def _later(at: datetime | None, rng: np.random.Generator, *, hours: int) -> datetime | None:
    return at + timedelta(minutes=int(rng.integers(20, hours * 60))) if at is not None else None


def _drawn(rng: np.random.Generator) -> Rating.Value:
    return Rating.Value(str(rng.choice([value.value for value in SHARES], p=list(SHARES.values()))))


def _one(texts: tuple[str, ...], rng: np.random.Generator) -> str:
    return texts[int(rng.integers(len(texts)))]


def _supervisor(street_code: str) -> User:
    """Whoever supervises the street."""
    held = Grant.objects.filter(role=Role.SUPERVISOR, scope_code=street_code)
    return held.select_related("user").earliest("id").user
