"""What a benchmark answers: one row a case, value ours, limit the bare engine or peer measured in the same run."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Row:
    """``ratio`` is ours against the limit, larger is better; ``goal`` in the note says what was asked."""

    bench: str
    case: str
    value: float | None
    unit: str
    limit: float | None = None
    ratio: float | None = None
    note: str = ""

    def as_dict(self) -> dict[str, object]:
        """The JSON object of the row."""
        return asdict(self)


def table(rows: list[Row]) -> str:
    """The rows as a text table."""
    head = ("bench", "case", "value", "unit", "limit", "ratio", "note")
    lines = [head] + [
        (r.bench, r.case, _number(r.value), r.unit, _number(r.limit), _number(r.ratio), r.note) for r in rows
    ]
    widths = [max(len(line[i]) for line in lines) for i in range(6)]
    return "\n".join(
        "  ".join([*(cell.ljust(w) for cell, w in zip(line, widths, strict=False)), line[6]])
        for line in lines
    )


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
