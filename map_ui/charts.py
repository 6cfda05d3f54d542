"""Small drawings as inline SVG: nothing to load, the same on screen, paper and PDF; the table beside them is their text."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

SPARK_WIDTH, SPARK_HEIGHT = 96, 24
BAR_WIDTH, BAR_STEP, BAR_LABEL = 720, 28, 220


def spark(values: Sequence[float | None], label: str) -> SafeString:
    """A line over equal steps; gaps where nothing is known. "" for fewer than two values."""
    known = [v for v in values if v is not None]
    if len(known) < 2:
        return SafeString("")
    low, high = min(known), max(known)
    span = (high - low) or 1.0
    step = (SPARK_WIDTH - 6) / (len(values) - 1)
    points = [
        (3 + n * step, SPARK_HEIGHT - 3 - (v - low) / span * (SPARK_HEIGHT - 6))
        for n, v in enumerate(values)
        if v is not None
    ]
    return format_html(
        '<svg class="spark" width="{0}" height="{1}" viewBox="0 0 {0} {1}" role="img" aria-label="{2}"><title>{2}</title>'
        '<polyline fill="none" stroke="currentColor" stroke-width="2" points="{3}"></polyline>'
        '<circle cx="{4}" cy="{5}" r="3" fill="currentColor"></circle></svg>',
        SPARK_WIDTH, SPARK_HEIGHT, label, " ".join(f"{x:.1f},{y:.1f}" for x, y in points),
        f"{points[-1][0]:.1f}", f"{points[-1][1]:.1f}",
    )  # fmt: skip


def bars(rows: Sequence[tuple[str, float | None, str]], label: str) -> SafeString:
    """Horizontal bars: (name, value, value in words). The longest value fills the width."""
    most = max((value or 0.0 for _name, value, _text in rows), default=0.0) or 1.0
    room = BAR_WIDTH - BAR_LABEL - 90
    drawn = [
        (
            BAR_LABEL - 10, n * BAR_STEP + 20, _short(name), BAR_LABEL, n * BAR_STEP + 6,
            f"{max(0.0, value or 0.0) / most * room:.1f}",
            f"{BAR_LABEL + max(0.0, value or 0.0) / most * room + 8:.1f}", n * BAR_STEP + 20, text,
        )
        for n, (name, value, text) in enumerate(rows)
    ]  # fmt: skip
    inside = format_html_join(
        "",
        '<text class="bar-name-text" x="{}" y="{}" text-anchor="end">{}</text>'
        '<rect class="bar-fill" x="{}" y="{}" height="18" rx="3" width="{}"></rect>'
        '<text class="bar-value" x="{}" y="{}">{}</text>',
        drawn,
    )
    return format_html(
        '<svg class="bars" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
        BAR_WIDTH, len(rows) * BAR_STEP + 4, label, inside,
    )  # fmt: skip


def _short(name: str) -> str:
    return name if len(name) <= 14 else f"{name[:13]}…"
