"""Results for everybody: per department and month, with small numbers hidden so that they cannot be reckoned back. Pure."""

from __future__ import annotations

from dataclasses import dataclass

SMALL = 5


@dataclass(frozen=True, slots=True)
class Result:
    """What one department did in a month; ``None`` is hidden."""

    finished: int | None
    on_time: int | None
    late: int | None
    yellow: int | None
    red: int | None


def hidden(result: Result) -> Result:
    """The result with every number from 1 to 4 hidden, and with it what would give it away.

    Finished is on time plus late: when one part is small, the other is hidden too. A department that finished fewer
    than five shows nothing but cards.
    """
    small_part = any(_small(part) for part in (result.on_time, result.late))
    few = _small(result.finished)
    return Result(
        finished=None if few else result.finished,
        on_time=None if few or small_part else result.on_time,
        late=None if few or small_part else result.late,
        yellow=None if _small(result.yellow) else result.yellow,
        red=None if _small(result.red) else result.red,
    )


def _small(number: int | None) -> bool:
    return number is not None and 0 < number < SMALL
