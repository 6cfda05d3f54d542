from __future__ import annotations

from pathlib import Path

from gridmgmt.ops import stamps


def test_a_changed_input_changes_the_digest(tmp_path: Path) -> None:
    source = tmp_path / "a.lock"
    source.write_text("one")
    before = stamps.digest([source])
    source.write_text("two")
    assert stamps.digest([source]) != before


def test_the_order_of_inputs_does_not_matter(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_text("1")
    second.write_text("2")
    assert stamps.digest([first, second]) == stamps.digest([second, first])


def test_a_new_file_changes_the_digest(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_text("1")
    before = stamps.digest([first, second])
    second.write_text("")
    assert stamps.digest([first, second]) != before


def test_a_missing_stamp_reads_as_empty(tmp_path: Path) -> None:
    assert stamps.read(tmp_path / "none") == ""


def test_a_stamp_is_read_as_written_and_leaves_no_other_file(tmp_path: Path) -> None:
    stamps.write(tmp_path / "deep" / "stamp", "abc")
    assert stamps.read(tmp_path / "deep" / "stamp") == "abc"
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["stamp"]
