"""Identifiers of sample rows, and codes that are well formed but that nobody real can have.

Fiction: area codes begin with 00 (GB/T 2260 begins at 11), telephones with 100 (mobile numbers begin with 13–19).
"""

from __future__ import annotations

from uuid import UUID

from geodata.identity import check_digit, credit_check

BASE_MS = 0x019B75233400  # 2026-01-01 00:00 in China: sample rows sort before live ones
(
    EDITION, CELL, BUILDING, ENTRANCE, DWELLING, ORGANISATION, COMPONENT, CONTEXT,
    HOUSEHOLD, PERSON, MEMBERSHIP, RESIDENCE, REGISTERED,
) = range(1, 14)  # fmt: skip
TILE_BITS = 20  # rows of one kind in one street: fewer than a million
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def row_text(kind: int, number: int) -> str:
    """Text of the UUIDv7 of row `number` of a kind; SQL makes the same with sample_id(kind, number)."""
    return f"{BASE_MS:012x}7{kind:03x}8{number:015x}"


def row_id(kind: int, number: int) -> UUID:
    """The UUIDv7 of row `number` of a kind."""
    return UUID(row_text(kind, number))


def id_number(area: str, birth: str, order: int) -> str:
    """An ID number (GB 11643): area, birth date as YYYYMMDD, order 0–999, check character."""
    body = f"{area}{birth}{order:03d}"
    return body + check_digit(body)


def organisation_code(body: str) -> str:
    """Eight characters with their check character (GB 11714)."""
    total = sum(int(char, 36) * weight for char, weight in zip(body, _ORGANISATION_WEIGHTS, strict=True))
    return body + "0123456789X0"[11 - total % 11]


def credit_code(kind: str, area: str, serial: int) -> str:
    """A unified social credit code (GB 32100): registering body and class, area, organisation code, check."""
    body = kind + area + organisation_code(f"YX{serial:06d}")
    return body + credit_check(body)
