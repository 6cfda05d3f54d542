"""Jobs of events: once per event, woken again when Redis forgot them, left alone when they failed for good."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import redis
from rq.job import Job, JobStatus

from gridmgmt.events import jobs
from gridmgmt.events.jobs import Owed

JOB = "photos:gridmgmt.cases.jobs.make_thumbnail"
AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
OWED = Owed(JOB, "01999999-0000-7000-8000-000000000001", {"photo": "x"})


def owed_now(_now: datetime) -> list[Owed]:
    return [OWED]


@pytest.fixture(autouse=True)
def _one_sweeper(settings) -> None:
    settings.EVENT_SWEEPERS = ["tests.events.test_jobs.owed_now"]


def test_what_redis_forgot_is_woken_again(fresh_redis: redis.Redis) -> None:
    jobs.wake(fresh_redis, name=OWED.job, key=OWED.key, payload=OWED.payload)
    assert jobs.sweep(fresh_redis, AT) == 0, "it still waits in its queue"
    fresh_redis.flushall()
    assert jobs.sweep(fresh_redis, AT) == 1
    assert jobs.sweep(fresh_redis, AT) == 0
    assert fresh_redis.llen("rq:queue:photos") == 1


@pytest.mark.parametrize(("status", "woken"), [(JobStatus.FAILED, 0), (JobStatus.FINISHED, 1)])
def test_a_failed_job_waits_for_a_person_but_a_finished_one_that_left_the_effect_owed_runs_again(
    fresh_redis: redis.Redis, status: JobStatus, woken: int
) -> None:
    jobs.wake(fresh_redis, name=OWED.job, key=OWED.key, payload=OWED.payload)
    Job.fetch(jobs.job_id(OWED.key, OWED.job), connection=fresh_redis).set_status(status)
    assert jobs.sweep(fresh_redis, AT) == woken


def test_the_job_gets_key_and_payload_and_tells_nothing_in_its_description(fresh_redis: redis.Redis) -> None:
    jobs.wake(fresh_redis, name=OWED.job, key=OWED.key, payload=OWED.payload)
    job = Job.fetch(jobs.job_id(OWED.key, OWED.job), connection=fresh_redis)
    assert (job.func_name, job.args) == ("gridmgmt.cases.jobs.make_thumbnail", (OWED.key, OWED.payload))
    assert job.description == job.func_name
    assert job.retries_left == 4
