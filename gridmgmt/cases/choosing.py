"""Which procedure a report takes: rules by flag, category, area and source; the most specific wins. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from gridmgmt.cases.routing import category_levels


@dataclass(frozen=True, slots=True)
class Choice:
    """One row of the table; empty text matches everything. ``flag`` is a fact the report came with."""

    key: str
    procedure_key: str
    category_key: str = ""
    area_code: str = ""
    source: str = ""
    flag: str = ""

    @property
    def rank(self) -> tuple[int, int, int, int]:
        """How specific the rule is; larger wins. A flag counts most: it says what has happened already."""
        return (int(bool(self.flag)), len(self.category_key), len(self.area_code), int(bool(self.source)))

    def fits(self, category_key: str, code: str, source: str, flags: Collection[str]) -> bool:
        """True when every condition holds."""
        return (
            self.category_key in category_levels(category_key)
            and code.startswith(self.area_code)
            and self.source in ("", source)
            and (not self.flag or self.flag in flags)
        )


def by_rank(rules: Iterable[Choice]) -> tuple[Choice, ...]:
    """Rules in the order they are tried: most specific first, the smaller key among equals."""
    return tuple(sorted(rules, key=lambda rule: (*(-part for part in rule.rank), rule.key)))


def choose(
    ordered: Iterable[Choice], *, category_key: str, code: str, source: str, flags: Collection[str]
) -> Choice | None:
    """The rule for a report among rules sorted by ``by_rank``."""
    return next((rule for rule in ordered if rule.fits(category_key, code, source, flags)), None)
