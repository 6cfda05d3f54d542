"""Staff lists: by administrators of the place only, accounts shut and without a password, roles and duties by the rules."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

import pytest
from django.test import Client

from geodata.errors import DomainError
from geodata.models import Cell
from gridmgmt.organisation.models import Department, Duty, Grant, User
from importers import actions
from importers.models import ImportBatch
from tests.importers import people_world as world
from tests.importers.conftest import AT, Run, codes, fates
from tests.importers.test_pages import somebody, upload, work

pytestmark = pytest.mark.django_db
HEAD = ("用户名", "姓名", "角色", "所属社区", "部门", "责任网格", "初始密码", "手机")
CELL = f"{world.COMMUNITY}001"


@pytest.fixture(autouse=True)
def street() -> None:
    world.make_street()
    Department.objects.create(
        key="cleaning",
        name="环卫站",
        level="street",
        scope_code=world.STREET,
        path=f"/{world.STREET}.cleaning/",
    )


def file_of(tmp_path: Path, *rows: tuple[str, ...]) -> Path:
    return world.write_csv(
        tmp_path / "staff.csv", HEAD, [(*row, *[""] * (len(HEAD) - len(row))) for row in rows]
    )


def staff(run: Run, path: Path) -> ImportBatch:
    return run("staff", path, prefixes=(world.STREET,), to="applied")


GOOD = (
    ("wang.wu", "王五", "网格员", "兰湖里社区", "", CELL, "123456", "13800000000"),
    ("li.si", "李四", "处置人员", world.STREET, "环卫站"),
)


def test_accounts_come_shut_and_without_a_password(run: Run, tmp_path: Path) -> None:
    path = file_of(tmp_path, *GOOD)
    batch = staff(run, path)
    assert fates(batch) == {"new": 2}
    assert batch.summary["dropped_columns"] == ["初始密码", "手机"]
    made = User.objects.get(username="wang.wu")
    assert (made.name, made.is_active, made.has_usable_password()) == ("王五", False, False)
    assert list(made.grants.values_list("role", "scope_code")) == [("worker", world.COMMUNITY)]
    assert list(made.duties.values_list("scope_code", flat=True)) == [CELL]
    assert User.objects.get(username="li.si").grants.get().department == Department.objects.get()
    assert fates(staff(run, path)) == {"same": 2}
    more = file_of(tmp_path, ("wang.wu", "王武", "受理员", world.STREET))
    changed = staff(run, more)
    assert fates(changed) == {"changed": 1}
    made.refresh_from_db()
    assert (made.name, made.grants.count(), made.is_active) == ("王武", 2, False)
    actions.undo(batch_id=changed.pk, by=None, at=AT)
    made.refresh_from_db()
    assert (made.name, made.grants.count()) == ("王五", 1)
    actions.undo(batch_id=batch.pk, by=None, at=AT)
    assert not User.objects.exists()
    assert not Duty.objects.exists()


def test_an_imported_account_cannot_be_signed_in_to(run: Run, tmp_path: Path) -> None:
    with patch.object(User, "set_password", autospec=True, side_effect=User.set_password) as made:
        staff(run, file_of(tmp_path, *GOOD))
    assert [call.args[1] for call in made.call_args_list] == [None, None], "no password is made at all"
    for guess in ("", "123456", "wang.wu", "王五", "13800000000"):
        assert not Client().login(username="wang.wu", password=guess), guess
    User.objects.update(is_active=True)
    for guess in ("", "123456", "wang.wu", "王五", "13800000000"):
        assert not Client().login(username="wang.wu", password=guess), guess


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("Wang Wu", "王五", "网格员", world.STREET), "code_malformed"),
        (("wang.wu", "", "网格员", world.STREET), "value_missing"),
        (("wang.wu", "王五", "管理员", world.STREET), "value_unknown"),
        (("wang.wu", "王五", "网格员", "无名社区"), "place_unknown"),
        (("wang.wu", "王五", "网格员", world.OTHER_STREET), "outside_scope"),
        (("wang.wu", "王五", "网格员", world.COUNTY), "outside_scope"),
        (("wang.wu", "王五", "处置人员", world.STREET), "grant_needs_department"),
        (("wang.wu", "王五", "处置人员", world.STREET, "园林站"), "department_unknown"),
        (("wang.wu", "王五", "网格员", world.STREET, "", "999"), "duty_unknown"),
        (("wang.wu", "王五", "网格员", world.STREET, "", world.OTHER_STREET), "outside_scope"),
    ],
)
def test_refused_rows_make_nobody(run: Run, tmp_path: Path, row: tuple[str, ...], reason: str) -> None:
    batch = staff(run, file_of(tmp_path, row))
    assert fates(batch) == {"rejected": 1}
    assert codes(batch) == {reason}
    assert not User.objects.exists()


def test_accounts_of_others_and_doubles(run: Run, tmp_path: Path) -> None:
    other = User.objects.create(username="wang.wu", name="王五")
    Grant.objects.create(user=other, role="worker", scope_code=world.OTHER_STREET, valid_from=AT)
    User.objects.create(username="root", name="根", is_superuser=True)
    rows = (GOOD[0], ("root", "根", "网格员", world.STREET))
    assert codes(staff(run, file_of(tmp_path, *rows))) == {"user_not_yours"}
    twice = (GOOD[1], GOOD[1])
    assert fates(run("staff", file_of(tmp_path, *twice), prefixes=(world.STREET,))) == {
        "new": 1,
        "rejected": 1,
    }
    named = (GOOD[1], (GOOD[1][0], "李思", *GOOD[1][2:]))
    assert fates(run("staff", file_of(tmp_path, *named), prefixes=(world.STREET,))) == {"conflict": 2}


def test_two_rows_of_one_person_are_two_roles(run: Run, tmp_path: Path) -> None:
    second = f"{world.COMMUNITY}002"
    Cell.objects.create(
        edition=Cell.objects.get().edition, code=second, county=world.COUNTY, community_code=world.COMMUNITY,
        name="二格", geom=world.box(113.1, 23, 0.01), active=True,
    )  # fmt: skip
    rows = (
        ("wang.wu", "王五", "网格员", "一格", "", f"{CELL}；二格"),
        ("wang.wu", "王五", "受理员", world.STREET),
    )
    assert fates(staff(run, file_of(tmp_path, *rows))) == {"new": 2}
    made = User.objects.get()
    assert set(made.grants.values_list("role", flat=True)) == {"worker", "acceptor"}
    assert set(made.duties.values_list("scope_code", flat=True)) == {CELL, second}


def test_accounts_that_were_opened_are_not_taken_back(run: Run, tmp_path: Path) -> None:
    batch = staff(run, file_of(tmp_path, *GOOD))
    User.objects.filter(username="li.si").update(is_active=True)
    with pytest.raises(DomainError, match="undo_rows_changed"):
        actions.undo(batch_id=batch.pk, by=None, at=AT)
    assert User.objects.count() == 2


def test_only_administrators_bring_accounts_in(tmp_path: Path) -> None:
    path = file_of(tmp_path, *GOOD)
    said = {"kind": "staff", "datum": "", "county": ""}
    importer: Client = somebody("importer", "importer", world.STREET)
    assert 'value="staff"' not in importer.get("/import/").content.decode()
    assert upload(importer, path.read_bytes(), "s.csv", **said).status_code == 403
    assert not ImportBatch.objects.exists()
    boss = somebody("boss", "admin", world.STREET)
    assert 'value="staff"' in boss.get("/import/").content.decode()
    page = upload(boss, path.read_bytes(), "s.csv", **said).headers["Location"]
    work()
    Grant.objects.filter(user__username="boss").update(role="importer")
    boss.post(f"{page}/apply")
    assert ImportBatch.objects.get().wanted == "", "who is no administrator any longer applies nothing"
    Grant.objects.filter(user__username="boss").update(role="admin")
    boss.post(f"{page}/apply")
    assert work().counts["new"] == 2
    assert User.objects.filter(is_active=False).count() == 2
