"""Putting the files into the database: complete, repeatable, kind to what an administrator changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from geodata.errors import DomainError
from gridmgmt.cases import catalogue
from gridmgmt.cases.catalogue_files import CASES_DATA, load_catalogue
from gridmgmt.cases.models import (
    CaseSource,
    CaseStandard,
    Category,
    Procedure,
    RoutingRule,
    Stage,
    Transition,
)
from tests.world import AT

pytestmark = pytest.mark.django_db


@pytest.fixture
def edited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the files that `apply_catalogue` reads instead of the shipped ones."""
    folder = tmp_path / "data"
    shutil.copytree(CASES_DATA, folder)
    monkeypatch.setattr(catalogue, "load_catalogue", lambda: load_catalogue(folder))
    return folder


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.partition("\non_the_spot,")[0].count(old) == 1
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def counts() -> list[int]:
    models = (Category, CaseStandard, CaseSource, RoutingRule, Procedure, Stage, Transition)
    return [model.objects.count() for model in models]


def test_every_line_becomes_a_row_and_a_second_run_changes_nothing() -> None:
    catalogue.apply_catalogue()
    files = load_catalogue()
    assert counts() == [
        len(rows)
        for rows in (
            files.categories,
            files.standards,
            files.sources,
            files.rules,
            files.procedures,
            files.stages,
            files.transitions,
        )
    ]
    before = list(Transition.objects.order_by("pk").values())
    catalogue.apply_catalogue()
    assert list(Transition.objects.order_by("pk").values()) == before
    assert counts()[1] == len(files.standards)


def test_a_new_limit_in_the_file_arrives(edited: Path) -> None:
    catalogue.apply_catalogue()
    change(edited / "case_standards.csv", "已转达,Passed on,5,work_day", "已转达,Passed on,7,work_day")
    catalogue.apply_catalogue()
    assert CaseStandard.objects.get(category_id="G0103", seq=1).limit_value == 7


def test_a_rule_changed_by_an_administrator_keeps_the_change() -> None:
    catalogue.apply_catalogue()
    RoutingRule.objects.filter(key="E01").update(valid_to=AT)
    RoutingRule.objects.create(
        key="E01", category_key="E01", department_key="sanitation_station", valid_from=AT
    )
    catalogue.apply_catalogue()
    assert RoutingRule.objects.get(key="E01", valid_to=None).department_key == "sanitation_station"


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("transitions.csv", ",registrar,any,photo_after", ",dispatcher,any,photo_after"),
        ("stages.csv", "Hung,handler,", "Hung,dispatcher,"),
    ],
)
def test_a_published_flow_is_not_edited_in_place(edited: Path, file: str, old: str, new: str) -> None:
    catalogue.apply_catalogue()
    change(edited / file, old, new)
    with pytest.raises(DomainError) as caught:
        catalogue.apply_catalogue()
    assert caught.value.code == "procedure_version_published"


def test_a_changed_flow_in_a_new_version_becomes_the_active_one(edited: Path) -> None:
    catalogue.apply_catalogue()
    change(edited / "stages.csv", "Hung,handler,", "Hung,dispatcher,")
    change(edited / "procedures.csv", "street_case,3,", "street_case,4,")
    catalogue.apply_catalogue()
    versions = Procedure.objects.filter(key="street_case")
    assert list(versions.order_by("version").values_list("version", "state")) == [
        (3, "retired"),
        (4, "published"),
    ]
    assert {p.version: p.stages.get(key="hung").owner_role for p in versions} == {
        3: "handler",
        4: "dispatcher",
    }
