"""The whole reasoning of one routing decision: which rules were looked at, and why each won or lost. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time

from gridmgmt.cases.routing import Match, Rule, RuleBook, category_levels

CRITERIA = ("owner", "category", "area", "source", "window")
"""Names of the parts of ``Rule.rank``, most important first."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be routed; ``local`` is the local time of day of ``at``."""

    category_key: str
    cell_code: str
    source: str
    at: datetime
    local: time
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A rule and what became of it.

    ``outcome``: wins | tied | less_specific | other_area | other_source | other_owner | outside_hours |
    not_yet | ended. ``criterion`` names where a fitting rule lost (``CRITERIA``).
    """

    rule: Rule
    outcome: str
    criterion: str = ""


def chain(book: RuleBook, asked: Asked) -> list[Verdict]:
    """Every rule that speaks of the category, most specific first, each with its verdict."""
    levels = category_levels(asked.category_key)
    rules = sorted(
        (rule for rule in book.rules if rule.category_key in levels),
        key=lambda rule: (*(-part for part in rule.rank), rule.key, rule.id),
    )
    winner: Rule | None = None
    verdicts = []
    for rule in rules:
        misfit = _misfit(rule, asked)
        if misfit:
            verdicts.append(Verdict(rule, misfit))
        elif winner is None:
            winner = rule
            verdicts.append(Verdict(rule, "wins"))
        else:
            verdicts.append(_lost(rule, winner))
    return verdicts


def match_of(verdicts: list[Verdict]) -> Match:
    """The same answer as ``RuleBook.match``, from the chain."""
    fitting = [v for v in verdicts if v.outcome in ("wins", "tied", "less_specific")]
    if not fitting:
        return Match(None)
    second = fitting[1] if len(fitting) > 1 else None
    return Match(
        fitting[0].rule, second.rule if second else None, tied=bool(second and second.outcome == "tied")
    )


def _lost(rule: Rule, winner: Rule) -> Verdict:
    """Equal in everything: the smaller key won; else the first part of the rank in which the winner says more."""
    for name, mine, better in zip(CRITERIA, rule.rank, winner.rank, strict=True):
        if mine != better:
            return Verdict(rule, "less_specific", name)
    return Verdict(rule, "tied")


def _misfit(rule: Rule, asked: Asked) -> str:
    """Why a rule does not fit at all, or ""."""
    if not asked.cell_code.startswith(rule.area_code):
        return "other_area"
    if rule.source not in ("", asked.source):
        return "other_source"
    if rule.component_owner not in ("", asked.owner):
        return "other_owner"
    if rule.valid_from is not None and asked.at < rule.valid_from:
        return "not_yet"
    if rule.valid_to is not None and asked.at >= rule.valid_to:
        return "ended"
    return "" if rule.in_force(asked.at, asked.local) else "outside_hours"
