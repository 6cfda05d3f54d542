"""Rows of several tables as they were before a batch wrote them, and what it made of them; taking all of it back."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from psycopg import sql

from importers.errors import refusal
from importers.writing import columns_of

CARE: Final = "geodata_caremembership"
RESIDENCE: Final = "geodata_residence"
MEMBERSHIP: Final = "geodata_membership"
HOUSEHOLD: Final = "geodata_household"
PERSON: Final = "geodata_person"
DWELLING: Final = "geodata_dwelling"
ENTRANCE: Final = "geodata_entrance"
CHANGED: Final = (CARE, RESIDENCE, MEMBERSHIP, HOUSEHOLD, PERSON, DWELLING)
MADE: Final = (*CHANGED, ENTRANCE)
"""What refers stands before what it refers to."""

_NOT_PRINTED: Final = frozenset({"cell_code", "updated_at", "lives_alone", "id_no_sealed", "phone_sealed"})
"""What an active edition or somebody else's household changes of a row, and what its search keys say already."""
_PART: Final = 1_000
_OPEN: Final = (
    "DROP TABLE IF EXISTS pg_temp.import_touched",
    """CREATE TEMP TABLE import_touched (
         table_name text, row_key uuid, before jsonb, PRIMARY KEY (table_name, row_key)) ON COMMIT DROP""",
)
_BEFORE: Final = """
INSERT INTO import_touched SELECT {name}, o.id, to_jsonb(o) FROM {table} o WHERE o.id IN ({ids})
ON CONFLICT DO NOTHING
"""
_MADE: Final = """
WITH made AS ({insert} RETURNING id, {fingerprint} AS print),
  counted AS (SELECT id, print, row_number() OVER () / {part} AS part FROM made)
INSERT INTO importers_importmade (batch_id, table_name, row_keys, prints)
SELECT {batch}, {name}, array_agg(id), array_agg(print) FROM counted GROUP BY part
"""
_KEEP: Final = """
INSERT INTO importers_importimage (batch_id, table_name, row_key, before, after)
SELECT {batch}, t.table_name, t.row_key, t.before, {printed}
FROM import_touched t JOIN {table} o ON o.id = t.row_key WHERE t.table_name = {name}
"""
_CHANGED_SINCE: Final = """
SELECT (SELECT count(*) FROM importers_importimage i LEFT JOIN {table} o ON o.id = i.row_key::uuid
    WHERE i.batch_id = {batch} AND i.table_name = {name} AND (o.id IS NULL OR {printed} <> i.after))
  + (SELECT count(*) FROM importers_importmade i CROSS JOIN LATERAL unnest(i.row_keys, i.prints) m(key, print)
    LEFT JOIN {table} o ON o.id = m.key
    WHERE i.batch_id = {batch} AND i.table_name = {name} AND (o.id IS NULL OR {fingerprint} <> m.print))
"""
# What a batch made: many in one row, and one image without a before each in batches of earlier versions.
_REMOVE: Final = """
DELETE FROM {table} o USING (
  SELECT m.id FROM importers_importmade i CROSS JOIN LATERAL unnest(i.row_keys) m(id)
  WHERE i.batch_id = {batch} AND i.table_name = {name}
  UNION ALL
  SELECT i.row_key::uuid FROM importers_importimage i
  WHERE i.batch_id = {batch} AND i.table_name = {name} AND i.before IS NULL) made
WHERE o.id = made.id
"""
_RESTORE: Final = """
UPDATE {table} o SET {sets} FROM importers_importimage i CROSS JOIN LATERAL jsonb_populate_record(NULL::{table}, i.before) b
WHERE i.batch_id = {batch} AND i.table_name = {name} AND o.id = i.row_key::uuid AND i.before IS NOT NULL
"""
_STAMP: Final = """
UPDATE geodata_person o SET cell_code = b.cell_code FROM importers_importimage i, geodata_building b
WHERE i.batch_id = {batch} AND i.table_name = 'geodata_person' AND o.id = i.row_key::uuid
  AND b.id = o.building_id AND b.county = o.county AND o.cell_code <> b.cell_code
"""


def begin(cursor: Any) -> None:
    """Opens the list of what the batch touches."""
    for statement in _OPEN:
        cursor.execute(statement)


def before(cursor: Any, table: str, ids: sql.Composable) -> None:
    """Notes rows that are about to change. ``ids``: a select of their ids."""
    cursor.execute(sql.SQL(_BEFORE).format(name=sql.Literal(table), table=sql.Identifier(table), ids=ids))


def insert(cursor: Any, batch_id: UUID, table: str, statement: sql.Composable) -> None:
    """Runs an INSERT (of the table under its name alone) and notes the rows it made, a thousand in one row."""
    made = _named(_MADE, table, batch_id, alias=table, insert=statement, part=sql.Literal(_PART))
    cursor.execute(made)


def keep(cursor: Any, batch_id: UUID) -> None:
    """Writes the before-images of everything touched, with the fingerprint of what stands there now."""
    for table in MADE:
        cursor.execute(_named(_KEEP, table, batch_id))


def take_back(batch_id: UUID) -> None:
    """Restores every row of every table. Errors: undo_rows_changed, undo_rows_in_use."""
    with connection.cursor() as cursor:
        changed = 0
        for table in MADE:
            cursor.execute(_named(_CHANGED_SINCE, table, batch_id))
            changed += cursor.fetchone()[0]
        if changed:
            raise refusal("undo_rows_changed", count=changed)
        try:
            with transaction.atomic():
                _restore(cursor, batch_id)
        except IntegrityError:
            raise refusal("undo_rows_in_use") from None


def _restore(cursor: Any, batch_id: UUID) -> None:
    """New facts go first: an old one can be open only when no other is."""
    for table in (CARE, RESIDENCE, MEMBERSHIP):
        cursor.execute(_named(_REMOVE, table, batch_id))
    for table in CHANGED:
        names = [name for name in columns_of(table) if name != "id"]
        sets = sql.SQL(", ").join(
            sql.SQL("{} = b.{}").format(sql.Identifier(name), sql.Identifier(name)) for name in names
        )
        cursor.execute(_named(_RESTORE, table, batch_id, sets=sets))
    cursor.execute(sql.SQL(_STAMP).format(batch=sql.Literal(batch_id)))
    for table in (HOUSEHOLD, PERSON, DWELLING, ENTRANCE):
        cursor.execute(_named(_REMOVE, table, batch_id))
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _named(
    statement: str, table: str, batch_id: UUID, *, alias: str = "o", **more: sql.Composable
) -> sql.Composable:
    return sql.SQL(statement).format(
        table=sql.Identifier(table),
        name=sql.Literal(table),
        batch=sql.Literal(batch_id),
        fingerprint=sql.SQL("{}::uuid").format(_fingerprint(table, alias)),
        printed=_fingerprint(table, alias),
        **more,
    )


def _fingerprint(table: str, alias: str) -> sql.Composable:
    """A row in 32 characters, 16 bytes as a uuid. Of a record's text, which costs a third of what JSON does."""
    names = [name for name in columns_of(table) if name not in _NOT_PRINTED]
    columns = sql.SQL(", ").join(sql.Identifier(alias, name) for name in names)
    return sql.SQL("md5(ROW({})::text)").format(columns)
