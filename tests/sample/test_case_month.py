from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from gridmgmt.cases import clock, reference
from gridmgmt.cases.models import Case, Photo, PhotoState
from gridmgmt.cases.step_fields import has_after_photos
from tests.sample.conftest import NOW

Query = Any
ACTORS = {
    "worker": "worker%", "acceptor": "acceptor", "registrar": "registrar", "dispatcher": "dispatcher",
    "leader": "leader", "supervisor": "supervisor",
}  # fmt: skip


def test_history_is_gapless_and_ends_in_the_stage_of_the_case(query: Query) -> None:
    assert (
        query("SELECT case_id FROM cases_casehistory GROUP BY 1 HAVING min(seq) <> 1 OR max(seq) <> count(*)")
        == []
    )
    assert query(
        "SELECT c.number FROM cases_case c JOIN LATERAL (SELECT to_stage, seq FROM cases_casehistory h "
        "WHERE h.case_id = c.id ORDER BY seq DESC LIMIT 1) last ON true "
        "WHERE last.to_stage <> c.stage OR last.seq <> c.version"
    ) == []  # fmt: skip
    assert query("SELECT count(*) FROM cases_case WHERE parent_id IS NULL") == [(1_500,)]


def test_every_step_is_in_the_transition_table_and_joins_the_one_before(query: Query) -> None:
    known = reference.current()
    flows = known.active_flows.values()
    steps = query("SELECT DISTINCT from_stage, action, to_stage FROM cases_casehistory")
    assert {tuple(step) for step in steps} <= {pair for flow in flows for pair in flow.legal_pairs()}
    assert query(
        "SELECT 1 FROM (SELECT from_stage, lag(to_stage) OVER (PARTITION BY case_id ORDER BY seq) AS before, seq "
        "FROM cases_casehistory) x WHERE seq > 1 AND before <> from_stage"
    ) == []  # fmt: skip


def test_time_never_runs_backwards_and_nothing_lies_in_the_future(query: Query) -> None:
    assert query(
        "SELECT 1 FROM (SELECT at, lag(at) OVER (PARTITION BY case_id ORDER BY seq) AS before "
        "FROM cases_casehistory) x WHERE at < before"
    ) == []  # fmt: skip
    [(first, last)] = query("SELECT min(at), max(at) FROM cases_casehistory")
    assert NOW - timedelta(days=30) < first < last <= NOW


def test_each_step_was_taken_by_somebody_who_holds_the_role_there(query: Query) -> None:
    assert query(
        "SELECT count(*) FROM cases_casehistory h JOIN cases_case c ON c.id = h.case_id WHERE NOT EXISTS ("
        "SELECT FROM organisation_grant g LEFT JOIN organisation_department d ON d.id = g.department_id "
        "WHERE g.user_id = h.actor_id AND g.role = h.role AND starts_with(c.cell_code, g.scope_code) "
        "AND (h.role <> 'handler' OR g.department_id = h.department_id))"
    ) == [(0,)]  # fmt: skip


def test_all_stages_are_there_and_some_cases_are_overdue(query: Query) -> None:
    stages = dict(query("SELECT stage, count(*) FROM cases_case GROUP BY 1"))
    assert set(stages) == set(reference.current().active_flows["street_case"].stages)
    [(overdue,)] = query("SELECT count(*) FROM cases_case WHERE closed_at IS NULL AND due_at < %s", NOW)
    assert overdue > 10


def test_cases_lie_in_the_cell_and_edition_they_name(query: Query) -> None:
    assert query(
        "SELECT count(*) FROM cases_case c WHERE NOT EXISTS (SELECT FROM geodata_cell g WHERE g.active "
        "AND g.code = c.cell_code AND g.edition_id = c.edition_id AND ST_Covers(g.geom, c.geom))"
    ) == [(0,)]  # fmt: skip


def test_binding_deadlines_can_be_computed_again_from_the_ledger(query: Query) -> None:
    known = reference.current()
    rows = query(
        "SELECT e.at, e.limit_value, e.limit_unit, e.due_at FROM cases_clockentry e WHERE kind = 'start' ORDER BY id LIMIT 300"
    )
    assert len(rows) == 300
    for at, value, unit, due in rows:
        assert clock.add(value, unit, at, known.calendar, known.hours) == due
    last = query(
        "SELECT c.number FROM cases_case c JOIN LATERAL (SELECT due_at FROM cases_clockentry e WHERE e.case_id = c.id "
        "ORDER BY seq DESC LIMIT 1) e ON true WHERE e.due_at IS DISTINCT FROM c.due_at"
    )
    assert last == []


def test_work_reported_done_has_the_photos_the_standard_wants(hamlet: Path, db: None) -> None:
    done = Case.objects.filter(history__action="feed_back", stage__in=["closed", "pending_check"]).distinct()[
        :120
    ]
    assert len(done) == 120
    assert all(has_after_photos(case) for case in done)


