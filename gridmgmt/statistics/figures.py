"""A figure is a pair of numbers; its value is told only when there is something to divide by. Scores from figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gridmgmt.statistics.definitions import Indicator, Part, catalogue

LEAST_WEIGHT = 0.5
"""A score whose known parts weigh less than half of it would say more about the gaps than about the work."""


@dataclass(frozen=True, slots=True)
class Figure:
    """``denominator`` None: a plain count. ``excused``: how many rows a recorded decision moved."""

    numerator: float = 0.0
    denominator: float | None = None
    excused: int = 0

    def plus(self, other: Figure) -> Figure:
        """The figure of both together."""
        below = None if self.denominator is None else self.denominator + (other.denominator or 0)
        return Figure(self.numerator + other.numerator, below, self.excused + other.excused)


def value(indicator: Indicator, figure: Figure | None) -> float | None:
    """Count, percent, hours or times; None ("—") without a denominator, never 0 or 100."""
    if figure is None:
        return None
    if not indicator.is_rate:
        return figure.numerator
    if not figure.denominator:
        return None
    return figure.numerator / figure.denominator * (100 if indicator.unit == "percent" else 1)


@dataclass(frozen=True, slots=True)
class ScorePart:
    """What one part gave: ``value`` 0–100 (or the volume), ``points`` after its weight; None when nothing is known."""

    part: Part
    value: float | None
    points: float | None


@dataclass(frozen=True, slots=True)
class Score:
    """A score with its parts. ``known``: share of the weights that had something to count."""

    points: float | None
    known: float
    parts: tuple[ScorePart, ...]


def score(indicator: Indicator, figures: Mapping[str, Figure]) -> Score:
    """Weighted parts; the weights of parts with nothing to count are spread over the others, which the page tells."""
    parts = tuple(_part(part, figures.get(part.indicator)) for part in indicator.parts)
    rates = [part for part in parts if part.part.kind != "volume"]
    whole = sum(part.part.weight for part in rates)
    weight = sum(part.part.weight for part in rates if part.points is not None)
    known = weight / whole if whole else 0.0
    if known < LEAST_WEIGHT:
        return Score(None, known, parts)
    extra = sum(part.points or 0.0 for part in parts if part.part.kind == "volume")
    return Score(sum(part.points or 0.0 for part in rates) / known + extra, known, parts)


def _part(part: Part, figure: Figure | None) -> ScorePart:
    if part.kind == "volume":
        count = (figure.denominator or 0.0) if figure else 0.0
        return ScorePart(part, count, min(count, part.weight))
    plain = value(catalogue()[part.indicator], figure)
    if plain is None:
        return ScorePart(part, None, None)
    plain = 100 - plain if part.kind == "inverse" else plain
    return ScorePart(part, plain, plain * part.weight / 100)


def ranks(values: Mapping[str, float | None], better: str) -> dict[str, int]:
    """Place of each row, equal values share one; none where no side is the better one."""
    if better == "neutral":
        return {}
    known = sorted({v for v in values.values() if v is not None}, reverse=better == "high")
    ahead = {
        v: 1 + sum(1 for other in values.values() if other is not None and _before(other, v, better))
        for v in known
    }
    return {key: ahead[v] for key, v in values.items() if v is not None}


def _before(other: float, this: float, better: str) -> bool:
    return other > this if better == "high" else other < this


def total(figures: Iterable[Figure]) -> Figure:
    """All of them together."""
    summed: Figure | None = None
    for figure in figures:
        summed = figure if summed is None else summed.plus(figure)
    return summed or Figure()
