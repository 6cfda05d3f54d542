"""Stages in words for the public, from the catalogue's file; a stage that it does not know is named by its clock."""

from __future__ import annotations

import csv
import functools
from pathlib import Path
from typing import NamedTuple

import gridmgmt.cases
from gridmgmt.cases.workflow import Flow


class PublicWords(NamedTuple):
    """Chinese and English (``in_language`` reads them like a row's name)."""

    name: str
    name_en: str


BY_CLOCK = {
    "running": PublicWords("正在处理", "Being handled"),
    "paused": PublicWords("暂缓处理", "On hold"),
    "final": PublicWords("已办结", "Finished"),
}


@functools.cache
def _catalogue() -> dict[tuple[str, str], PublicWords]:
    path = Path(gridmgmt.cases.__file__).parent / "data" / "stages.csv"
    with path.open(encoding="utf-8") as file:
        return {
            (row["procedure"], row["key"]): PublicWords(row["public_name_zh"], row["public_name_en"])
            for row in csv.DictReader(file)
            if row["public_name_zh"]
        }


def words_of(flow: Flow, stage: str) -> PublicWords:
    """A stage of a flow in public words."""
    known = _catalogue().get((flow.key, stage))
    if known is not None:
        return known
    found = flow.stages.get(stage)
    return BY_CLOCK[found.clock if found else "running"]
