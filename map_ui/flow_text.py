"""Words on a drawing: how wide they are, and where a line breaks. Estimated, because a server has no fonts to measure."""

from __future__ import annotations

import re
import unicodedata

PIECE = re.compile(
    r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]|[^\s\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]+|\s+"
)
NARROW = 0.54
MOST_LINES = 6


def width_of(text: str, size: float) -> float:
    """In the units of the drawing, for letters of that size: ideographs are square, others about half as wide."""
    return sum(size if unicodedata.east_asian_width(c) in "WF" else size * NARROW for c in text)


def wrapped(text: str, width: float, size: float) -> list[str]:
    """Lines that fit; a Latin word is only cut when it is longer than a line, Chinese breaks anywhere."""
    lines, line = [], ""
    for piece in PIECE.findall(text.strip()):
        for part in _cut(piece, width, size):
            if line and width_of(line + part.rstrip(), size) > width:
                lines.append(line.rstrip())
                line = ""
            line += part.lstrip() if not line else part
    lines += [line.rstrip()] if line.strip() else []
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], f"{lines[MOST_LINES - 1]}…"]
    return lines


def _cut(piece: str, width: float, size: float) -> list[str]:
    most = max(1, int(width / (size * NARROW)))
    return [piece[n : n + most] for n in range(0, len(piece), most)]
