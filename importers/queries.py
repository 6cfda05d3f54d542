"""Reads of the importers: whose batches, their figures, samples of findings, and what a person may write."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from gridmgmt.organisation.models import Role
from gridmgmt.organisation.scope import Scope, scope_of
from importers import report
from importers.errors import refusal
from importers.models import ImportBatch, ImportFinding

IMPORTING: tuple[str, ...] = (Role.IMPORTER, Role.ADMIN)
ADMINISTERED: frozenset[str] = frozenset({"staff"})
"""Kinds that only an administrator of the place brings in."""


def writable_prefixes(user: Any) -> tuple[str, ...]:
    """Shortest code prefixes under which a person may import. Error: not_an_importer."""
    prefixes = scope_of(user).prefixes_of(*IMPORTING)
    if not prefixes:
        raise refusal("not_an_importer")
    return prefixes


def prefixes_for(user: Any, kind: str) -> tuple[str, ...]:
    """Shortest code prefixes under which a person may import this kind: accounts are an administrator's business.
    Errors: not_an_importer, not_an_administrator."""
    if kind not in ADMINISTERED:
        return writable_prefixes(user)
    prefixes = scope_of(user).prefixes_of(Role.ADMIN)
    if not prefixes:
        raise refusal("not_an_administrator")
    return prefixes


def visible_batches(scope: Scope) -> QuerySet[ImportBatch]:
    """Somebody's own imports, and those of the counties they import for; none for those who import nothing. The one
    rule of who sees which import."""
    prefixes = scope.prefixes_of(*IMPORTING)
    if not prefixes:
        return ImportBatch.objects.none()
    if scope.everything:
        return ImportBatch.objects.all()
    mine = Q(created_by=scope.user_id)
    for prefix in prefixes:
        if len(prefix) <= 6:
            mine |= Q(county__startswith=prefix) & ~Q(county="")
    return ImportBatch.objects.filter(mine)


def visible_batch(user: Any, batch_id: UUID) -> ImportBatch:
    """One of them. Error: batch_unknown."""
    batch = visible_batches(scope_of(user)).filter(pk=batch_id).first()
    if batch is None:
        raise refusal("batch_unknown")
    return batch


def sample(
    batch: ImportBatch, *, severities: tuple[str, ...], most: int, code: str = ""
) -> list[ImportFinding]:
    """The first findings of a batch in the order of the file."""
    found = batch.findings.filter(severity__in=severities)
    if code:
        found = found.filter(code=code)
    return list(found.order_by("row_no", "id")[:most])


def as_data(batch: ImportBatch) -> dict[str, Any]:
    """A batch as plain data, for scripts."""
    return {
        "batch": str(batch.pk),
        "kind": batch.kind,
        "file": batch.file_name,
        "sha256": batch.sha256,
        "state": batch.state,
        "counts": batch.counts,
        "reasons": batch.summary.get("reasons", {}),
        "facts": {
            key: value for key, value in batch.summary.items() if key not in {"reasons", "file", "revision"}
        },
        "error": batch.error,
        "sample": [
            {
                "ref": row.ref,
                "severity": row.severity,
                "code": row.code,
                "field": row.field,
                "value": row.value,
            }
            for row in sample(batch, severities=("error", "conflict"), most=20)
        ],
        "words": [
            {"code": reason.code, "text": reason.text, "count": reason.count}
            for reason in report.reasons(batch)
        ],
    }
