"""What waits in imports is told to whoever sees the import, and to nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from gridmgmt.organisation.models import User
from gridmgmt.organisation.scope import scope_of
from importers import waiting
from importers.models import AddressQuestion
from tests.importers import people_world as world
from tests.importers.test_conflicts import HEAD, applied, checked, row, sent
from tests.importers.test_pages import somebody

pytestmark = pytest.mark.django_db


def told(name: str) -> tuple[int | None, int | None]:
    """Addresses and rows that wait for somebody."""
    scope = scope_of(User.objects.get(username=name))
    found = waiting.addresses(scope), waiting.undecided(scope)
    return tuple(one.count if one else None for one in found)  # type: ignore[return-value]


def test_what_waits_is_told_to_whoever_sees_the_import(tmp_path: Path) -> None:
    world.make_street()
    client = somebody("importer", "importer", world.STREET)
    for name, scope in (("neighbour", world.OTHER_STREET), ("county", world.COUNTY)):
        somebody(name, "importer", scope)
    somebody("worker", "worker", world.STREET)
    rows = (row("周甲", 1), row("周甲", 1, 电话=world.phone(2)), row("吴丙", 3, 住址="福安3栋101"))
    page, batch = sent(client, world.write_csv(tmp_path / "p.csv", HEAD, rows))
    batch.county = world.COUNTY
    batch.save(update_fields=["county"])
    assert AddressQuestion.objects.filter(batch=batch, decided_at=None).count() == 1
    assert told("importer") == (1, 2)
    assert told("county") == (1, 2)
    assert told("neighbour") == (0, 0), "an import of the next street is not seen, nor counted"
    assert told("worker") == (None, None)
    checked(client, page)
    applied(client, page)
    assert told("importer") == (1, 0), "of an applied import nothing can be decided, its addresses can"
