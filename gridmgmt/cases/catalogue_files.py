"""Reads the data files of the case catalogue and refuses anything unsound. No models, no database.

`load_catalogue()` is what callers want: every file, every cross-reference checked. The single loaders check
one file's lines. All raise DomainError `catalogue_…` naming file and line. Columns: docs/catalogue.md.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from django.utils.translation import gettext_noop as _

from gridmgmt.cases import catalogue_checks, catalogue_flow, catalogue_parse
from gridmgmt.cases.catalogue_line import Line
from gridmgmt.cases.catalogue_rows import (
    CategoryRow,
    DepartmentRow,
    OwnerRow,
    ProcedureRow,
    ProcedureRuleRow,
    RequestKindRow,
    Row,
    RuleRow,
    SourceRow,
    StageRow,
    StandardRow,
    StepFieldRow,
    TransitionRow,
)

CASES_DATA = Path(__file__).parent / "data"
ORGANISATION_DATA = Path(__file__).parent.parent / "organisation" / "data"

R = TypeVar("R", bound=Row)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All reference data of cases, checked as a whole, in the order of the files."""

    categories: tuple[CategoryRow, ...]
    standards: tuple[StandardRow, ...]
    departments: tuple[DepartmentRow, ...]
    owners: tuple[OwnerRow, ...]
    sources: tuple[SourceRow, ...]
    rules: tuple[RuleRow, ...]
    procedures: tuple[ProcedureRow, ...]
    stages: tuple[StageRow, ...]
    transitions: tuple[TransitionRow, ...]
    requests: tuple[RequestKindRow, ...]
    fields: tuple[StepFieldRow, ...]
    procedure_rules: tuple[ProcedureRuleRow, ...]


def load_categories(folder: Path = CASES_DATA) -> tuple[CategoryRow, ...]:
    """categories.csv; keys unique and in step with kind and codes."""
    return _load(folder / "categories.csv", CategoryRow, catalogue_parse.category)


def load_standards(folder: Path = CASES_DATA) -> tuple[StandardRow, ...]:
    """case_standards.csv."""
    return _load(folder / "case_standards.csv", StandardRow, catalogue_parse.standard)


def load_departments(folder: Path = ORGANISATION_DATA) -> tuple[DepartmentRow, ...]:
    """departments.csv."""
    return _load(folder / "departments.csv", DepartmentRow, catalogue_parse.department)


def load_owners(folder: Path = CASES_DATA) -> tuple[OwnerRow, ...]:
    """component_owners.csv."""
    return _load(folder / "component_owners.csv", OwnerRow, catalogue_parse.owner)


def load_sources(folder: Path = CASES_DATA) -> tuple[SourceRow, ...]:
    """case_sources.csv."""
    return _load(folder / "case_sources.csv", SourceRow, catalogue_parse.source)


def load_rules(folder: Path = CASES_DATA) -> tuple[RuleRow, ...]:
    """routing_rules.csv."""
    return _load(folder / "routing_rules.csv", RuleRow, catalogue_parse.rule)


def load_procedures(folder: Path = CASES_DATA) -> tuple[ProcedureRow, ...]:
    """procedures.csv."""
    return _load(folder / "procedures.csv", ProcedureRow, catalogue_parse.procedure)


def load_stages(folder: Path = CASES_DATA) -> tuple[StageRow, ...]:
    """stages.csv; the order of the lines is the order of the stages."""
    return _load(folder / "stages.csv", StageRow, catalogue_parse.stage)


def load_transitions(folder: Path = CASES_DATA) -> tuple[TransitionRow, ...]:
    """transitions.csv; "*" is not expanded."""
    return _load(folder / "transitions.csv", TransitionRow, catalogue_parse.transition)


def load_requests(folder: Path = CASES_DATA) -> tuple[RequestKindRow, ...]:
    """request_kinds.csv."""
    return _load(folder / "request_kinds.csv", RequestKindRow, catalogue_parse.request_kind)


