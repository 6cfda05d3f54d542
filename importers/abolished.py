"""Divisions that no longer exist: what a file's codes hold of them, with the successor's code beside."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from psycopg import sql

from geodata.models import Area
from importers.errors import refusal
from importers.kinds import Kind

REASON: Final = "division_abolished"
SAYS: Final = "=>"
"""Between the field of a reason and what a finding shows instead of the field's value."""
_LENGTHS: Final[dict[str, tuple[int, ...]]] = {
    "areas": (6, 9, 12),
    "cells": (6, 9, 12),
    "buildings": (6, 9, 12),
    "components": (6,),
}
"""How much of a kind's codes is the code of a division."""
_TABLE: Final = """
CREATE TEMP TABLE import_abolished ON COMMIT DROP AS
SELECT code, code || ' → ' || coalesce(nullif(successor_code, ''), '?') AS said FROM geodata_area WHERE valid_to <= {day}
"""
_SAID: Final = """
(SELECT g.said FROM import_abolished g WHERE g.code IN ({parts}) ORDER BY char_length(g.code) DESC LIMIT 1)
"""


def begin(cursor: Any, day: date) -> None:
    """Builds import_abolished: the divisions that no longer exist on a day. A register has few of them."""
    cursor.execute("DROP TABLE IF EXISTS pg_temp.import_abolished")
    cursor.execute(sql.SQL(_TABLE).format(day=sql.Literal(day)))
    cursor.execute("CREATE UNIQUE INDEX ON import_abolished (code)")
    cursor.execute("ANALYZE import_abolished")


def said(code: sql.Composable, lengths: tuple[int, ...] = (6, 9, 12)) -> sql.Composable:
    """``old → new`` where a code holds an abolished division, else NULL; ``?`` for one without a successor."""
    parts = sql.SQL(", ").join(
        sql.SQL("left({}, {})").format(code, sql.Literal(length)) for length in lengths
    )
    return sql.SQL(_SAID).format(parts=parts)


def item(field: str, told: sql.Composable) -> sql.Composable:
    """A reason for a row, from ``old → new``; NULL from NULL."""
    return sql.SQL("{} || {}").format(sql.Literal(f"{REASON}:{field}{SAYS}"), told)


def item_of_code(kind: Kind) -> sql.Composable:
    """The reason for a staged row ``s`` of a kind whose codes hold divisions. An area that says itself when it ends is a
    record of the past."""
    lengths = _LENGTHS.get(kind.name)
    if lengths is None:
        return sql.SQL("NULL::text")
    found = item("code", said(sql.Identifier("s", "f_code"), lengths))
    return (
        sql.SQL("CASE WHEN s.f_valid_to IS NULL THEN {} END").format(found) if kind.name == "areas" else found
    )


def require_standing(county: str, kind: str, day: date) -> None:
    """Nobody imports for a county that no longer exists, unless its divisions are what is imported.
    Error: county_abolished."""
    if not county or kind == "areas":
        return
    gone = (
        Area.objects.filter(code=county, valid_to__lte=day).values_list("successor_code", flat=True).first()
    )
    if gone is not None or Area.objects.filter(code=county, valid_to__lte=day).exists():
        raise refusal("county_abolished", county=county, successor=gone or "–")
