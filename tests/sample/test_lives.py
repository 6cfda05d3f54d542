"""The sample street shows what happens over time: a double, amendments of every kind, proposed services."""

from __future__ import annotations

from typing import Any

Query = Any


def test_somebody_stands_in_the_register_twice(query: Query) -> None:
    found = query("SELECT score, reasons FROM registers_double WHERE state = 'open'")
    assert len(found) >= 3
    assert all({"same_name", "same_birth_date"} <= set(reasons) for _score, reasons in found)


def test_amendments_wait_were_written_by_rule_and_refused(query: Query) -> None:
    states = dict(query("SELECT state, count(*) FROM registers_amendment GROUP BY state"))
    assert states["waiting"] >= 6
    assert states["rejected"] == 1
    assert query("SELECT count(*) FROM registers_amendment WHERE automatic")[0][0] >= 1
    assert query("SELECT count(*) FROM registers_amendment WHERE problem <> ''")[0][0] >= 1


def test_departments_owe_services_and_some_are_settled(query: Query) -> None:
    states = dict(query("SELECT state, count(*) FROM registers_lifetodo GROUP BY state"))
    assert states["open"] >= 1
    assert states.get("done", 0) + states.get("not_wanted", 0) >= 1


def test_the_history_says_that_all_of_it_is_made_up(query: Query) -> None:
    causes = {cause for (cause,) in query("SELECT DISTINCT cause FROM registers_registerchange")}
    assert causes <= {"sample", "amendment", "edition"}
    assert "sample" in causes
