"""What goes out of the registers: exactly the rows of the scope, declared columns, a purpose, a mark, a day, an access record."""

from __future__ import annotations

import csv
import io
import os
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pyogrio
import pytest
from django.test import Client
from django.utils import timezone

from geodata.errors import DomainError
from geodata.ids import uuid7
from geodata.models import Person
from geodata.sample.identity import id_number
from gridmgmt.audit.models import AccessRecord
from gridmgmt.organisation.actions import grant_role
from gridmgmt.organisation.models import Department, Role
from gridmgmt.registers import export_rules, exporting
from gridmgmt.registers.datasets import DATASETS
from gridmgmt.registers.models import RegisterExport
from tests.registers import people, readers
from tests.world import COUNTY, STREET, World

PHONE, NUMBER = "10012345678", id_number(COUNTY, "19800506", 11)
EVIL = "=HYPERLINK(1)"


@pytest.fixture
def town(world: World, settings: Any, tmp_path: Path) -> World:
    settings.MEDIA_ROOT = tmp_path
    register = people.build(world)
    register.buildings["one"].address = EVIL
    register.buildings["one"].save()
    readers.family(
        people.person("王小明", register.doors["one-101"], order=11, phone=PHONE), register.doors["one-101"]
    )
    people.person("单田芳", register.doors["two-201"])
    people.person("王小远", None, building=readers.elsewhere(), cell_code="009901002001001")
    people.person("李四海", register.doors["one-101"], life_state="moved_out")
    readers.staff(world)
    readers.staff(world, "community_staff", STREET + "001")
    return world


def wish(town: World, **changes: Any) -> exporting.Wish:
    office = Department.objects.get(key="public_service_office", scope_code=STREET)
    values: dict[str, Any] = {
        "dataset": "people", "columns": ["address", "masked_name", "masked_phone"], "place": "", "format": "csv",
        "department_id": office.pk, "purpose": "高龄津贴核对",
    }  # fmt: skip
    return exporting.Wish(**(values | changes))


def made(town: World, who: str = "staff", **changes: Any) -> RegisterExport:
    asked = exporting.want(
        user=town.people[who], wish=wish(town, **changes), language="zh-hans", at=timezone.now()
    )
    exporting.make("", {"export": str(asked.pk)})
    asked.refresh_from_db()
    return asked


def bytes_of(town: World, found: RegisterExport, who: str = "staff") -> bytes:
    path = exporting.opened(user=town.people[who], export_id=found.pk, at=timezone.now())[1]
    return path.read_bytes()


def table(town: World, found: RegisterExport, who: str = "staff") -> list[list[str]]:
    return list(csv.reader(io.StringIO(bytes_of(town, found, who).decode("utf-8-sig"))))


def names(town: World, who: str = "staff", **changes: Any) -> set[str]:
    rows = table(town, made(town, who, columns=["masked_name"], **changes), who)
    return {row[0] for row in rows[1:] if len(row) == 2}


def test_exactly_the_rows_of_the_scope_go_out(town: World) -> None:
    assert names(town) == {"王*明", "单*芳"}
    assert names(town, place=STREET + "001") == {"王*明"}
    assert names(town, "community_staff") == {"王*明"}
    assert names(town, group="from_60") == set()
    with pytest.raises(DomainError) as error:
        made(town, place="009901002")
    assert error.value.code == "export_not_permitted"


def test_the_file_is_masked_marked_and_harmless(town: World) -> None:
    found = made(town)
    heading, row, _other, *mark = table(town, found)
    assert heading == ["地址", "姓名（脱敏）", "电话（脱敏）", "导出"]
    assert row == [f"'{EVIL}", "王*明", "100****5678", found.number]
    whole = "".join(line[0] for line in mark)
    for text in (found.number, "staff", "高龄津贴核对", "20"):
        assert text in whole
    assert PHONE not in bytes_of(town, found).decode()