def test_photos_are_readable_files_of_the_stored_hash_and_a_case_is_complete_when_all_are_there(
    hamlet: Path, query: Query
) -> None:
    import hashlib

    stored = Photo.objects.filter(state=PhotoState.STORED)
    for photo in stored.order_by("-created_at")[:60]:
        data = (hamlet / photo.original).read_bytes()
        assert hashlib.sha256(data).digest() == bytes(photo.sha256)
        for name in (photo.copy, photo.thumbnail):
            with Image.open(hamlet / name) as picture:
                assert picture.format == "JPEG"
                assert not picture.getexif()
            assert (hamlet / name).parent.stat().st_mode & 0o070 == 0o070, "the web process shares the group"
    assert query("SELECT count(DISTINCT original) FROM cases_photo WHERE original <> ''")[0][0] > 40
    assert query(
        "SELECT number FROM cases_case c WHERE c.complete = EXISTS (SELECT FROM cases_photo p WHERE p.case_id = c.id "
        "AND p.state = 'expected')"
    ) == []  # fmt: skip
    assert Case.objects.filter(complete=False).count() == 3


def test_numbers_count_each_day_from_one_and_live_numbers_go_on(query: Query) -> None:
    numbers = [
        row[0]
        for row in query("SELECT number FROM cases_case WHERE parent_id IS NULL ORDER BY reported_at, number")
    ]
    days: dict[str, list[int]] = {}
    for number in numbers:
        head, serial = number.split("-")
        days.setdefault(head, []).append(int(serial))
    assert all(serials == list(range(1, len(serials) + 1)) for serials in days.values())
    today = max(days)
    assert query("SELECT cases_next_number(%s, %s)", today[:2], today[2:]) == [
        (f"{today}-{len(days[today]) + 1:06d}",)
    ]


def test_reports_follow_the_rhythm_of_the_day_and_cluster(query: Query) -> None:
    hours = dict(
        query(
            "SELECT extract(hour FROM reported_at AT TIME ZONE 'Asia/Shanghai')::int, count(*) FROM cases_case GROUP BY 1"
        )
    )
    assert hours[9] + hours[10] > 8 * (hours.get(2, 0) + hours.get(3, 0))
    [(busiest, mean)] = query(
        "SELECT max(n), avg(n) FROM (SELECT count(*) AS n FROM cases_case GROUP BY cell_code) x"
    )
    assert busiest > 2.5 * float(mean)


@pytest.mark.parametrize(("role", "pattern"), ACTORS.items())
def test_demo_accounts_act_in_their_own_role(query: Query, role: str, pattern: str) -> None:
    names = {
        row[0]
        for row in query(
            "SELECT DISTINCT u.username FROM cases_casehistory h JOIN organisation_user u ON u.id = h.actor_id WHERE h.role = %s",
            role,
        )
    }
    assert names
    assert all(name.startswith(pattern.rstrip("%")) for name in names)


def test_every_stage_of_every_case_was_somebodys_task(query: Query) -> None:
    assert query(
        "SELECT count(*) FROM cases_case c JOIN cases_stage s ON s.procedure_id = c.procedure_id AND s.key = c.stage "
        "WHERE (s.owner_role <> '' AND s.clock <> 'final')::int <> (SELECT count(*) FROM cases_casetask t "
        "WHERE t.case_id = c.id AND t.stage = c.stage AND t.state IN ('open', 'claimed')) AND NOT c.joint"
    ) == [(0,)]  # fmt: skip
    [(done, with_doer)] = query(
        "SELECT count(*), count(done_by_id) FROM cases_casetask WHERE state = 'done' AND done_at >= made_at"
    )
    assert done == with_doer > 3_000


def test_site_visits_wait_with_people_who_may_do_them(query: Query) -> None:
    rows = query(
        "SELECT t.why ->> 'rule', count(*), count(*) FILTER (WHERE EXISTS (SELECT FROM organisation_grant g "
        "WHERE g.user_id = t.assignee_id AND g.role = 'worker' AND starts_with(t.cell_code, g.scope_code))) "
        "FROM cases_casetask t WHERE t.role = 'worker' AND t.state = 'open' GROUP BY 1"
    )
    assert rows
    assert {rule for rule, _, _ in rows} <= {"on_duty", "cell_duty"}
    assert all(count == fit for _, count, fit in rows)


def test_residents_answered_after_closing_and_the_unhappy_were_followed_up(query: Query) -> None:
    values = dict(query("SELECT value, count(*) FROM contact_rating GROUP BY 1"))
    assert set(values) == {"satisfied", "basically", "unsatisfied"}
    assert values["satisfied"] > values["basically"] > values["unsatisfied"]
    assert query(
        "SELECT 1 FROM contact_rating r JOIN cases_case c ON c.id = r.case_id JOIN cases_casesource s ON s.key = c.source_id "
        "WHERE NOT s.is_public OR r.at <= c.closed_at OR r.at > %s", NOW
    ) == []  # fmt: skip
    [(opened, contacted, finished)] = query(
        "SELECT count(*), count(contacted_at), count(finished_at) FROM contact_followup"
    )
    assert opened == values["unsatisfied"]
    assert opened > contacted > finished > 0


def test_some_cases_are_handled_by_several_departments(query: Query) -> None:
    [(joint, branches)] = query(
        "SELECT count(*) FILTER (WHERE joint), count(*) FILTER (WHERE parent_id IS NOT NULL) FROM cases_case"
    )
    assert (joint, branches) == (3, 6)
    stages = {
        stage for (stage,) in query("SELECT DISTINCT stage FROM cases_case WHERE parent_id IS NOT NULL")
    }
    assert stages == {"pending_handle", "handling"}
    assert query("SELECT 1 FROM cases_case p WHERE p.joint AND p.due_at < (SELECT max(b.due_at) FROM cases_case b "
                 "WHERE b.parent_id = p.id)") == []  # fmt: skip
