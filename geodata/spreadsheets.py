"""Texts that go into spreadsheets: what a spreadsheet would run as a formula is made plain."""

from __future__ import annotations

RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe(text: str) -> str:
    """The text with an apostrophe in front when a spreadsheet would take it for a formula."""
    return f"'{text}" if text.lstrip(" \u3000").startswith(RUNS) or text.startswith(RUNS) else text
