"""Do the points of a batch lie where the places they name are? A warning for the operator; nothing is shifted."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

import numpy as np
from django.db import connection
from psycopg import sql

from geodata.datum_guess import Guess, Verdict, guess
from importers import staging
from importers.kinds import Kind
from importers.people import locate
from importers.terms import Terms

CHECKED: Final = ("areas", "buildings", "components", "organisations")
MOST_PAIRS: Final = 2000
_MOST_ADDRESSES: Final = 400
_ENOUGH: Final = 100

# Pairs of points: of the row, and of the place it names. The rows are taken evenly from the whole file.
_BY_TARGET: Final = """
SELECT ST_X(g), ST_Y(g), ST_X(r), ST_Y(r) FROM (
  SELECT ST_Centroid(p.geom) AS g, ST_Centroid(o.geom) AS r FROM {plan} p JOIN {table} o ON o.{primary}::text = p.target
  WHERE p.geom IS NOT NULL AND o.geom IS NOT NULL AND p.row_no %% {step} = 0 LIMIT {most}) x
"""
_BY_NAME: Final = """
SELECT ST_X(g), ST_Y(g), ST_X(r), ST_Y(r) FROM (
  SELECT ST_Centroid(p.geom) AS g, ST_Centroid(b.geom) AS r
  FROM {plan} p JOIN LATERAL (
    SELECT (array_agg(b.geom))[1] AS geom FROM geodata_building b
    WHERE b.name = p.name AND b.name <> '' AND left(b.cell_code, 6) = left(p.at_code, 6)
      AND (p.estate IS NULL OR b.estate = p.estate) AND b.id::text IS DISTINCT FROM p.target
    HAVING count(*) = 1) b ON true
  WHERE p.geom IS NOT NULL AND p.row_no %% {step} = 0 LIMIT {most}) x
"""
_ADDRESSED: Final = """
SELECT p.address, ST_X(ST_Centroid(p.geom)), ST_Y(ST_Centroid(p.geom)) FROM {plan} p
WHERE p.geom IS NOT NULL AND p.address <> '' AND p.row_no %% {step} = 0 LIMIT {most}
"""
_CENTRES: Final = """
SELECT id::text, ST_X(ST_Centroid(geom)), ST_Y(ST_Centroid(geom)) FROM geodata_building WHERE id = ANY(%s::uuid[])
"""


def check(terms: Terms, datum: str, rows: int) -> dict[str, Any]:
    """What the batch's plan says about its datum, as plain data; {} where nothing can be said."""
    if terms.kind.name not in CHECKED or not datum:
        return {}
    found = _pairs(terms, step=max(1, rows // MOST_PAIRS))
    if not found:
        return {}
    pairs = np.array(found, dtype=float)
    told: Guess = guess(pairs[:, :2], pairs[:, 2:], datum)
    if told.verdict in {Verdict.TOO_FEW, Verdict.FITS}:
        return {"verdict": told.verdict.value, "points": told.points}
    return {**asdict(told), "verdict": told.verdict.value, "declared": datum}


def _pairs(terms: Terms, *, step: int) -> list[tuple[float, ...]]:
    """By address where rows have one, by name for buildings, else by what the row is known by."""
    kind, names = terms.kind, {"plan": staging.table(terms.batch_id, "plan"), "step": sql.Literal(step)}
    found: list[tuple[float, ...]] = []
    with connection.cursor() as cursor:
        if kind.field("address"):
            found += _by_address(cursor, terms, names)
        if kind.name == "buildings" and len(found) < _ENOUGH:
            cursor.execute(sql.SQL(_BY_NAME).format(**names, most=sql.Literal(MOST_PAIRS)), [])
            found += cursor.fetchall()
        if len(found) < _ENOUGH:
            found += _by_target(cursor, kind, names)
    return found


def _by_target(cursor: Any, kind: Kind, names: dict[str, sql.Composable]) -> list[tuple[float, ...]]:
    table, primary = sql.Identifier(kind.table), sql.Identifier(kind.primary)
    statement = sql.SQL(_BY_TARGET).format(
        **names, table=table, primary=primary, most=sql.Literal(MOST_PAIRS)
    )
    cursor.execute(statement, [])
    return list(cursor.fetchall())


def _by_address(cursor: Any, terms: Terms, names: dict[str, sql.Composable]) -> list[tuple[float, ...]]:
    """Sure matches only, as for people."""
    cursor.execute(sql.SQL(_ADDRESSED).format(**names, most=sql.Literal(_MOST_ADDRESSES)), [])
    rows = cursor.fetchall()
    if not rows:
        return []
    seeker = locate.Seeker(locate.dictionary(cursor, terms))
    meant = [(seeker.row(text), lon, lat) for text, lon, lat in rows]
    sure = [(row[4], lon, lat) for row, lon, lat in meant if row[0] == locate.SURE]
    cursor.execute(_CENTRES, [[building for building, _lon, _lat in sure]])
    centres = {key: (x, y) for key, x, y in cursor.fetchall()}
    return [(lon, lat, *centres[str(building)]) for building, lon, lat in sure if str(building) in centres]
