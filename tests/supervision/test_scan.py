"""When cards are raised, when not, and that each is raised once. Times are local: AT is Friday 2026-11-20 10:00."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from gridmgmt.cases.models import Case
from gridmgmt.events.models import OutboxEvent
from gridmgmt.supervision.models import Card, CardEvent, Notice, NoticeKind, SupervisionRule, SupervisionScan
from gridmgmt.supervision.scan import scan
from tests.cases.joint_scenes import branch, done, joint
from tests.supervision import scenes
from tests.supervision.scenes import H, M, cards, handled, opened, take
from tests.world import AT, World, build

DUE = AT + 6 * H  # four working hours from 10:00: two before noon, two after 14:00


def test_nothing_is_raised_before_four_fifths_of_the_limit_are_used(street: World) -> None:
    case = handled(street)
    assert case.due_at == DUE
    scan(DUE - 49 * M)
    assert cards(case) == []


def test_a_warning_comes_when_four_fifths_are_used(street: World) -> None:
    case = handled(street)
    scan(DUE - 48 * M)
    assert cards(case) == [("case_near", "warning")]


def test_a_yellow_card_with_a_numbered_notice_comes_at_the_limit(street: World) -> None:
    case = handled(street)
    scan(DUE - M)
    scan(DUE)
    assert cards(case) == [("case_near", "warning"), ("case_over", "yellow")]
    notice = Notice.objects.get()
    assert (notice.kind, notice.number) == (NoticeKind.URGING, "澜榕街督〔2026〕1号")
    assert not Card.objects.get(level="warning").urge_until


def test_the_card_keeps_the_snapshot_that_caused_it(street: World) -> None:
    case = handled(street)
    scan(DUE + 30 * M)
    card = Card.objects.get(level="yellow")
    assert (card.limit_value, card.limit_unit) == (case.limit_value, case.limit_unit)
    assert (card.started_at, card.due_at) == (AT, DUE)
    assert (card.used_s, card.left_s) == (int(4.5 * 3600), -1800)
    assert card.calendar_version == case.calendar_version
    assert (card.stage, card.department_id) == ("handling", case.department_id)
    assert card.raised_at == DUE + 30 * M


def test_a_second_scan_raises_nothing(street: World) -> None:
    handled(street)
    assert scan(DUE + M).raised == 2
    assert scan(DUE + 2 * M).raised == 0


def test_a_red_card_with_a_recommendation_comes_when_the_urging_period_is_over(street: World) -> None:
    case = handled(street)
    scan(DUE + M)
    until = Card.objects.get(level="yellow").urge_until
    scan(until - M)
    assert ("case_urging_over", "red") not in cards(case)
    scan(until)
    assert cards(case)[-1] == ("case_urging_over", "red")
    recommendation = Notice.objects.get(kind=NoticeKind.RECOMMENDATION)
    assert recommendation.number == "澜榕街监〔2026〕1号"
    assert recommendation.content["before"] == "澜榕街督〔2026〕1号"
    assert scan(until + 5 * H).raised == 0


def test_no_red_card_when_the_work_was_done_within_the_urging_period(street: World) -> None:
    case = handled(street)
    scan(DUE + M)
    feed_back(street, case, at=DUE + H)
    scan(DUE + timedelta(days=7))
    assert "red" not in {level for key, level in cards(case) if key.startswith("case_")}


def test_hours_of_downtime_are_caught_up(street: World) -> None:
    case = handled(street)
    scan(AT)
    scan(DUE + 9 * H)
    assert cards(case) == [("case_near", "warning"), ("case_over", "yellow")]


def test_a_paused_clock_raises_nothing(street: World) -> None:
    case = handled(street)
    take(
        street,
        case,
        "handler",
        "request_hang",
        at=AT + H,
        text="等配件",
        until="2026-12-20",
        reason_class="季节",
    )
    take(street, case, "dispatcher", "approve_hang", at=AT + H, until="2026-12-20")
    scan(DUE + 5 * H)
    assert cards(case) == []


def test_a_resumed_clock_goes_on_and_is_carded_by_what_was_left(street: World) -> None:
    case = handled(street)
    take(
        street,
        case,
        "handler",
        "request_hang",
        at=AT + H,
        text="等配件",
        until="2026-12-20",
        reason_class="季节",
    )
    take(street, case, "dispatcher", "approve_hang", at=AT + H, until="2026-12-20")
    take(street, case, "dispatcher", "resume", at=AT + timedelta(days=7))
    scan(AT + timedelta(days=7, minutes=1))
    assert cards(case) == []
    case.refresh_from_db()
    scan(case.due_at + M)
    card = Card.objects.get(object_id=case.pk, level="yellow")
    assert card.used_s == 4 * 3600 + 60


def feed_back(world: World, case: Case, *, at) -> None:
    from geodata.ids import uuid7
    from gridmgmt.cases.models import Photo

    Photo.objects.create(
        id=uuid7(), case=case, role="after", sha256=b"\x09" * 32, state="stored", size=10, original="o", copy="c",
        stored_at=at,
    )  # fmt: skip
    take(world, case, "handler", "feed_back", at=at, text="已清运")


def test_finished_work_gets_no_warning(street: World) -> None:
    case = handled(street)
    feed_back(street, case, at=DUE - 10 * M)
    scan(DUE + H)
    assert [key for key, _ in cards(case) if key.startswith("case_")] == []


def test_a_late_finish_that_no_scan_saw_open_still_yields_the_fact_without_a_notice(street: World) -> None:
    case = handled(street)
    scan(AT)
    feed_back(street, case, at=DUE + 20 * M)
    scan(DUE + 30 * M)
    fact = Card.objects.get(object_id=case.pk, watches="case")
    assert (fact.rule_key, fact.level, fact.finished_late) == ("case_over", "yellow", True)
    assert fact.left_s == -20 * 60
    assert not Notice.objects.filter(card=fact).exists()


def test_the_fact_of_a_run_survives_a_rework_that_began_before_the_scan(street: World) -> None:
    case = handled(street)
    scan(AT)
    feed_back(street, case, at=DUE + 20 * M)
    take(street, case, "registrar", "check_fail", at=DUE + 25 * M, text="没有清干净")
    scan(DUE + 30 * M)
    fact = Card.objects.get(object_id=case.pk, watches="case")
    assert (fact.started_at, fact.finished_late) == (AT, True)


def test_a_rework_is_a_new_run_and_may_be_carded_again(street: World) -> None:
    case = handled(street)
    scan(DUE + M)
    feed_back(street, case, at=DUE + 20 * M)
    take(street, case, "registrar", "check_fail", at=DUE + 25 * M, text="没有清干净")
    case.refresh_from_db()
    scan(case.due_at + M)
    assert [key for key, _ in cards(case)].count("case_over") == 2


def test_a_stage_that_waits_at_a_desk_is_carded_to_the_desk(street: World) -> None:
    case = opened(street)
    take(street, case, "acceptor", "accept", at=AT)
    case.refresh_from_db()
    assert case.stage == "pending_register"
    scan(case.stage_due_at + M)
    card = Card.objects.get(rule_key="stage_over")
    assert card.department.key == "command_centre"
    assert card.stage == "pending_register"


def test_a_stage_left_late_between_two_scans_is_a_fact(street: World) -> None:
    case = opened(street)
    scan(AT)
    take(street, case, "acceptor", "accept", at=AT + 3 * H)
    scan(AT + 3 * H + M)
    fact = Card.objects.get(rule_key="stage_over")
    assert (fact.stage, fact.finished_late, fact.left_s) == ("reported", True, -3600)


def test_a_rule_that_is_not_active_raises_nothing(street: World) -> None:
    SupervisionRule.objects.exclude(key="case_over").update(active=False)
    case = handled(street)
    scan(DUE + M)
    assert cards(case) == [("case_over", "yellow")]


def test_a_rule_that_is_no_longer_valid_raises_nothing(street: World) -> None:
    SupervisionRule.objects.update(valid_to="2026-11-20")
    case = handled(street)
    scan(DUE + M)
    assert cards(case) == []


def test_a_new_edition_of_a_rule_does_not_raise_its_card_again(street: World) -> None:
    case = handled(street)
    scan(DUE + M)
    old = SupervisionRule.objects.get(key="case_over")
    SupervisionRule.objects.filter(pk=old.pk).update(valid_to="2026-11-20")
    old.pk, old.valid_from, old.score = None, "2026-11-20", -7
    old.save(force_insert=True)
    scan(DUE + 2 * M)
    assert cards(case).count(("case_over", "yellow")) == 1


def test_working_time_left_as_threshold_leaves_short_limits_alone(street: World) -> None:
    SupervisionRule.objects.exclude(key="case_one_day_left").update(active=False)
    SupervisionRule.objects.filter(key="case_one_day_left").update(active=True)
    short = handled(street)
    long = handled(street)
    Case.objects.filter(pk=long.pk).update(
        limit_value=3, limit_unit="work_day", due_at=AT + timedelta(days=5)
    )
    scan(AT + timedelta(days=3, hours=23))
    assert cards(short) == []
    assert cards(long) == []
    scan(AT + timedelta(days=4))
    assert cards(long) == [("case_one_day_left", "warning")]
    assert cards(short) == []


def test_an_excused_case_raises_nothing(street: World) -> None:
    case = handled(street)
    Case.objects.filter(pk=case.pk).update(exempt=True)
    scan(DUE + H)
    assert cards(case) == []


def test_a_clock_set_back_by_an_hour_raises_nothing_twice(street: World) -> None:
    case = handled(street)
    scan(DUE + M)
    before = cards(case)
    assert scan(DUE - 59 * M).raised == 0
    assert scan(DUE + 2 * M).raised == 0
    assert cards(case) == before


def test_a_deadline_over_a_holiday_is_not_near_while_nobody_works(street: World) -> None:
    evening = AT.replace(month=9, day=30, hour=8)  # 16:00 before the National Day week
    case = handled(street, at=evening)
    scan(evening + timedelta(days=5))
    assert cards(case) == []
    scan(case.due_at)
    assert ("case_over", "yellow") in cards(case)


def test_every_card_has_history_and_event_in_the_same_transaction(street: World) -> None:
    handled(street)
    scan(DUE + M)
    assert CardEvent.objects.filter(seq=1, action="raise").count() == Card.objects.count() == 2
    events = OutboxEvent.objects.filter(topic="supervision.card")
    assert {event.payload["level"] for event in events} == {"warning", "yellow"}
    assert all(event.department_path for event in events)
    assert OutboxEvent.objects.filter(topic="supervision.notice").count() == 1


def test_a_scan_is_on_record(street: World) -> None:
    handled(street)
    scan(DUE + M)
    assert SupervisionScan.objects.get().raised == 2


def test_the_statements_of_a_scan_do_not_grow_with_the_cards(
    street: World, django_assert_max_num_queries
) -> None:
    for _ in range(8):
        handled(street)
    with django_assert_max_num_queries(60):
        assert scan(DUE + M).raised == 16


@pytest.mark.django_db(transaction=True)
def test_scanners_at_once_raise_each_card_once_and_numbers_have_no_gap() -> None:
    world = build()
    scenes.ready()
    for _ in range(12):
        handled(world)

    def one(_n: int) -> int:
        try:
            return scan(DUE + M).raised
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        raised = sum(pool.map(one, range(8)))
    assert raised == Card.objects.count() == 24
    assert sorted(Notice.objects.values_list("serial", flat=True)) == list(range(1, 13))


def test_a_stage_left_for_another_flow_is_judged_by_its_own_limit(street: World) -> None:
    """A check on site of the short flow may take 24 hours, that of the usual one 2."""
    spot = opened(street, at=AT, fixed=True)
    take(street, spot, "acceptor", "spot_check", at=AT + M)
    take(street, spot, "worker", "check_fail", at=AT + 4 * H, text="还在")
    scan(AT + 4 * H + M)
    assert cards(spot) == []


def test_a_joint_case_raises_cards_by_its_branches_alone(street: World) -> None:
    case = joint(street, sanitation_station=2, enforcement_squad=4)
    due = branch(case, 1).due_at
    assert due is not None
    scan(due + M)
    assert cards(branch(case, 1)) == [("case_near", "warning"), ("case_over", "yellow")]
    assert (
        Card.objects.get(object_id=branch(case, 1).pk, level="yellow").department.key == "sanitation_station"
    )
    late = AT + 10 * H
    scan(late)
    assert ("case_over", "yellow") in cards(branch(case, 2))
    assert [rule for rule, _level in cards(case) if rule.startswith("case")] == []


def test_a_joint_case_that_ended_late_unseen_raises_no_card_of_its_own(street: World) -> None:
    case = joint(street)
    for place in (1, 2):
        done(street, case, place, at=AT + 30 * H)
    scan(AT + 31 * H)
    assert [rule for rule, _level in cards(case) if rule.startswith("case")] == []
    assert [rule for rule, _level in cards(branch(case, 1)) if rule.startswith("case")] == ["case_over"]
