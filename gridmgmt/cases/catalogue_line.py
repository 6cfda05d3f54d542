"""One line of a catalogue file and the words that its columns know."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import time

from django.utils.translation import gettext_noop as _

from geodata.errors import DomainError
from gridmgmt.cases import flow_words

KIND_LETTERS = {"component": "C", "event": "E", "governance": "G", "livelihood": "L"}
GEOMETRIES = frozenset({"point", "line", "area"})
ORIGINS = frozenset({"standard", "unconfirmed", "extension", "practice", "own"})
LIMIT_UNITS = frozenset(flow_words.LIMIT_UNITS)
LEVELS = ("county", "street", "community")
ICONS = frozenset(
    [
        "advert",
        "animal",
        "bike",
        "bin",
        "bridge",
        "building",
        "construction",
        "document",
        "fire",
        "home",
        "lamp",
        "manhole",
        "noise",
        "people",
        "pipe",
        "planter",
        "pole",
        "power",
        "road",
        "sign",
        "smoke",
        "toilet",
        "tree",
        "vehicle",
        "vendor",
        "warning",
        "water",
    ]
)

KEY = re.compile(r"[a-z][a-z0-9_]*")
CATEGORY_PREFIX = re.compile(r"[CEGL](\d\d(\d{2,3})?)?")
AREA = re.compile(r"\d{6}|\d{9}|\d{12}|\d{15}")
CLOCK_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file; the getters raise DomainError naming file and line."""

    file: str
    number: int
    cells: dict[str, str]

    def error(self, code: str, message: str, **data: object) -> DomainError:
        """A DomainError that says where: `%(file)s` and `%(line)s` are in its data."""
        return DomainError(
            code=f"catalogue_{code}",
            message=message,
            status=422,
            data={"file": self.file, "line": self.number, **data},
        )

    def bad(self, column: str) -> DomainError:
        """The value of a column is not allowed there."""
        return self.error(
            "bad_value",
            _("%(file)s, line %(line)s: “%(value)s” is not allowed in column %(column)s."),
            column=column,
            value=self.cells[column],
        )

    def optional(self, column: str, most: int) -> str:
        """Text of at most so many characters without spaces around it; may be empty."""
        value = self.cells[column]
        if value != value.strip() or len(value) > most or not value.isprintable():
            raise self.bad(column)
        return value

    def text(self, column: str, most: int) -> str:
        """The same, not empty."""
        value = self.optional(column, most)
        if not value:
            raise self.error(
                "missing_value", _("%(file)s, line %(line)s: column %(column)s is empty."), column=column
            )
        return value

    def matching(self, column: str, pattern: re.Pattern[str], most: int) -> str:
        """Text that matches the whole pattern."""
        value = self.text(column, most)
        if not pattern.fullmatch(value):
            raise self.bad(column)
        return value

    def integer(self, column: str, least: int, most: int) -> int:
        """A whole number in decimal digits."""
        value = self.text(column, 6)
        if not (value.isascii() and value.isdigit() and least <= int(value) <= most):
            raise self.bad(column)
        return int(value)

    def choice(self, column: str, allowed: Collection[str]) -> str:
        """One of the allowed words."""
        value = self.text(column, 40) if "" not in allowed else self.optional(column, 40)
        if value not in allowed:
            raise self.bad(column)
        return value

    def choices(self, column: str, allowed: Collection[str]) -> tuple[str, ...]:
        """Several allowed words, "|" between, each once."""
        words = self.words(column)
        if not set(words) <= set(allowed):
            raise self.bad(column)
        return words

    def words(self, column: str) -> tuple[str, ...]:
        """Several words, "|" between, each once."""
        words = tuple(word for word in self.optional(column, 200).split("|") if word)
        if len(set(words)) != len(words):
            raise self.bad(column)
        return words

    def limit(self) -> tuple[int, str]:
        """A positive limit and its unit."""
        return self.integer("limit_value", 1, 365), self.choice("limit_unit", LIMIT_UNITS)

    def clock_time(self, column: str) -> time | None:
        """Local time HH:MM, or nothing."""
        return time.fromisoformat(self.matching(column, CLOCK_TIME, 5)) if self.cells[column] else None
