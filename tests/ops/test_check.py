from __future__ import annotations

from pathlib import Path

import pytest

from gridmgmt.ops import check
from gridmgmt.ops.layout import Layout


@pytest.mark.parametrize(
    "line", ["geom = Point(1, 2, srid=4326)", "SRID = 4490", "wkt = f'SRID=4326;POINT({x} {y})'"]
)
def test_a_literal_srid_is_found(line: str) -> None:
    assert check.lines_with_srid(["", line]) == [2]


@pytest.mark.parametrize(
    "line",
    [
        "srid = WGS84",
        "# EPSG:4326 in comments is fine",
        "x = 143260",
        '"""Geometry in EPSG:4326."""',
        "4326  # srid: a",
    ],
)
def test_other_lines_pass(line: str) -> None:
    assert check.lines_with_srid([line]) == []


def test_the_grep_names_file_and_line_and_spares_the_one_home(tmp_path: Path) -> None:
    for name in check.PACKAGES:
        (tmp_path / name).mkdir()
    (tmp_path / "geodata" / "crs.py").write_text("WGS84 = 4326\n")
    (tmp_path / "geodata" / "cells.py").write_text("\nsrid = 4326\n")
    (tmp_path / "geodata" / "migrations").mkdir()
    (tmp_path / "geodata" / "migrations" / "0001.py").write_text("srid=4326\n")
    found = check.literal_srids(Layout(tmp_path, tmp_path / "var"))
    assert found == "geodata/cells.py:2: srid = 4326"


def test_untranslated_and_fuzzy_messages_are_named(tmp_path: Path) -> None:
    messages = tmp_path / "django.po"
    entries = [
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"',
        'msgid "Case"\nmsgstr "案件"',
        'msgid "Cell"\nmsgstr ""',
        'msgid ""\n"two "\n"lines"\nmsgstr ""',
        '#, fuzzy\nmsgid "Report"\nmsgstr "报告"',
    ]
    messages.write_text("\n\n".join(entries) + "\n", encoding="utf-8")
    found = check.gaps(messages)
    assert (
        found == "django.po untranslated: Cell\ndjango.po untranslated: two lines\ndjango.po fuzzy: Report\n"
    )
