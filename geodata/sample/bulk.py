"""Fast loading into tables that are still empty: COPY, and indexes and foreign keys built once at the end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

_CONSTRAINTS = """
SELECT c.conrelid::regclass::text, c.conname, pg_get_constraintdef(c.oid)
FROM pg_constraint c
WHERE c.conrelid = ANY(%s::regclass[]) AND c.contype IN ('f', 'u')
ORDER BY c.contype DESC, c.conname
"""
_INDEXES = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
FROM pg_index i
WHERE i.indrelid = ANY(%s::regclass[]) AND NOT i.indisprimary
  AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
ORDER BY 1
"""


def is_empty(cursor: psycopg.Cursor[Any], table: str) -> bool:
    """True when a table has no row."""
    cursor.execute(sql.SQL("SELECT NOT EXISTS (SELECT FROM {})").format(sql.Identifier(table)))
    row = cursor.fetchone()
    return bool(row and row[0])


@contextmanager
def without_indexes(cursor: psycopg.Cursor[Any], tables: Iterable[str]) -> Iterator[None]:
    """Within the open transaction: drop secondary indexes and keys of those tables that are empty, build them after."""
    empty = [table for table in tables if is_empty(cursor, table)]
    constraints = cursor.execute(_CONSTRAINTS, [empty]).fetchall()
    indexes = cursor.execute(_INDEXES, [empty]).fetchall()
    for table, name, _ in constraints:
        cursor.execute(_text("ALTER TABLE {} DROP CONSTRAINT {}", table, name))
    for name, _ in indexes:
        cursor.execute(_text("DROP INDEX {}", name))
    yield
    for _, definition in indexes:
        cursor.execute(sql.SQL(definition))
    for table, name, definition in constraints:
        cursor.execute(_text("ALTER TABLE {} ADD CONSTRAINT {} ", table, name) + sql.SQL(definition))


def _text(template: str, *names: str) -> sql.Composed:
    """A statement with identifiers; those that PostgreSQL quoted already stay as they are."""
    parts = [sql.SQL(n) if n.startswith('"') else sql.Identifier(*n.split(".")) for n in names]
    return sql.SQL(template).format(*parts)


def copy_rows(cursor: psycopg.Cursor[Any], table: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> int:
    """COPY tuples into a table; returns how many."""
    names = sql.SQL(", ").join(map(sql.Identifier, columns.split()))
    count = 0
    with cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)) as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    return count
