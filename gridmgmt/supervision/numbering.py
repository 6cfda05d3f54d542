"""Numbers of documents: one series per street, kind and local year, without gaps."""

from __future__ import annotations

from django.db import connection

# Takes the next numbers of a series. The row stays locked until the caller's transaction ends, so a number that was
# rolled back is given again and two writers never share one. Caller: reserve.
RESERVE = """
INSERT INTO supervision_noticeseries AS series (street, kind, year, last) VALUES (%s, %s, %s, %s)
ON CONFLICT (street, kind, year) DO UPDATE SET last = series.last + EXCLUDED.last RETURNING last
"""
MARKS = {"urging": "督", "recommendation": "监"}


def reserve(*, street: str, kind: str, year: int, count: int) -> range:
    """So many following numbers, in the caller's transaction. Lock streets in order when there are several."""
    if not connection.in_atomic_block:
        raise RuntimeError("numbers belong to the transaction that issues the documents")
    with connection.cursor() as cursor:
        cursor.execute(RESERVE, [street, kind, year, count])
        last = int(cursor.fetchone()[0])
    return range(last - count + 1, last + 1)


def document_number(*, place: str, kind: str, year: int, serial: int) -> str:
    """文号 by GB/T 9704: mark of the office, year in tortoise-shell brackets, number without leading zeros."""
    short = place.removesuffix("道") if place.endswith("街道") else place
    return f"{short}{MARKS[kind]}〔{year}〕{serial}号"
