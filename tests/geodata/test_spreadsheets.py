"""What a spreadsheet would run stays text."""

from __future__ import annotations

import pytest

from geodata.spreadsheets import safe


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", " =1", "\u3000=1", "＝1", " \n=1"]
)
def test_what_would_run_is_made_plain(text: str) -> None:
    assert safe(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "周甲", "1=1", "a\n=1", " a"])
def test_other_text_stays(text: str) -> None:
    assert safe(text) == text
