"""What a plan of people or dwellings names besides its rows, kept from the dry run for the day it is carried out."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.db import connection
from psycopg import sql

from importers import staging

_PARTS: Final = {"door": "import_door", "household": "import_household"}


def keep(batch_id: UUID) -> None:
    """Copies the temporary tables of the plan beside it."""
    with connection.cursor() as cursor:
        for part, name in _PARTS.items():
            table = staging.table(batch_id, part)
            cursor.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(table))
            cursor.execute("SELECT to_regclass(%s)", [f"pg_temp.{name}"])
            if cursor.fetchone()[0]:
                made = sql.SQL("CREATE UNLOGGED TABLE {} AS SELECT * FROM pg_temp.{}")
                cursor.execute(made.format(table, sql.Identifier(name)))


def take_up(batch_id: UUID) -> bool:
    """Makes the temporary tables again. False when the plan is not there as a whole (a crash empties unlogged tables)."""
    with connection.cursor() as cursor:
        for part in ("raw", "plan"):
            cursor.execute("SELECT to_regclass(%s)", [f"{staging.SCHEMA}.{part}_{batch_id.hex}"])
            if cursor.fetchone()[0] is None:
                return False
        cursor.execute(
            sql.SQL("SELECT (SELECT count(*) FROM {}) = (SELECT count(*) FROM {})").format(
                staging.table(batch_id, "plan"), staging.table(batch_id)
            )
        )
        if not cursor.fetchone()[0]:
            return False
        for part, name in _PARTS.items():
            table = sql.Identifier(name)
            cursor.execute(sql.SQL("DROP TABLE IF EXISTS pg_temp.{}").format(table))
            cursor.execute("SELECT to_regclass(%s)", [f"{staging.SCHEMA}.{part}_{batch_id.hex}"])
            if cursor.fetchone()[0]:
                made = sql.SQL("CREATE TEMP TABLE {} ON COMMIT DROP AS SELECT * FROM {}")
                cursor.execute(made.format(table, staging.table(batch_id, part)))
                cursor.execute(sql.SQL("ANALYZE {}").format(table))
    return True
