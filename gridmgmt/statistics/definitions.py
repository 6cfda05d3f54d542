"""Indicators: names and formulas from data/indicators.csv, SQL from sql/indicators/KEY.sql, each with its version."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.utils.module_loading import import_string

HERE = Path(__file__).parent
GROUPS = ("collect", "accept", "dispatch", "handle", "close", "service")
_HEAD = re.compile(r"^-- (Purpose|Version|Facts|Person|Denominator): (.*)$")
_PART = re.compile(r"^-- \[(counts|numerator|value|excused)\]$")
# Where figures come from → the test that tells whether there is such data. What no app keeps yet answers no.
SOURCES: dict[str, str] = {
    "states": "gridmgmt.statistics.sources.always",
    "works": "gridmgmt.statistics.sources.always",
    "score": "gridmgmt.statistics.sources.always",
    "ratings": "gridmgmt.statistics.sources.ratings",
    "cards": "gridmgmt.statistics.sources.cards",
    "fixes": "gridmgmt.statistics.sources.fixes",
    "services": "gridmgmt.statistics.sources.services",
    "queue": "gridmgmt.statistics.sources.queue",
}


@dataclass(frozen=True, slots=True)
class Definition:
    """SQL of an indicator: expressions over the columns of its facts (sql/facts). No input of a user is ever in them.

    ``counts`` chooses the rows (the denominator), ``numerator`` those of them that are in favour, ``value`` is summed
    instead of counting, ``excused`` tells which of the rows a recorded decision moved.
    """

    facts: str
    version: int
    person: str
    counts: str = ""
    numerator: str = ""
    value: str = ""
    excused: str = ""
    peers: bool = False

    @property
    def above(self) -> str:
        """Rows of the numerator."""
        return " AND ".join(f"({part})" for part in (self.counts, self.numerator) if part)

    @property
    def below(self) -> str:
        """Rows of the denominator; those of the numerator when there is none."""
        return f"({self.counts or self.numerator})"

    @property
    def moved(self) -> str:
        """Rows that count, or do not, by a decision."""
        return (
            " AND ".join(f"({part})" for part in (self.counts, self.excused) if part) if self.excused else ""
        )


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a score: ``rate`` as it is, ``inverse`` as 100 minus it, ``volume`` its denominator up to the weight."""

    indicator: str
    kind: str
    weight: float


@dataclass(frozen=True, slots=True)
class Indicator:
    """One line of the catalogue. ``unit``: count, percent, hours, times, points; ``better``: high, low, neutral."""

    key: str
    group: str
    post: str
    name: str
    name_en: str
    unit: str
    better: str
    source: str
    formula: str
    formula_en: str
    definition: Definition | None = None
    parts: tuple[Part, ...] = ()
    version: int = 0

    @property
    def available(self) -> bool:
        """True when the data it counts exists."""
        test: Callable[[], bool] = import_string(SOURCES[self.source])
        return bool(self.definition or self.parts) and test()

    @property
    def is_rate(self) -> bool:
        """True when it has a denominator."""
        return self.unit in ("percent", "hours", "times")


@cache
def catalogue() -> dict[str, Indicator]:
    """Every indicator by key, in the order of the file."""
    scores = _scores()
    found = {}
    with (HERE / "data" / "indicators.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            definition = read_definition(row["key"])
            version, parts = scores.get(row["key"], (definition.version if definition else 0, ()))
            found[row["key"]] = Indicator(
                row["key"], row["group"], row["post"], row["name_zh"], row["name_en"], row["unit"], row["better"],
                row["source"], row["formula_zh"], row["formula_en"], definition, parts, version,
            )  # fmt: skip
    return found


def available() -> dict[str, Indicator]:
    """Those that have data."""
    return {key: indicator for key, indicator in catalogue().items() if indicator.available}


def with_parts(keys: list[str]) -> list[str]:
    """The keys that must be counted to know these: scores are replaced by their parts."""
    wanted: dict[str, None] = {}
    for key in keys:
        parts = catalogue()[key].parts
        wanted.update(dict.fromkeys([part.indicator for part in parts] if parts else [key]))
    return list(wanted)


def read_definition(key: str) -> Definition | None:
    """The definition in a file; None when there is none (scores, and what has no data yet)."""
    file = HERE / "sql" / "indicators" / f"{key}.sql"
    if not file.is_file():
        return None
    head: dict[str, str] = {}
    parts: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in file.read_text(encoding="utf-8").splitlines():
        if match := _PART.match(line):
            lines = parts.setdefault(match[1], [])
        elif match := _HEAD.match(line):
            head[match[1]] = match[2]
        elif not line.startswith("--"):
            lines.append(line)
    texts = {name: "\n".join(body).strip() for name, body in parts.items()}
    peers = head.get("Denominator") == "peers"
    return Definition(head["Facts"], int(head["Version"]), head.get("Person", ""), **texts, peers=peers)


def facts_sql(facts: str) -> str:
    """The rows that definitions of this family stand on, with ``{rows}`` for those of a scope."""
    text = (HERE / "sql" / "facts" / f"{facts}.sql").read_text(encoding="utf-8")
    return "\n".join(line for line in text.splitlines() if not line.startswith("--"))


def _scores() -> dict[str, tuple[int, tuple[Part, ...]]]:
    found: dict[str, tuple[int, tuple[Part, ...]]] = {}
    with (HERE / "data" / "scores.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            version, parts = found.get(row["score"], (int(row["version"]), ()))
            found[row["score"]] = (version, (*parts, Part(row["part"], row["kind"], float(row["weight"]))))
    return found
