"""All stages of the demo data in order; each looks first whether it is done, so a killed run can simply be repeated."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from geodata.sample.load import load_sample
from geodata.sample.scales import Scale
from gridmgmt.cases import reference
from gridmgmt.cases.catalogue import apply_catalogue, found_street
from gridmgmt.cases.models import Case, Category
from gridmgmt.cases.statements import raw_connection
from gridmgmt.organisation.models import Device
from gridmgmt.sample.answers import answer_month
from gridmgmt.sample.cards import card_month
from gridmgmt.sample.case_rows import CaseRows, continue_numbers
from gridmgmt.sample.casebook import write_month
from gridmgmt.sample.joints import joint_cases
from gridmgmt.sample.lives import live
from gridmgmt.sample.staff import sample_streets, staff_street
from gridmgmt.sample.task_rows import write_tasks
from gridmgmt.supervision.rules import load_rules

Say = Callable[[str], None]


def fill(*, scale: Scale, seed: int, only_places: bool, at: datetime, say: Say) -> None:
    """Places and people, then departments and accounts, then a month of cases in the first street."""
    told = _Teller(say)
    told("places and people", load_sample(scale, seed, only_places=only_places, say=say))
    if only_places:
        return
    if not Category.objects.exists():
        told("catalogue", apply_catalogue())
    streets = sample_streets()
    told("accounts", {"accounts": staff_street(street_code=streets[0], seed=seed, at=at)})
    for street in streets[1:]:
        found_street(street_code=street)
    told("cases", file_month(street_code=streets[0], seed=seed, now=at))
    told("answers", answer_month(street_code=streets[0], seed=seed, now=at))
    load_rules()
    told("cards", card_month(street_code=streets[0], seed=seed, now=at))
    told("joint handling", joint_cases(street_code=streets[0], now=at))
    told("lives", live(street_code=streets[0], seed=seed, now=at))


class _Teller:
    """Says what a stage did and how long it took."""

    def __init__(self, say: Say) -> None:
        self.say, self.since = say, time.monotonic()

    def __call__(self, stage: str, counts: dict[str, int]) -> None:
        took = time.monotonic() - self.since
        listed = ", ".join(f"{name} {count}" for name, count in counts.items()) or "already there"
        self.say(f"{stage} ({took:.1f} s): {listed}")
        self.since = time.monotonic()


@transaction.atomic
def file_month(*, street_code: str, seed: int, now: datetime) -> dict[str, int]:
    """The month's cases of a street, as if they had come in and been worked on; nothing when cases are there."""
    if Case.objects.exists():
        return {}
    known = reference.load()
    devices = dict(Device.objects.filter(revoked_at=None).values_list("user_id", "id"))
    with raw_connection().cursor() as cursor:
        month = write_month(cursor, street_code=street_code, seed=seed, known=known, now=now)
        counts = CaseRows(month, known, devices, seed).write(cursor)
        counts["tasks"] = write_tasks(cursor, now=now)
        continue_numbers(cursor, month)
        cursor.execute("ANALYZE cases_case, cases_casehistory, cases_report, cases_photo")
    return counts
