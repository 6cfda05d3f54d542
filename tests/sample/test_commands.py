from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from geodata.models import Area, Building
from geodata.sample.load import BULK_TABLES
from gridmgmt.cases.models import Case
from gridmgmt.organisation.models import Device, Duty, Grant, User
from gridmgmt.sample.fill import fill
from gridmgmt.sample.staff import DEMO_PASSWORD
from tests.sample.conftest import NOW
from tests.sample.plans import HAMLET, SEED


def counts() -> dict[str, int]:
    tables = [*BULK_TABLES, "cases_case", "cases_casehistory", "organisation_user", "organisation_department"]
    with connection.cursor() as cursor:
        found = {}
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {table}")
            found[table] = cursor.fetchone()[0]
    return found


@pytest.mark.django_db(transaction=False)
def test_a_second_run_changes_nothing(hamlet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("geodata.sample.load.connections.close_all", lambda: None)
    before, said = counts(), []
    fill(scale=HAMLET, seed=SEED, only_places=False, at=NOW, say=said.append)
    assert counts() == before
    assert all("already there" in line or "accounts 0" in line for line in said)


@pytest.mark.django_db
def test_a_database_with_other_data_is_refused(hamlet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("geodata.sample.load.connections.close_all", lambda: None)
    Area.objects.create(code="440104", level=6, name="另一个区", source="import")
    with pytest.raises(CommandError, match="holds other data"):
        call_command("sample", stdout=StringIO())
    with pytest.raises(CommandError, match="holds other data"):
        call_command("demoaccounts", stdout=StringIO())


@pytest.mark.django_db
def test_accounts_are_not_printed_where_no_sample_is(hamlet: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(
            "DELETE FROM geodata_area"
        )  # the test's transaction is rolled back before keys are checked
        with pytest.raises(CommandError, match="no sample"):
            call_command("demoaccounts", stdout=StringIO())
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_demo_accounts_are_printed_and_can_sign_in(hamlet: Path) -> None:
    out = StringIO()
    call_command("demoaccounts", stdout=out)
    lines = out.getvalue().splitlines()
    assert lines[0].startswith("worker01")
    assert lines[-1] == f"password: {DEMO_PASSWORD}"
    names = {line.split()[0] for line in lines[:-1]}
    assert names >= {
        "acceptor",
        "registrar",
        "dispatcher",
        "leader",
        "supervisor",
        "staff",
        "admin",
        "sanitation_station",
    }
    for name in ("worker01", "dispatcher", "admin"):
        assert authenticate(username=name, password=DEMO_PASSWORD)


@pytest.mark.django_db
def test_every_cell_has_one_worker_first_and_every_department_a_handler(hamlet: Path) -> None:
    duties = Duty.objects.filter(rank=1, valid_to=None)
    assert duties.values("scope_code").distinct().count() == duties.count() == HAMLET.cells
    assert User.objects.filter(is_superuser=True).values_list("username", flat=True).get() == "admin"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM organisation_department d WHERE NOT EXISTS "
            "(SELECT FROM organisation_grant g WHERE g.department_id = d.id AND g.role = 'handler')"
        )
        assert cursor.fetchone() == (0,)
    assert Device.objects.count() == Grant.objects.filter(role="worker").values("user").distinct().count()


@pytest.mark.django_db
def test_the_sample_bears_its_mark_everywhere(hamlet: Path) -> None:
    assert set(Area.objects.values_list("source", flat=True)) == {"sample"}
    assert not Building.objects.exclude(source="sample").exists()
    assert not Case.objects.exclude(county="009901").exists()
