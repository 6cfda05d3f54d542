"""Puts the reference files into the database: categories, standards, sources, owners, rules, flow, calendar.

Idempotent. Rows an administrator added are left alone; a published flow version is never changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from geodata.errors import DomainError
from gridmgmt.cases import calendar_actions
from gridmgmt.cases.catalogue_files import Catalogue, load_catalogue
from gridmgmt.cases.catalogue_flow import flow_of
from gridmgmt.cases.flow_actions import publish_unasked
from gridmgmt.cases.flow_rows import read_flow, same_content, write_flow
from gridmgmt.cases.models import (
    CaseSource,
    CaseStandard,
    Category,
    ComponentOwner,
    Procedure,
    ProcedureRule,
    RoutingRule,
)
from gridmgmt.organisation.actions import DepartmentSeed, found_departments
from gridmgmt.organisation.models import Department


@transaction.atomic
def apply_catalogue() -> dict[str, int]:
    """Load all files; returns rows per kind."""
    files = load_catalogue()
    return {
        "categories": _categories(files),
        "standards": _standards(files),
        "sources": _upsert(CaseSource, ["key"], [_source(row) for row in files.sources]),
        "owners": _upsert(ComponentOwner, ["key"], [_owner(row) for row in files.owners]),
        "rules": _rules(files),
        "procedures": _procedures(files, timezone.now()),
        "procedure_rules": _procedure_rules(files),
        "calendar_days": calendar_actions.seed(at=timezone.now()),
    }


def found_street(*, street_code: str) -> list[Department]:
    """The usual departments of a street, its communities and its county, from the reference file."""
    seeds = [
        DepartmentSeed(
            key=row.key, name=row.name_zh, name_en=row.name_en, level=row.level, kind=row.kind,
            parent_key=row.parent_key, last_resort=row.last_resort, handles=row.handles,
        )
        for row in load_catalogue().departments
    ]  # fmt: skip
    return found_departments(street_code=street_code, seeds=seeds)


def _upsert(
    model: type[models.Model], keys: Sequence[str], rows: Iterable[models.Model], *, keep: Sequence[str] = ()
) -> int:
    """Insert or update by unique fields, but for settings to keep; returns the number of rows offered."""
    fields = [
        field.attname
        for field in model._meta.concrete_fields  # noqa: SLF001 - Django's documented API
        if not field.primary_key and not {field.name, field.attname} & {*keys, *keep}
    ]
    manager: models.Manager[Any] = model._default_manager  # noqa: SLF001 - as above
    made = list(rows)
    manager.bulk_create(made, update_conflicts=True, unique_fields=list(keys), update_fields=fields)
    return len(made)


def _categories(files: Catalogue) -> int:
    return _upsert(
        Category,
        ["key"],
        [
            Category(
                key=row.key, kind=row.kind, major_code=row.major_code, major=row.major_zh, major_en=row.major_en,
                minor_code=row.minor_code, name=row.name_zh, name_en=row.name_en, initials=row.pinyin_initials,
                icon=row.icon, rank=row.rank,
            )
            for row in files.categories
        ],
        keep=("duplicate_m", "duplicate_hours"),
    )  # fmt: skip


def _standards(files: Catalogue) -> int:
    return _upsert(
        CaseStandard,
        ["category_id", "seq"],
        [
            CaseStandard(
                category_id=row.category_key, seq=row.seq, condition=row.condition_zh, condition_en=row.condition_en,
                closing=row.closing_zh, closing_en=row.closing_en, limit_value=row.limit_value,
                limit_unit=row.limit_unit, before_photos=row.before_photos, after_photos=row.after_photos,
            )
            for row in files.standards
        ],
    )  # fmt: skip


def _source(row: Any) -> CaseSource:
    return CaseSource(key=row.key, name=row.name_zh, name_en=row.name_en, is_public=row.is_public)


def _owner(row: Any) -> ComponentOwner:
    return ComponentOwner(
        key=row.key, name=row.name_zh, name_en=row.name_en, department_key=row.department_key
    )


def _rules(files: Catalogue) -> int:
    """Shipped rules are known by key; a rule an administrator has edited keeps the edit."""
    known = set(RoutingRule.objects.exclude(key="").values_list("key", flat=True))
    new = [
        RoutingRule(
            key=row.key, category_key=row.category_key, area_code=row.area_code, source=row.source,
            component_owner=row.component_owner, time_from=row.time_from, time_to=row.time_to,
            department_key=row.department_key, note=row.note,
        )
        for row in files.rules
        if row.key not in known
    ]  # fmt: skip
    RoutingRule.objects.bulk_create(new)
    return len(files.rules)


def _procedures(files: Catalogue, at: datetime) -> int:
    """A version that is published must equal the file; otherwise the file needs a new version number."""
    for row in files.procedures:
        flow = flow_of(row, files.stages, files.transitions, files.requests, files.fields)
        procedure, created = Procedure.objects.get_or_create(
            key=row.key,
            version=row.version,
            defaults={"name": row.name_zh, "name_en": row.name_en, "kind": row.kind, "note": row.note},
        )
        if created:
            write_flow(procedure, flow)
            publish_unasked(procedure, at=at)
        elif not same_content(read_flow(procedure), flow):
            raise DomainError(
                code="procedure_version_published",
                status=409,
                message=_(
                    "The flow %(key)s version %(version)s is published; give the changed file a new version."
                ),
                data={"key": row.key, "version": row.version},
            )
    return len(files.procedures)


def _procedure_rules(files: Catalogue) -> int:
    """Shipped rules are known by key; a rule an administrator has edited keeps the edit."""
    ProcedureRule.objects.bulk_create(
        [
            ProcedureRule(
                key=row.key, procedure_key=row.procedure, category_key=row.category_key, area_code=row.area_code,
                source=row.source, flag=row.flag,
            )
            for row in files.procedure_rules
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    return len(files.procedure_rules)
