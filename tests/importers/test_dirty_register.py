"""The report finds exactly the faults that were planted, in every layout and encoding; a second run changes nothing."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from geodata.models import Dwelling, Household, Person
from importers import actions
from tests.importers.conftest import AT, Run
from tests.importers.dirty_register import DROPPED, dirty_register
from tests.importers.people_world import STREET, make_street, write_csv, write_xlsx
from tests.importers.test_people import registers

pytestmark = pytest.mark.django_db
FILES = ("utf-8", "gb18030", "xlsx")


@pytest.mark.parametrize("form", FILES)
@pytest.mark.parametrize("layout", sorted(DROPPED))
def test_exactly_the_planted_faults_are_found(run: Run, tmp_path: Path, layout: str, form: str) -> None:
    make_street()
    empty = registers()
    register = dirty_register(200, layout)
    headings, rows = register.table(layout, hints=form == "xlsx")
    if form == "xlsx":
        path = write_xlsx(tmp_path / "p.xlsx", headings, rows, above=["人员信息采集表"])
    else:
        path = write_csv(tmp_path / "p.csv", headings, rows, encoding=form)
    said: dict[str, Any] = {"profile": layout, "prefixes": (STREET,)}
    checked = run("people", path, **said)
    reasons = {severity: Counter(found) for severity, found in checked.summary["reasons"].items()}
    assert reasons == register.planted
    assert registers() == empty, "a dry run writes nothing"
    assert set(checked.summary["dropped_columns"]) == DROPPED[layout]
    counts = checked.counts
    assert counts["in"] == len(register.rows)
    assert counts["rejected"] == sum(register.planted["error"].values())
    assert counts["conflict"] == sum(register.planted["conflict"].values())
    assert counts["new"] == counts["in"] - counts["rejected"] - counts["conflict"]

    applied = actions.apply(batch_id=checked.pk, by=None, at=AT)
    assert Person.objects.count() == counts["new"]
    assert Household.objects.count() == 200
    assert Dwelling.objects.count() == 200
    before = registers()
    again = run("people", path, to="applied", at=AT + timedelta(days=30), **said)
    assert (again.counts["new"], again.counts["changed"]) == (0, 0)
    assert again.counts["same"] == counts["new"]
    assert registers() == before
    actions.undo(batch_id=again.pk, by=None, at=AT + timedelta(days=31))
    actions.undo(batch_id=applied.pk, by=None, at=AT + timedelta(days=31))
    assert registers() == empty
