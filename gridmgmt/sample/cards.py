"""Cards of the sample's month, as if the scan had looked every minute: raised when due, served, mostly answered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

import numpy as np
from django.db import transaction
from django.utils import timezone

from geodata.sample.randomness import generator
from gridmgmt.cases import reference
from gridmgmt.organisation.models import Grant, Role, User
from gridmgmt.supervision import actions, publishing, rules, urgings
from gridmgmt.supervision.models import Card, CardState, NoticeKind, SupervisionRule
from gridmgmt.supervision.raising import Finding, raise_cards
from gridmgmt.supervision.scan import BATCH, EVER, scan
from gridmgmt.supervision.watched import KINDS
from gridmgmt.supervision.watched.run import Run

LOOKED_AFTER = timedelta(minutes=1)
ANSWERS = (
    "已安排人员到现场处置，今日内办结。",
    "现场需两部门配合，已协调到位，正在处理。",
    "因连续降雨推迟作业，已重新排定日期。",
    "案件已处置完毕，照片已上传，待核查。",
    "承办人轮休未及时交接，已整改并重新指派。",
)
REASONS = ("因系统停机检修未能按时操作，经核实不属于责任延误。", "同一事项重复发牌，予以撤销。")
CANCELLED = 2


@transaction.atomic
def card_month(*, street_code: str, seed: int, now: datetime) -> dict[str, int]:
    """Cards, documents, answers and one published month; nothing when cards are there."""
    if Card.objects.exists():
        return {}
    rng = generator(seed, "supervision")
    valid = rules.valid_rules(now)
    for at, finding in sorted(_moments(valid, now), key=lambda pair: pair[0]):
        raise_cards([finding], at=at)
    _periods(valid, now)
    scan(now)
    people = {role: _holder(role, street_code) for role in (Role.SUPERVISOR, Role.LEADER)}
    _follow_up(people[Role.SUPERVISOR], people[Role.LEADER], now, rng)
    month = (timezone.localtime(now).date().replace(day=1) - timedelta(days=1)).replace(day=1)
    _publish(street_code, month, people[Role.SUPERVISOR], now)
    return {"cards": Card.objects.count(), "documents": Card.objects.filter(notice__isnull=False).count()}


def _moments(valid: list[SupervisionRule], now: datetime) -> Iterator[tuple[datetime, Finding]]:
    """When a scan would have found what, had it looked every minute: limits passed and urgings by leaders."""
    known = reference.current()
    for watches, finder in KINDS.items():
        over = next(rule for rule in valid if rule.watches == watches and rule.trigger == "over")
        late = list(finder.finished_runs(EVER, now, known))
        late += finder.open_runs(rules.triggers([over], watches), now, known, BATCH)
        for run in late:
            if run.due_at is not None:
                yield run.due_at + LOOKED_AFTER, Finding(replace(run, ended_at=None), over)
    for finding in urgings.urged_by_people(valid, EVER, now, BATCH):
        yield now - LOOKED_AFTER, finding


def _periods(valid: list[SupervisionRule], now: datetime) -> None:
    """Red cards at the minute an urging period passed, if the work was open then."""
    findings, settled = urgings.periods_over(valid, now, BATCH)
    ends = {(f.run.object_id, f.run.started_at): f for f in findings}
    for card in Card.objects.filter(pk__in=settled).order_by("urge_until"):
        finding = ends.get((card.object_id, card.started_at))
        if finding is not None and card.urge_until is not None:
            open_then: Run = replace(finding.run, ended_at=None)
            raise_cards([replace(finding, run=open_then)], at=card.urge_until + LOOKED_AFTER)
    Card.objects.filter(pk__in=settled).update(settled_at=now)


def _follow_up(supervisor: User, leader: User, now: datetime, rng: np.random.Generator) -> None:
    """Serving and answering of documents as far as the present; two cards are cancelled."""
    handlers = _handlers()
    cards = list(Card.objects.filter(notice__isnull=False).select_related("notice").order_by("raised_at"))
    for card in cards:
        served = card.raised_at + timedelta(minutes=int(rng.integers(5, 90)))
        if served >= now:
            continue
        actions.serve(card_id=card.pk, by=supervisor, at=served)
        handler = handlers.get(card.department_id) if card.department_id else None
        answered = _answer_time(card, served, rng)
        if handler is not None and answered < now:
            text = ANSWERS[int(rng.integers(len(ANSWERS)))]
            plan = timezone.localtime(answered).date() + timedelta(days=1) if rng.random() < 0.3 else None
            actions.answer(card_id=card.pk, by=handler, at=answered, text=text, plan_date=plan)
    yellow = [c for c in cards if c.notice.kind == NoticeKind.URGING and c.issued_by_id is None]
    for card, reason in zip(yellow[:CANCELLED], REASONS, strict=False):
        at = min(now, card.raised_at + timedelta(days=2))
        if not Card.objects.filter(pk=card.pk, state=CardState.CANCELLED).exists():
            actions.ask_cancel(card_id=card.pk, by=supervisor, at=at, reason=reason)
            actions.cancel(card_id=card.pk, by=leader, at=at)


def _answer_time(card: Card, served: datetime, rng: np.random.Generator) -> datetime:
    """Mostly within the period, now and then late, sometimes never."""
    whole = (card.reply_due_at or served) - served
    draw = rng.random()
    if draw > 0.92:
        return datetime.max.replace(tzinfo=served.tzinfo)
    return served + max(whole, timedelta(hours=1)) * float(rng.uniform(0.2, 0.95) if draw < 0.8 else 1.3)


def _handlers() -> dict[UUID, User]:
    """One handler per department."""
    grants = Grant.objects.filter(role=Role.HANDLER, valid_to=None).select_related("user").order_by("id")
    return {grant.department_id: grant.user for grant in grants if grant.department_id}


def _holder(role: str, street_code: str) -> User:
    return Grant.objects.filter(role=role, scope_code=street_code).select_related("user").earliest("id").user


def _publish(street_code: str, month: date, supervisor: User, now: datetime) -> None:
    publishing.publish(street=street_code, month=f"{month:%Y-%m}", by=supervisor, at=now)
