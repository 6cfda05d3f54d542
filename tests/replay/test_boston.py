"""Real incidents through a real server: every one answered, numbers in = numbers stored, a second run changes nothing."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import UTC, datetime

import pytest
from django.db import connection

from gridmgmt.cases.models import Case, CaseHistory, Category, Report
from gridmgmt.events.models import OutboxEvent
from gridmgmt.organisation.devices import device_register
from tests.replay import boston, yuexiu

ROWS = 300


@pytest.mark.shared
def test_every_kind_of_incident_has_a_category_of_ours(shared_data, db):
    from gridmgmt.cases import catalogue

    catalogue.apply_catalogue()
    assert Category.objects.filter(key__in=boston.CATEGORIES.values(), active=True).count() == 8
    entries = list(boston.incidents(shared_data / "incidents-boston311"))
    assert len(entries) == len({number for number, _body in entries}) == 25_098


@pytest.mark.shared
@pytest.mark.timeout(300)
def test_replay_stores_each_incident_once_and_a_second_replay_nothing(
    shared_data, transactional_db, live_server
):
    worker = yuexiu.build(shared_data / "boundaries-yuexiu")
    token = device_register(user=worker, name="replay", platform="test", at=datetime.now(UTC)).token
    entries = list(itertools.islice(boston.incidents(shared_data / "incidents-boston311"), ROWS))

    first = boston.replay(entries, base_url=live_server.url, token=token, parallel=4)
    assert (first.sent, first.created, dict(first.refused)) == (ROWS, ROWS, {})
    stored = snapshot()
    assert stored["reports"] == stored["cases"] == stored["history"] == stored["events"] == ROWS

    second = boston.replay(entries, base_url=live_server.url, token=token, parallel=4)
    assert (second.sent, second.created, second.known) == (ROWS, 0, ROWS)
    assert snapshot() == stored

    outside = Report.objects.filter(flags__contains=["outside_cells"]).count()
    assert outside == first.flags["outside_cells"]
    assert 0 < outside < ROWS * 0.15
    assert in_streets() == ROWS - outside
    assert not Case.objects.filter(department=None).exists()


def snapshot() -> dict[str, object]:
    """Counts and the numbers given, to be compared."""
    return {
        "reports": Report.objects.count(),
        "cases": Case.objects.count(),
        "history": CaseHistory.objects.count(),
        "events": OutboxEvent.objects.filter(topic="case.reported").count(),
        "numbers": Counter(Case.objects.values_list("number", "cell_code", "stage")),
    }


def in_streets() -> int:
    """Reports inside one of the streets by PostGIS alone, past all of our code."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM cases_report r WHERE EXISTS "
            "(SELECT 1 FROM geodata_area a WHERE a.level = 9 AND ST_Covers(a.geom, r.geom))"
        )
        return int(cursor.fetchone()[0])
