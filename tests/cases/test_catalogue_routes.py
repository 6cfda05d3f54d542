"""The shipped rules and flow, run through the real routing and workflow modules."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from geodata.sample import furniture
from gridmgmt.cases.catalogue_files import Catalogue, load_catalogue
from gridmgmt.cases.catalogue_flow import flow_of
from gridmgmt.cases.routing import Decision, DepartmentRef, Directory, Rule, RuleBook, decide
from gridmgmt.cases.workflow import Flow

NOON, MIDNIGHT = time(12), time(0)
AT = datetime(2026, 11, 20, 4, tzinfo=UTC)
CELL = "990101001001001"
AREAS = {"county": CELL[:6], "street": CELL[:9], "community": CELL[:12]}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture(scope="module")
def book(catalogue: Catalogue) -> RuleBook:
    return RuleBook(
        [
            Rule(
                id=row.key,
                key=row.key,
                department_key=row.department_key,
                category_key=row.category_key,
                area_code=row.area_code,
                source=row.source,
                component_owner=row.component_owner,
                time_from=row.time_from,
                time_to=row.time_to,
            )
            for row in catalogue.rules
        ]
    )


@pytest.fixture(scope="module")
def directory(catalogue: Catalogue) -> Directory:
    return Directory.of(
        DepartmentRef(
            row.key, row.key, row.name_zh, row.name_en, f"/{row.key}/", AREAS[row.level], row.last_resort
        )
        for row in catalogue.departments
    )


def route(
    book: RuleBook,
    directory: Directory,
    category: str,
    *,
    source: str = "worker",
    local: time = NOON,
    owner: str = "",
) -> Decision:
    return decide(
        book, directory, category_key=category, cell_code=CELL, source=source, at=AT, local=local, owner=owner
    )


def test_every_category_finds_a_department_by_rule_from_every_source_at_any_hour(
    catalogue: Catalogue, book: RuleBook, directory: Directory
) -> None:
    for category in catalogue.categories:
        for source in catalogue.sources:
            for local in (NOON, MIDNIGHT):
                decision = route(book, directory, category.key, source=source.key, local=local)
                assert decision.reason == "rule", category.key
                assert not decision.match.tied, category.key


@pytest.mark.parametrize(
    ("category", "owner", "local", "department"),
    [
        ("C0101", "", NOON, "water_company"),
        ("C0101", "property", NOON, "property_company"),
        ("C0137", "", NOON, "municipal_service"),
        ("C0137", "lighting", NOON, "municipal_service"),
        ("C0137", "street", NOON, "urban_works_office"),
        ("C0402", "", NOON, "greening_service"),
        ("E0110", "", NOON, "sanitation_station"),
        ("E0113", "", NOON, "municipal_service"),
        ("E0405", "", NOON, "enforcement_squad"),
        ("E0405", "", MIDNIGHT, "enforcement_duty_team"),
        ("E0405", "", time(6, 59), "enforcement_duty_team"),
        ("E0405", "", time(7), "enforcement_squad"),
        ("E0496", "", MIDNIGHT, "fire_brigade"),
        ("E0502", "", NOON, "gas_company"),
        ("G0304", "", NOON, "community_committee"),
        ("L0101", "", NOON, "community_committee"),
        ("L0101", "", MIDNIGHT, "police_station"),
        ("L9901", "", NOON, "street_office"),
    ],
)
def test_who_answers(
    book: RuleBook, directory: Directory, category: str, owner: str, local: time, department: str
) -> None:
    decision = route(book, directory, category, owner=owner, local=local)
    assert decision.department is not None
    assert decision.department.key == department


def test_letters_with_suggestions_go_to_the_general_office(book: RuleBook, directory: Directory) -> None:
    by_letter = route(book, directory, "G0101", source="letter").department
    by_worker = route(book, directory, "G0101").department
    assert by_letter is not None
    assert by_letter.key == "general_office"
    assert by_worker is not None
    assert by_worker.key == "community_committee"


def test_the_sample_street_uses_classes_and_owners_of_the_catalogue(catalogue: Catalogue) -> None:
    names = {row.key: row.name_zh for row in catalogue.categories}
    owners = {row.key for row in catalogue.owners}
    for pattern in furniture.PATTERNS:
        assert f"C{pattern.class_code}" in names, pattern
        assert pattern.owner in owners, pattern


@pytest.fixture(scope="module")
def flow(catalogue: Catalogue) -> Flow:
    row = next(row for row in catalogue.procedures if row.key == "street_case")
    return flow_of(row, catalogue.stages, catalogue.transitions, catalogue.requests, catalogue.fields)


PATH = """register dispatch return_case redispatch sign request_hang approve_hang resume
feed_back check_fail sign feed_back check_pass"""


@pytest.mark.parametrize(("is_public", "first"), [(False, "accept"), (True, "accept verify_ok")])
def test_a_case_can_be_walked_to_its_end_with_every_detour(flow: Flow, is_public: bool, first: str) -> None:
    stage = flow.first_stage(is_public=is_public)
    for action in f"{first} {PATH}".split():
        step = flow.find(stage, action, is_public=is_public)
        assert step is not None, f"{action} from {stage}"
        stage = step.leads_to(stage)
    assert flow.stages[stage].is_final
    assert flow.find(stage, "urge", is_public=is_public) is None
    assert flow.find(stage, "reopen", is_public=is_public) is not None


def test_every_running_stage_has_a_step_for_the_role_that_owns_it(flow: Flow) -> None:
    for stage in flow.stages.values():
        if not stage.is_final and stage.key != "hung":
            offers = [*flow.offers(stage.key, is_public=False), *flow.offers(stage.key, is_public=True)]
            assert any(stage.owner_role in step.roles for step in offers), stage.key