def test_a_workbook_holds_texts_and_the_mark_on_every_page(town: World) -> None:
    found = made(town, format="xlsx")
    with zipfile.ZipFile(io.BytesIO(bytes_of(town, found))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert f"&#39;{EVIL}" in sheet or f"'{EVIL}" in sheet
    assert sheet.count(found.number) >= 3  # mark, both rows, print header
    assert "oddHeader" in sheet


def test_map_data_have_points_and_a_note(town: World) -> None:
    path = exporting.opened(
        user=town.staff, export_id=made(town, dataset="buildings", columns=["code", "building"], format="gpkg").pk,
        at=timezone.now(),
    )[1]  # fmt: skip
    frame = pyogrio.read_dataframe(path, layer="data")
    assert list(frame["楼栋"]) == ["榕树苑 榕树苑one栋", "榕树苑 榕树苑two栋"]
    assert frame.crs.to_epsg() == 4326
    assert "高龄津贴核对" in set(pyogrio.read_dataframe(path, layer="export_note")["text"])


def test_every_kind_of_data_goes_out_in_every_kind_of_file(town: World) -> None:
    for dataset in DATASETS.values():
        for kind in ("csv", "xlsx", "gpkg"):
            columns = [column.key for column in dataset.columns]
            found = made(town, dataset=dataset.key, columns=columns, format=kind)
            assert found.made_at, (dataset.key, kind, found.refused)
            assert found.size_bytes == len(bytes_of(town, found))
        RegisterExport.objects.all().delete()
        export_rules.tries.forget(timezone.now() + timedelta(days=2))


def test_full_values_are_for_staff_of_the_street_and_few_rows(
    town: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    [_head, row, *_rest] = table(town, made(town, columns=["name", "id_no", "phone"]))
    assert row[:3] == ["王小明", NUMBER, PHONE]
    with pytest.raises(DomainError) as error:
        made(town, "community_staff", columns=["name"])
    assert error.value.code == "export_sensitive_not_permitted"
    monkeypatch.setattr(export_rules, "MOST_SENSITIVE", 1)
    with pytest.raises(DomainError) as error:
        made(town, columns=["name"])
    assert error.value.code == "export_too_large"


def test_who_takes_nothing(town: World) -> None:
    for who in ("worker", "handler", "leader", "acceptor"):
        with pytest.raises(DomainError) as error:
            made(town, who)
        assert error.value.code == "export_not_permitted", who
    assert made(town, "leader", dataset="buildings", columns=["code"]).row_count == 2


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"purpose": " "}, "reason_missing"),
        ({"purpose": f"给 {PHONE}"}, "reason_holds_number"),
        ({"columns": ["name; DROP"]}, "export_no_columns"),
        ({"dataset": "users"}, "export_unknown_dataset"),
        ({"format": "exe"}, "export_format"),
        ({"department_id": None}, "export_no_department"),
        ({"department_id": UUID(int=1)}, "export_no_department"),
    ],
)
def test_a_wish_must_be_whole(town: World, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(DomainError) as error:
        made(town, **changes)
    assert error.value.code == code
    assert RegisterExport.objects.count() == 0


def test_whose_rows_went_out_is_written_down(town: World) -> None:
    found = made(town)
    [act] = AccessRecord.objects.filter(action="exported")
    assert set(act.subject_ids) == set(
        Person.objects.filter(name__in=["王小明", "单田芳"]).values_list("pk", flat=True)
    )
    assert (act.user, act.purpose, act.asked["number"]) == (town.staff, "高龄津贴核对", found.number)


def test_the_job_makes_one_file_and_asks_for_the_rights_again(town: World) -> None:
    found = made(town)
    exporting.make("", {"export": str(found.pk)})
    assert AccessRecord.objects.filter(action="exported").count() == 1
    asked = exporting.want(user=town.staff, wish=wish(town), language="zh-hans", at=timezone.now())
    town.staff.grants.all().delete()
    exporting.make("", {"export": str(asked.pk)})
    asked.refresh_from_db()
    assert (asked.refused, asked.file, asked.made_at) == ("export_not_permitted", "", None)


def test_the_file_is_for_its_owner_and_a_day(town: World, settings: Any) -> None:
    found = made(town)
    address = f"/exports/{found.pk}/file"
    owner, other = Client(), Client()
    owner.force_login(town.staff)
    readers.staff(town, "colleague")
    other.force_login(town.colleague)
    answer = owner.get(address)
    assert answer.status_code == 200
    assert found.number in answer.headers["Content-Disposition"]
    assert b"".join(answer.streaming_content).startswith(b"\xef\xbb\xbf")
    assert other.get(address).status_code == 404
    found.refresh_from_db()
    assert found.taken == 1
    with pytest.raises(DomainError):
        exporting.opened(user=town.staff, export_id=found.pk, at=timezone.now() + timedelta(hours=25))
    exporting.tidy(timezone.now() + timedelta(hours=25))
    assert not (settings.MEDIA_ROOT / found.file).exists()
    assert owner.get(address).status_code == 404


def test_whoever_lost_the_role_gets_no_file(town: World) -> None:
    found = made(town)
    town.staff.grants.all().delete()
    client = Client()
    client.force_login(town.staff)
    assert client.get(f"/exports/{found.pk}/file").status_code == 403


def test_a_place_lost_since_shuts_the_file(town: World) -> None:
    """The file holds the whole street; its owner keeps one community of it. What lies in that one may still be opened."""
    whole, part = (
        made(town, columns=["masked_name"]),
        made(town, columns=["masked_name"], place=STREET + "001"),
    )
    assert (whole.prefixes, part.prefixes) == ([STREET], [STREET + "001"])
    town.staff.grants.update(scope_code=STREET + "001")
    client = Client()
    client.force_login(town.staff)
    assert client.get(f"/exports/{whole.pk}/file").status_code == 403
    assert client.get(f"/exports/{part.pk}/file").status_code == 200
    whole.refresh_from_db()
    assert whole.taken == 0


def test_one_of_two_places_lost_shuts_the_file(town: World) -> None:
    readers.staff(town, "of_two", STREET + "001")
    grant_role(
        user=town.of_two, role=Role.STAFF, scope_code=STREET + "002", department=None,
        at=timezone.now() - timedelta(days=1),
    )  # fmt: skip
    found = made(town, "of_two")
    assert found.prefixes == [STREET + "001", STREET + "002"]
    assert bytes_of(town, found, "of_two")
    town.of_two.grants.filter(scope_code=STREET + "002").update(valid_to=timezone.now())
    del town.of_two._grid_scope
    with pytest.raises(DomainError) as error:
        bytes_of(town, found, "of_two")
    assert (error.value.code, error.value.status) == ("export_not_permitted", 403)


def test_a_cell_is_a_place_like_any_other(town: World) -> None:
    """A cell's code has fifteen digits, as ID numbers of old had."""
    cell = town.cells["A"].code
    assert len(cell) == 15
    found = made(town, place=cell)
    assert found.row_count == 1
    assert AccessRecord.objects.get(action="exported").asked["place"] == cell


@pytest.mark.parametrize("fault", ["audit", "disk"])
def test_what_fails_leaves_no_file_and_no_row(
    town: World, monkeypatch: pytest.MonkeyPatch, settings: Any, fault: str
) -> None:
    def fails(*_args: Any, **_named: Any) -> None:
        raise OSError("no")

    target = (exporting.audit, "record") if fault == "audit" else (exporting.photo_files, "sync_folder")
    monkeypatch.setattr(*target, fails)
    asked = exporting.want(user=town.staff, wish=wish(town), language="zh-hans", at=timezone.now())
    with pytest.raises(OSError, match="no"):
        exporting.make("", {"export": str(asked.pk)})
    asked.refresh_from_db()
    assert (asked.made_at, asked.file) == (None, "")
    assert not AccessRecord.objects.filter(action="exported").exists()
    assert not list(settings.MEDIA_ROOT.glob("exports/*/*"))
    monkeypatch.undo()
    exporting.make("", {"export": str(asked.pk)})
    assert bytes_of(town, asked)


def test_files_of_no_row_are_tidied_once_they_are_old(town: World, settings: Any) -> None:
    found = made(town)
    kept = settings.MEDIA_ROOT / found.file
    old, young = (kept.parent / f"{uuid7()}.csv" for _one in range(2))
    for path in (old, young):
        path.write_text("x")
    before = (timezone.now() - timedelta(hours=2)).timestamp()
    for path in (kept, old):
        os.utime(path, (before, before))
    exporting.tidy(timezone.now())
    assert [path.exists() for path in (kept, old, young)] == [True, False, True]


def test_the_page_offers_what_one_may_take_and_shows_who_took(town: World) -> None:
    def page(who: str, **query: str) -> str:
        client = Client()
        client.force_login(town.people[who])
        answer = client.get("/exports", query)
        return answer.content.decode() if answer.status_code == 200 else str(answer.status_code)

    found = made(town)
    assert f"/exports/{found.pk}/file" in page("staff")
    assert found.number in page("supervisor")
    assert f"/exports/{found.pk}/file" not in page("supervisor")
    assert found.number not in page("leader")
    assert "?data=people" not in page("leader")
    assert page("worker") == "403"
    community = page("community_staff", data="people")
    assert community.count("disabled") == sum(column.sensitive for column in DATASETS["people"].columns)


def test_a_file_that_is_asked_for_is_waited_for_honestly(town: World) -> None:
    client = Client()
    client.force_login(town.staff)
    asked = exporting.want(user=town.staff, wish=wish(town), language="zh-hans", at=timezone.now())

    def shown(path: str) -> str:
        return str(client.get(path).content.decode())

    for path in ("/exports", "/exports?data=buildings", "/exports/rows"):
        assert "data-waits" in shown(path)  # the script looks again, whatever form stands above
        assert "等待处理或正在生成" in shown(path)
    assert 'data-url="/exports/rows"' in shown("/exports")
    assert "Refresh" not in client.get("/exports").headers  # what is being typed would be lost
    exporting.make("", {"export": str(asked.pk)})
    rows = shown("/exports/rows")
    assert f"/exports/{asked.pk}/file" in rows
    assert "data-waits" not in rows
    assert "<html" not in rows


def test_what_is_not_made_within_an_hour_is_told(town: World) -> None:
    asked = exporting.want(user=town.staff, wish=wish(town), language="zh-hans", at=timezone.now())
    RegisterExport.objects.filter(pk=asked.pk).update(asked_at=timezone.now() - timedelta(hours=2))
    client = Client()
    client.force_login(town.staff)
    page = client.get("/exports").content.decode()
    assert "一小时内未能生成" in page
    assert "data-waits" not in page
    client.force_login(town.worker)
    assert client.get("/exports/rows").status_code == 403


def test_who_waits_for_a_file_waits_behind_no_import_and_no_document() -> None:
    """A queue of its own, for which the turn of documents ends."""
    from django.conf import settings

    from gridmgmt.events import jobs
    from gridmgmt.ops import processes

    for topic in (exporting.WANTED, "appraisal.print_wanted"):
        assert [name.partition(":")[0] for name in settings.EVENT_JOBS[topic]] == ["exports"]
    assert jobs.GIVES_WAY["documents"] == "exports" == processes.WORKERS["bulk"][0]


def test_the_form_keeps_what_was_typed(town: World) -> None:
    client = Client()
    client.force_login(town.staff)
    office = Department.objects.get(key="public_service_office", scope_code=STREET)
    data = {
        "data": "buildings",
        "column": ["code"],
        "format": "xlsx",
        "department": str(office.pk),
        "purpose": "abc",
    }
    answer = client.post("/exports/ask", data)
    assert answer.status_code == 400
    assert 'value="abc"' in answer.content.decode()
    assert client.post("/exports/ask", data | {"purpose": "核对楼栋底数"}).status_code == 302
    assert RegisterExport.objects.get().columns == ["code"]


def test_a_day_has_a_limit(town: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_rules, "MOST_A_DAY", 1)
    made(town)
    with pytest.raises(DomainError) as error:
        made(town)
    assert error.value.code == "export_limit"


def test_roles_are_those_of_the_page(town: World) -> None:
    assert set(export_rules.EXPORTERS) == {
        Role.STAFF,
        Role.LEADER,
        Role.SUPERVISOR,
        Role.IMPORTER,
        Role.ADMIN,
    }


def test_what_waits_is_told_to_those_who_decide(town: World) -> None:
    from geodata.ids import uuid7
    from gridmgmt.organisation.scope import scope_of
    from gridmgmt.registers.waiting import waiting
    from importers.models import AddressQuestion, ImportBatch

    batch = ImportBatch.objects.create(
        kind="people", file_name="x", format="csv", size_bytes=1, sha256="0" * 64, county=COUNTY, state="checked",
        counts={},
    )  # fmt: skip
    AddressQuestion.objects.create(id=uuid7(), batch=batch, alias="x", text="x")
    told = {one.label: one.count for one in waiting(scope_of(town.importer))}
    assert told["addresses of imports to be placed"] == 1
    assert told["rows of imports in conflict"] == 0
    assert not [one for one in waiting(scope_of(town.staff)) if "imports" in one.label]
