"""Divisions that were abolished stay, point to their successor, and are told to whoever still uses their code."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from geodata.errors import DomainError
from geodata.models import Area, Cell, Component, Organisation, Person
from gridmgmt.cases import statements
from gridmgmt.organisation.models import User
from importers import actions, files
from importers.models import ImportBatch
from tests.importers import people_world as world
from tests.importers.conftest import AT, Run, codes, collection, fates, point, square

pytestmark = pytest.mark.django_db
OLD, NEW = world.COMMUNITY, "009901001002"
TOLD = f"{OLD} → {NEW}"


@pytest.fixture
def street() -> None:
    """The community of the street was abolished; another one of the same name took its place."""
    world.make_street()
    Area.objects.filter(code=OLD).update(valid_to=date(2026, 1, 1), successor_code=NEW)
    Area.objects.create(code=NEW, level=12, name="兰湖里社区", geom=world.box(113, 23, 0.05))


def told(batch: ImportBatch) -> list[tuple[str, str, str]]:
    """Weight, field and shown value of what was found about abolished divisions."""
    found = batch.findings.filter(code="division_abolished")
    return list(found.values_list("severity", "field", "value"))


def people(tmp_path: Path, *rows: tuple[str, ...]) -> Path:
    return world.write_csv(tmp_path / "p.csv", ("姓名", "电话", "现住地址", "网格"), rows)


def test_a_list_of_divisions_says_since_when_until_when_and_what_follows(run: Run, tmp_path: Path) -> None:
    head = ("区划代码", "名称", "设立日期", "撤销日期", "新代码")
    rows = [
        ("440105", "海珠区", "1960-01-01", "", ""),
        ("440104", "旧区", "1950年1月1日", "2025-05-01", "440105"),
        ("440106", "甲区", "2000-01-01", "1999-01-01", ""),
        ("440107", "乙区", "", "", "440105"),
        ("440108", "丙区", "", "2025-05-01", "440108"),
        ("440109", "丁区", "", "2025-13-01", ""),
    ]
    path = world.write_csv(tmp_path / "a.csv", head, rows)
    batch = run("areas", path, to="applied", prefixes=("",))
    assert fates(batch) == {"new": 2, "rejected": 4}
    assert {"until_before_from", "successor_without_end", "successor_is_itself"} <= codes(batch)
    old = Area.objects.get(code="440104")
    assert (old.valid_from, old.valid_to, old.successor_code) == (
        date(1950, 1, 1),
        date(2025, 5, 1),
        "440105",
    )
    assert Area.objects.get(code="440105").valid_to is None
    assert fates(run("areas", path, prefixes=("",))) == {"same": 2, "rejected": 4}
    again = world.write_csv(tmp_path / "b.csv", head[:2], [("440104", "旧旧区"), ("440104001", "某街道")])
    batch = run("areas", again, prefixes=("",))
    assert fates(batch) == {"new": 1, "changed": 1}
    assert told(batch) == [("note", "code", "440104 → 440105")] * 2


def test_nobody_is_put_into_an_abolished_community(street: None, run: Run, tmp_path: Path) -> None:
    rows = (
        ("周甲", world.phone(1), "", OLD),
        ("吴丙", world.phone(2), "", NEW),
        ("郑丁", world.phone(3), "", "兰湖里社区"),
        ("王戊", world.phone(4), "砚屿路27号嘉和苑1栋501", OLD),
    )
    batch = run("people", people(tmp_path, *rows), prefixes=(world.STREET,), to="applied")
    assert fates(batch) == {"new": 3, "rejected": 1}
    assert told(batch) == [("error", "place", TOLD), ("note", "place", TOLD)]
    assert dict(Person.objects.values_list("name", "cell_code")) == {
        "吴丙": NEW,
        "郑丁": NEW,
        "王戊": f"{OLD}001",
    }


def test_a_division_that_ends_some_day_still_stands(street: None, run: Run, tmp_path: Path) -> None:
    Area.objects.filter(code=OLD).update(valid_to=date(timezone.localdate().year + 1, 1, 1))
    batch = run("people", people(tmp_path, ("周甲", world.phone(1), "", OLD)), prefixes=(world.STREET,))
    assert fates(batch) == {"new": 1}
    assert told(batch) == []


def test_nobody_is_given_a_role_or_a_duty_for_one(street: None, run: Run, tmp_path: Path) -> None:
    head = ("用户名", "姓名", "角色", "所属社区", "责任网格")
    rows = [
        ("wang.wu", "王五", "网格员", OLD, ""),
        ("li.si", "李四", "网格员", NEW, OLD),
        ("zhou.liu", "周六", "网格员", "兰湖里社区", ""),
    ]
    path = world.write_csv(tmp_path / "s.csv", head, rows)
    batch = run("staff", path, prefixes=(world.STREET,), to="applied")
    assert fates(batch) == {"new": 1, "rejected": 2}
    assert told(batch) == [("error", "scope", TOLD), ("error", "duties", TOLD)]
    assert User.objects.get().grants.get().scope_code == NEW


def test_codes_that_hold_one_are_told_and_its_cells_are_not_drawn(
    street: None, run: Run, tmp_path: Path
) -> None:
    cells = collection(tmp_path / "c.geojson", (square(113.01, 23.01), {"code": f"{OLD}007", "name": "七格"}))
    batch = run("cells", cells, prefixes=(world.STREET,), datum="wgs84")
    assert fates(batch) == {"rejected": 1}
    assert told(batch) == [("error", "code", TOLD)]
    built = collection(
        tmp_path / "b.geojson", (square(113.01, 23.01, 0.0003), {"@id": "1", "code": f"{OLD}00009"})
    )
    batch = run("buildings", built, prefixes=(world.STREET,), datum="wgs84")
    assert (fates(batch), told(batch)) == ({"new": 1}, [("note", "code", TOLD)])


def test_of_a_component_code_only_the_county_is_a_division(street: None, run: Run, tmp_path: Path) -> None:
    said = {"code": f"{OLD[:6]}0102000001", "class_code": "0102", "layout": "2+2+6", "name": "井"}
    gone = {"valid_to": date(2026, 1, 1), "geom": world.box(113.1, 23, 0.05)}
    Area.objects.create(code=f"{OLD[:6]}010200", level=12, name="像编码的社区", **gone)
    path = collection(tmp_path / "k.geojson", (point(113.001, 23.001), said))
    batch = run("components", path, prefixes=(world.STREET,), datum="wgs84")
    assert (fates(batch), told(batch)) == ({"new": 1}, [])
    Area.objects.filter(code=world.COUNTY).update(valid_to=date(2026, 1, 1))
    batch = run("components", path, prefixes=(world.STREET,), datum="wgs84")
    assert told(batch) == [("note", "code", f"{world.COUNTY} → ?")]
    assert not Component.objects.exists()


def test_what_stands_in_no_cell_is_stamped_with_a_division_that_stands(
    street: None, run: Run, tmp_path: Path
) -> None:
    Cell.objects.all().delete()
    path = collection(tmp_path / "o.geojson", (point(113.04, 23.04), {"@id": "1", "name": "店"}))
    batch = run("organisations", path, prefixes=(world.STREET,), datum="wgs84", to="applied")
    assert fates(batch) == {"new": 1}
    assert Organisation.objects.get().cell_code == NEW
    with connection.cursor() as cursor:
        cursor.execute(statements.AREA_AT, [113.04, 23.04])
        assert cursor.fetchone()[0] == NEW


def test_nobody_imports_for_a_county_that_is_gone(street: None, run: Run, tmp_path: Path) -> None:
    path = people(tmp_path, ("周甲", world.phone(1), "", OLD))
    Area.objects.filter(code=world.COUNTY).update(valid_to=date(2026, 1, 1), successor_code="009902")
    with pytest.raises(DomainError, match="county_abolished") as refused:
        run("people", path, county=world.COUNTY)
    assert refused.value.data == {"county": world.COUNTY, "successor": "009902"}
    assert files.present() == set()
    assert not ImportBatch.objects.exists()
    listed = world.write_csv(tmp_path / "a.csv", ("区划代码", "名称"), [(OLD, "兰湖里社区")])
    assert run("areas", listed, county=world.COUNTY, prefixes=(world.COUNTY,)).state == "checked"


@pytest.mark.parametrize(
    "said",
    [
        {"valid_from": date(2026, 1, 2), "valid_to": date(2026, 1, 2)},
        {"successor_code": NEW},
        {"successor_code": OLD, "valid_to": date(2026, 1, 2)},
        {"successor_code": "12", "valid_to": date(2026, 1, 2)},
    ],
)
def test_the_database_keeps_no_end_that_cannot_be(said: dict[str, object]) -> None:
    world.make_street()
    with pytest.raises(IntegrityError), transaction.atomic():
        Area.objects.filter(code=OLD).update(**said)


def test_taking_back_an_abolition_restores_the_division(run: Run, tmp_path: Path) -> None:
    world.make_street()
    path = world.write_csv(
        tmp_path / "a.csv",
        ("区划代码", "名称", "撤销日期", "新代码"),
        [(OLD, "兰湖里社区", "2026-01-01", NEW)],
    )
    batch = run("areas", path, to="applied")
    assert Area.objects.get(code=OLD).successor_code == NEW
    actions.undo(batch_id=batch.pk, by=None, at=AT)
    old = Area.objects.get(code=OLD)
    assert (old.valid_to, old.successor_code) == (None, None)
