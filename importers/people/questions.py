"""Addresses that no machine may place, as questions to a person; an answer is remembered as an alias."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from psycopg import sql

from geodata.ids import uuid7
from geodata.models import Building
from importers import staging
from importers.errors import refusal
from importers.kinds import Kind
from importers.models import AddressAlias, AddressQuestion

# One question per way of writing a building, however many rooms it has. Answers that were given stay.
_FORGET: Final = "DELETE FROM importers_addressquestion WHERE batch_id = {batch} AND decided_at IS NULL"
_ASK: Final = """
INSERT INTO importers_addressquestion (id, batch_id, alias, text, rows, candidates)
SELECT importers_uuid7(), {batch}, left(f.alias, 200), min(f.shown), sum(s.rows),
       coalesce((array_agg(f.candidates))[1], '[]'::jsonb)
FROM {found} f JOIN (SELECT f_address AS text, count(*) AS rows FROM {raw} GROUP BY 1) s USING (text)
WHERE f.status IN ('unsure', 'unknown') AND f.alias IS NOT NULL AND f.shown IS NOT NULL GROUP BY left(f.alias, 200)
ON CONFLICT (batch_id, alias) DO UPDATE SET rows = excluded.rows, candidates = excluded.candidates
"""


def ask(batch_id: UUID, kind: Kind) -> None:
    """Replaces the open questions of a batch by those of its plan."""
    if not kind.personal or kind.field("address") is None:
        return
    names = {
        "batch": sql.Literal(batch_id),
        "found": staging.table(batch_id, "found"),
        "raw": staging.table(batch_id),
    }
    with connection.cursor() as cursor:
        for statement in (_FORGET, _ASK):
            cursor.execute(sql.SQL(statement).format(**names))


def decide(
    *, question: AddressQuestion, building_id: UUID, prefixes: tuple[str, ...], by: UUID | None, at: datetime
) -> AddressAlias:
    """Says which building an address means, for this and every later import. Errors: building_unknown,
    outside_your_scope."""
    building = Building.objects.filter(pk=building_id).only("county", "cell_code").first()
    if building is None:
        raise refusal("building_unknown")
    if not any(building.cell_code.startswith(prefix) for prefix in prefixes):
        raise refusal("outside_your_scope")
    with transaction.atomic():
        question.building, question.decided_by, question.decided_at = building, by, at
        question.save(update_fields=["building", "decided_by", "decided_at"])
        alias, _made = AddressAlias.objects.update_or_create(
            county=building.county,
            alias=question.alias,
            defaults={"building": building, "decided_by": by, "decided_at": at},
            create_defaults={"id": uuid7(), "building": building, "decided_by": by, "decided_at": at},
        )
    return alias
