"""Puts the reference files into the database: categories, standards, sources, owners, rules, flow, calendar.

Idempotent. Rows an administrator added are left alone; a published flow version is never changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from geodata.errors import DomainError
from gridmgmt.cases import calendar_actions
from gridmgmt.cases.catalogue_files import Catalogue, load_catalogue
from gridmgmt.cases.models import (
    CaseSource,
    CaseStandard,
    Category,
    ComponentOwner,
    Procedure,
    RoutingRule,
    Stage,
    Transition,
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
        "procedures": sum(_procedure(files, row) for row in files.procedures),
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


def _upsert(model: type[models.Model], keys: Sequence[str], rows: Iterable[models.Model]) -> int:
    """Insert or update by unique fields; returns the number of rows offered."""
    fields = [
        field.attname
        for field in model._meta.concrete_fields  # noqa: SLF001 - Django's documented API
        if not field.primary_key and field.name not in keys and field.attname not in keys
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


def _procedure(files: Catalogue, row: Any) -> int:
    """A version that exists must equal the file; otherwise the file needs a new version number."""
    procedure, created = Procedure.objects.get_or_create(
        key=row.key,
        version=row.version,
        defaults={"name": row.name_zh, "name_en": row.name_en, "active": False},
    )
    stages = [
        Stage(
            procedure=procedure, key=s.key, order=number, name=s.name_zh, name_en=s.name_en, owner_role=s.owner_role,
            clock=s.lamp, limit_value=s.limit_value, limit_unit=s.limit_unit,
        )
        for number, s in enumerate((s for s in files.stages if s.procedure == row.key), 1)
    ]  # fmt: skip
    transitions = [_transition(procedure, t) for t in files.transitions if t.procedure == row.key]
    if not created:
        if not (
            _same(procedure.stages.order_by("order"), stages)
            and _same(procedure.transitions.order_by("id"), transitions)
        ):
            raise DomainError(
                code="procedure_version_published",
                status=409,
                message=_(
                    "The flow %(key)s version %(version)s is published; give the changed file a new version."
                ),
                data={"key": row.key, "version": row.version},
            )
        return 1
    Stage.objects.bulk_create(stages)
    Transition.objects.bulk_create(transitions)
    Procedure.objects.filter(key=row.key, active=True).update(active=False)
    Procedure.objects.filter(pk=procedure.pk).update(active=True)
    return 1


def _same(stored: Iterable[models.Model], offered: Sequence[models.Model]) -> bool:
    """Row by row equal in everything but the primary key."""

    def content(row: models.Model) -> list[object]:
        fields = row._meta.concrete_fields  # noqa: SLF001 - Django's documented API
        return [getattr(row, field.attname) for field in fields if not field.primary_key]

    return [content(row) for row in stored] == [content(row) for row in offered]


def _transition(procedure: Procedure, row: Any) -> Transition:
    return Transition(
        procedure=procedure, from_stage=row.from_stage, action=row.action, to_stage=row.to_stage,
        condition=row.condition, name=row.name_zh, name_en=row.name_en, roles=sorted(row.roles), relation=row.relation,
        requires=list(row.requires), clock_effect=row.clock_effect, notify="|".join(row.notify),
    )  # fmt: skip
