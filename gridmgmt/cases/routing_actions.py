"""Writes of the routing table: make, replace, end a rule. What a rule said is never changed; a new row takes over."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, time
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_noop as _

from geodata.errors import DomainError
from gridmgmt.cases import rule_checks
from gridmgmt.cases.models import ReferenceRevision, RoutingRule
from gridmgmt.cases.routing import Rule
from gridmgmt.cases.routing_queries import known_to_rules, rules_not_over
from gridmgmt.cases.rule_checks import Problem
from gridmgmt.organisation.models import Role, User
from gridmgmt.organisation.scope import Scope, scope_of

LONGEST_REASON = 300
DRAFT_ID = ""


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """What an administrator wants; empty fields match everything, no ``valid_from`` means from now on."""

    department_key: str
    category_key: str = ""
    area_code: str = ""
    source: str = ""
    component_owner: str = ""
    time_from: time | None = None
    time_to: time | None = None
    note: str = ""
    valid_from: datetime | None = None
    valid_to: datetime | None = None

    def as_rule(self, *, rule_id: str = DRAFT_ID, key: str = "") -> Rule:
        """The same as routing sees it."""
        values = asdict(self)
        values.pop("note")
        return Rule(id=rule_id, key=key, **values)


@dataclass(frozen=True, slots=True)
class Assessment:
    """Faults forbid a draft; ties are shown and need a confirmation."""

    faults: list[Problem] = field(default_factory=list)
    ties: list[Rule] = field(default_factory=list)


def may_edit(scope: Scope, area_code: str) -> bool:
    """Rules of an area belong to its administrators; rules for everywhere to the installation's."""
    return scope.holds(area_code, Role.ADMIN)


def assess(*, draft: RuleDraft, at: datetime, replacing: UUID | None = None) -> Assessment:
    """What speaks against a draft, without writing anything."""
    rule = draft.as_rule()
    faults = rule_checks.faults(rule, known_to_rules(draft.area_code), at=at)
    others = [other for other in rules_not_over(at) if other.id != str(replacing)]
    return Assessment(faults, [] if faults else rule_checks.ties_of(_dated(rule, at), others))


@transaction.atomic
def rule_create(
    *, draft: RuleDraft, by: User, at: datetime, reason: str, confirmed: bool = False
) -> RoutingRule:
    """A new rule. Errors: rule_not_permitted 403, rule_reason_missing and rule_invalid 422, rule_ties 409 (unless
    ``confirmed``)."""
    _one_editor_at_a_time()
    _check_rights(by, draft.area_code)
    why = _reason(reason)
    _check(draft, at=at, confirmed=confirmed)
    return _write(draft, key=_free_key(draft), by=by, at=at, reason=why)


@transaction.atomic
def rule_replace(
    *, rule_id: UUID, draft: RuleDraft, by: User, at: datetime, reason: str, confirmed: bool = False
) -> RoutingRule:
    """A changed rule: the old row ends when the new one begins. Errors as rule_create, rule_unknown 404,
    rule_over 409."""
    _one_editor_at_a_time()
    old = _open_rule(rule_id, by, at)
    _check_rights(by, draft.area_code)
    why = _reason(reason)
    _check(draft, at=at, confirmed=confirmed, replacing=old.pk)
    begins = draft.valid_from or at
    if old.valid_to is not None and old.valid_to <= begins:
        raise _over()
    _end(old, ends_at=begins, by=by, at=at, reason=why)
    return _write(draft, key=old.key or _free_key(draft), by=by, at=at, reason=why, replaces=old)


@transaction.atomic
def rule_end(
    *, rule_id: UUID, by: User, at: datetime, reason: str, ends_at: datetime | None = None
) -> RoutingRule:
    """Ends a rule now or on a later instant. Errors: rule_unknown 404, rule_not_permitted 403, rule_over 409,
    rule_reason_missing and rule_invalid 422."""
    _one_editor_at_a_time()
    rule = _open_rule(rule_id, by, at)
    why = _reason(reason)
    if ends_at is not None and ends_at < at:
        raise _invalid([Problem("rule_ends_in_the_past", "valid_to", _("A rule cannot end in the past."))])
    _end(rule, ends_at=ends_at or at, by=by, at=at, reason=why)
    return rule


