"""The staging table of a batch: everything the reader found, as text, before anything is judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from psycopg import errors as pg
from psycopg import sql

from importers.errors import refusal
from importers.kinds import Kind
from importers.reading.copytext import FIXED
from importers.sandbox import Reading, read_rows
from importers.sealing import Sealer, sealed_columns

SCHEMA: Final = "import_staging"
PARTS: Final = ("raw", "plan", "found", "door", "household")
BLOCKS_PER_COPY: Final = 32
Progress = Callable[[str, int], None]


def table(batch_id: UUID, part: str = "raw") -> sql.Identifier:
    """The staging table of a batch; ``part`` is raw (as read), plan (judged), found (what its addresses
    mean), door or household (what the plan names besides persons)."""
    return sql.Identifier(SCHEMA, f"{part}_{batch_id.hex}")


def drop(batch_id: UUID) -> None:
    """Removes everything staged for a batch."""
    with connection.cursor() as cursor:
        for part in PARTS:
            cursor.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(table(batch_id, part)))


def present() -> set[UUID]:
    """Batches that have staging tables."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [SCHEMA])
        names = [row[0].partition("_")[2] for row in cursor.fetchall()]
    return {UUID(name) for name in names}


def count(batch_id: UUID) -> int | None:
    """Rows staged, or None when the table is gone. After a crash of the database an unlogged table is empty."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [f"{SCHEMA}.raw_{batch_id.hex}"])
        found = cursor.fetchone()
        if found is None or found[0] is None:
            return None
        cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(table(batch_id)))
        row = cursor.fetchone()
    return int(row[0]) if row else None


def fill(
    batch_id: UUID, kind: Kind, path: Path, form: str, profile: dict[str, object], progress: Progress
) -> Reading:
    """Reads the file into a fresh staging table; begins anew whatever was there. Errors: those of the reader."""
    drop(batch_id)
    _create(batch_id, kind)
    reading = Reading()
    blocks = read_rows(path, form=form, kind=kind.name, profile=profile, result=reading)
    sealer = Sealer(kind)
    rows = 0
    try:
        while part := _part(blocks):
            _copy(batch_id, part, sealer)
            rows += sum(block.count(b"\n") for block in part)
            progress("reading", rows)
    except (pg.DataError, pg.InternalError):
        # the reader's lines are made to fit this table: another line means it was taken over or broke
        raise refusal("reader_broke") from None
    if rows != reading.rows:
        raise refusal("reader_broke")
    return reading


def _part(blocks: Iterator[bytes]) -> list[bytes]:
    part: list[bytes] = []
    for block in blocks:
        part.append(block)
        if len(part) == BLOCKS_PER_COPY:
            break
    return part


def _create(batch_id: UUID, kind: Kind) -> None:
    columns = [sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(type_)) for name, type_ in FIXED]
    columns += [sql.SQL("{} text").format(sql.Identifier(f"f_{field.name}")) for field in kind.fields]
    columns += [
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(type_)) for name, type_ in sealed_columns(kind)
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL("CREATE UNLOGGED TABLE {} ({}) WITH (autovacuum_enabled = false)").format(
                table(batch_id), sql.SQL(", ").join(columns)
            )
        )


def _copy(batch_id: UUID, blocks: list[bytes], sealer: Sealer) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        statement = sql.SQL("COPY {} FROM STDIN").format(table(batch_id))
        with cursor.copy(statement) as copy:
            for block in blocks:
                copy.write(sealer.block(block))
