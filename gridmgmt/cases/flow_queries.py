"""Reads of flows for people: each procedure with its versions, what runs by them, and what leads to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count, QuerySet

from gridmgmt.cases import flow_errors, flow_words
from gridmgmt.cases.choosing import Choice, by_rank
from gridmgmt.cases.models import Case, Procedure, ProcedureRule, ProcedureState, Transition


@dataclass(frozen=True, slots=True)
class Version:
    """One version, and how many open cases run by it."""

    row: Procedure
    running: int


@dataclass(slots=True)
class ProcedureOverview:
    """A procedure: its versions from the newest, the rules that lead reports to it, published flows that lead cases to it."""

    key: str
    versions: list[Version] = field(default_factory=list)
    rules: list[Choice] = field(default_factory=list)
    led_from: list[str] = field(default_factory=list)

    @property
    def newest(self) -> Procedure:
        """The version with the highest number."""
        return self.versions[0].row

    @property
    def published(self) -> Procedure | None:
        """The version new cases take."""
        return self._in(ProcedureState.PUBLISHED)

    @property
    def draft(self) -> Procedure | None:
        """The version that is being written."""
        return self._in(ProcedureState.DRAFT)

    @property
    def running(self) -> int:
        """Open cases of all versions."""
        return sum(version.running for version in self.versions)

    @property
    def shown(self) -> Procedure:
        """What the procedure is called by: the published version, else the newest."""
        return self.published or self.newest

    def _in(self, state: str) -> Procedure | None:
        return next((version.row for version in self.versions if version.row.state == state), None)


def overviews(*, drafts: bool) -> list[ProcedureOverview]:
    """Every procedure by key. Drafts are for those who write them; a procedure that is nothing but a draft is theirs too."""
    rows = list(_rows(drafts=drafts).select_related("published_by"))
    running = running_by_version(row.pk for row in rows)
    rules, led = _rules(), led_from()
    found: dict[str, ProcedureOverview] = {}
    for row in rows:
        overview = found.setdefault(row.key, ProcedureOverview(row.key, [], rules[row.key], led[row.key]))
        overview.versions.append(Version(row, running.get(row.pk, 0)))
    return list(found.values())


def overview_of(key: str, *, drafts: bool) -> ProcedureOverview:
    """One procedure. Error flow_unknown 404."""
    found = next((each for each in overviews(drafts=drafts) if each.key == key), None)
    if found is None:
        raise flow_errors.unknown(key)
    return found


def version_of(key: str, number: int, *, drafts: bool) -> Procedure:
    """One version. Error flow_unknown 404, also for a draft that is not the reader's to see."""
    row = _rows(drafts=drafts).filter(key=key, version=number).select_related("published_by").first()
    if row is None:
        raise flow_errors.unknown(f"{key} v{number}")
    return row


def running_by_version(procedure_ids: Iterable[int]) -> dict[int, int]:
    """{procedure id: open cases}."""
    open_cases = Case.objects.filter(closed_at=None, procedure_id__in=list(procedure_ids))
    return dict(open_cases.values_list("procedure_id").annotate(number=Count("pk")))


def _rows(*, drafts: bool) -> QuerySet[Procedure]:
    rows = Procedure.objects.order_by("key", "-version")
    return rows if drafts else rows.exclude(state=ProcedureState.DRAFT)


def _rules() -> dict[str, list[Choice]]:
    """{procedure: rules that lead to it}, in the order they are tried."""
    found: dict[str, list[Choice]] = defaultdict(list)
    columns = ("key", "procedure_key", "category_key", "area_code", "source", "flag")
    for rule in by_rank(Choice(*row) for row in ProcedureRule.objects.values_list(*columns)):
        found[rule.procedure_key].append(rule)
    return found


def led_from() -> dict[str, list[str]]:
    """{procedure: other published procedures with a step into it, or that begins branches by it}."""
    found: dict[str, set[str]] = defaultdict(set)
    steps = Transition.objects.filter(procedure__state=ProcedureState.PUBLISHED)
    for origin, target, effects in steps.values_list("procedure__key", "to_procedure", "effects"):
        for key in filter(None, (target, *flow_words.branch_flows(effects))):
            if key != origin:
                found[key].add(origin)
    return defaultdict(list, {key: sorted(keys) for key, keys in found.items()})
