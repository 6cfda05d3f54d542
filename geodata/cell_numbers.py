"""Serial numbers of cells: from north to south in rows, from west to east within a row, as Beijing numbers them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from geodata.errors import DomainError
from geodata.place_codes import make_cell_code

ROW_SHARE = 0.6
"""A row is this part of a mean cell's side deep: cells whose middles differ less stand in one row."""


def reading_order(middles: Sequence[tuple[float, float]], mean_area_m2: float) -> list[int]:
    """Positions of middles (metres, east and north) in reading order."""
    depth = ROW_SHARE * mean_area_m2**0.5
    southward = sorted(range(len(middles)), key=lambda k: (-middles[k][1], middles[k][0]))
    order: list[int] = []
    row: list[int] = []
    for k in southward:
        if row and middles[row[0]][1] - middles[k][1] > depth:
            order += sorted(row, key=lambda j: middles[j])
            row = []
        row.append(k)
    return order + sorted(row, key=lambda j: middles[j])


def free_codes(community: str, taken: Iterable[str], wanted: int, digits: int) -> list[str]:
    """So many codes after the highest one taken in the community; the first is 1 where none is.

    Error: cell_serials_exhausted when the digits do not suffice.
    """
    serials = [int(code[12:]) for code in taken if code.startswith(community) and len(code) > 12]
    first = max(serials, default=0) + 1
    if first + wanted > 10**digits:
        raise DomainError(
            code="cell_serials_exhausted",
            message="Community %(community)s has no free cell numbers left.",
            status=409,
            data={"community": community},
        )
    return [make_cell_code(community, serial, digits) for serial in range(first, first + wanted)]