def load_fields(folder: Path = CASES_DATA) -> tuple[StepFieldRow, ...]:
    """step_fields.csv."""
    return _load(folder / "step_fields.csv", StepFieldRow, catalogue_parse.step_field)


def load_procedure_rules(folder: Path = CASES_DATA) -> tuple[ProcedureRuleRow, ...]:
    """procedure_rules.csv."""
    return _load(folder / "procedure_rules.csv", ProcedureRuleRow, catalogue_parse.procedure_rule)


def load_catalogue(cases: Path = CASES_DATA, organisation: Path = ORGANISATION_DATA) -> Catalogue:
    """Every file of both folders, cross-checked; DomainError at the first fault."""
    catalogue = Catalogue(
        categories=load_categories(cases),
        standards=load_standards(cases),
        departments=load_departments(organisation),
        owners=load_owners(cases),
        sources=load_sources(cases),
        rules=load_rules(cases),
        procedures=load_procedures(cases),
        stages=load_stages(cases),
        transitions=load_transitions(cases),
        requests=load_requests(cases),
        fields=load_fields(cases),
        procedure_rules=load_procedure_rules(cases),
    )
    catalogue_checks.check_categories(catalogue.categories)
    catalogue_checks.check_standards(catalogue.standards, catalogue.categories)
    catalogue_checks.check_departments(catalogue.departments)
    catalogue_checks.check_owners(catalogue.owners, catalogue.departments)
    catalogue_checks.check_sources(catalogue.sources)
    catalogue_checks.check_rules(
        rules=catalogue.rules,
        categories=catalogue.categories,
        departments=catalogue.departments,
        owners=catalogue.owners,
        sources=catalogue.sources,
    )
    catalogue_flow.check_flows(
        catalogue.procedures, catalogue.stages, catalogue.transitions, catalogue.requests, catalogue.fields
    )
    catalogue_flow.check_procedure_rules(
        rules=catalogue.procedure_rules,
        procedures=catalogue.procedures,
        categories=catalogue.categories,
        sources=catalogue.sources,
    )
    return catalogue


def catalogue_digest(cases: Path = CASES_DATA, organisation: Path = ORGANISATION_DATA) -> str:
    """sha256 (hex) over names and bytes of all files, the same on every machine."""
    digest = hashlib.sha256()
    for folder in (cases, organisation):
        for path in sorted(folder.glob("*.csv")):
            content = path.read_bytes()
            digest.update(f"{path.name}\0{len(content)}\0".encode())
            digest.update(content)
    return digest.hexdigest()


def _load(path: Path, kind: type[R], parse: Callable[[Line], R]) -> tuple[R, ...]:
    return tuple(parse(line) for line in _lines(path, catalogue_parse.columns(kind)))


def _lines(path: Path, columns: tuple[str, ...]) -> list[Line]:
    top = Line(path.name, 1, {})
    try:
        text = path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        message = _("%(file)s cannot be read as UTF-8 text.")
        raise top.error("unreadable", message) from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    if tuple(next(reader, ())) != columns:
        raise top.error(
            "bad_header", _("%(file)s must begin with the columns %(columns)s."), columns=",".join(columns)
        )
    lines: list[Line] = []
    try:
        for cells in reader:
            line = Line(path.name, reader.line_num, dict(zip(columns, cells, strict=False)))
            if len(cells) != len(columns):
                message = _("%(file)s, line %(line)s has %(found)s columns instead of %(wanted)s.")
                raise line.error("bad_width", message, found=len(cells), wanted=len(columns))
            lines.append(line)
    except csv.Error as error:
        raise Line(path.name, reader.line_num, {}).error(
            "bad_csv", _("%(file)s, line %(line)s: quotes are not closed.")
        ) from error
    if not lines:
        raise top.error("empty", _("%(file)s holds no line."))
    return lines