def _one_editor_at_a_time() -> None:
    """Two editors would not see each other's ties; readers are not held up."""
    ReferenceRevision.objects.select_for_update().filter(pk=1).first()


def _open_rule(rule_id: UUID, by: User, at: datetime) -> RoutingRule:
    rule = RoutingRule.objects.select_for_update(of=("self",)).filter(pk=rule_id).first()
    if rule is None:
        raise rule_unknown()
    _check_rights(by, rule.area_code)
    if rule.valid_to is not None and rule.valid_to <= at:
        raise _over()
    return rule


def _check_rights(by: User, area_code: str) -> None:
    if not may_edit(scope_of(by), area_code):
        raise DomainError(
            code="rule_not_permitted",
            status=403,
            message=_("Rules of this area belong to its administrators."),
        )


def _reason(given: str) -> str:
    reason = given.strip()
    if not reason or len(reason) > LONGEST_REASON or "\x00" in reason:
        raise DomainError(
            code="rule_reason_missing",
            status=422,
            message=_("Say in a few words why, at most %(most)s characters."),
            data={"most": LONGEST_REASON, "field": "reason"},
        )
    return reason


def _check(draft: RuleDraft, *, at: datetime, confirmed: bool, replacing: UUID | None = None) -> None:
    found = assess(draft=draft, at=at, replacing=replacing)
    if found.faults:
        raise _invalid(found.faults)
    if found.ties and not confirmed:
        raise DomainError(
            code="rule_ties",
            status=409,
            message=_(
                "Another rule is equally specific and names another department: %(keys)s. The smaller key wins."
            ),
            data={"keys": ", ".join(rule.key or rule.id for rule in found.ties)},
        )


def _invalid(problems: list[Problem]) -> DomainError:
    first = problems[0]
    return DomainError(
        code=first.code,
        status=422,
        message=first.message,
        data={**first.data, "field": first.field, "fields": [problem.field for problem in problems]},
    )


def _over() -> DomainError:
    return DomainError(
        code="rule_over",
        status=409,
        message=_("This rule is over; only a rule in force or to come can be changed."),
    )


def rule_unknown() -> DomainError:
    """No such rule, or not one of the areas of whoever asks."""
    return DomainError(code="rule_unknown", status=404, message=_("There is no such rule."))


def _dated(rule: Rule, at: datetime) -> Rule:
    """A draft without a beginning begins now: what is over cannot tie with it."""
    return replace(rule, valid_from=rule.valid_from or at)


def _end(rule: RoutingRule, *, ends_at: datetime, by: User, at: datetime, reason: str) -> None:
    """A rule that has not begun yet ends where it would have begun: it never holds."""
    rule.valid_to = ends_at if rule.valid_from is None else max(ends_at, rule.valid_from)
    rule.ended_by, rule.ended_at, rule.end_reason = by, at, reason
    rule.save(update_fields=["valid_to", "ended_by", "ended_at", "end_reason"])


def _write(
    draft: RuleDraft, *, key: str, by: User, at: datetime, reason: str, replaces: RoutingRule | None = None
) -> RoutingRule:
    values = asdict(draft)
    values["valid_from"] = draft.valid_from or at
    return RoutingRule.objects.create(
        **values, key=key, replaces=replaces, reason=reason, created_by=by, created_at=at
    )


def _free_key(draft: RuleDraft) -> str:
    """A readable name: what the rule matches on, numbered when taken."""
    window = draft.time_from.strftime("%H%M") if draft.time_from else ""
    parts = (draft.category_key or "all", draft.component_owner, draft.area_code, draft.source, window)
    stem = "-".join(part for part in parts if part)[:52]
    taken = set(RoutingRule.objects.filter(key__startswith=stem).values_list("key", flat=True))
    number = 2
    key = stem
    while key in taken:
        key = f"{stem}-{number}"
        number += 1
    return key
