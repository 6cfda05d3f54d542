"""Errors of writing and publishing flows."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_noop as _

from geodata.errors import DomainError
from gridmgmt.cases.flow_checks import Finding


def not_permitted() -> DomainError:
    """Flows hold for a whole county."""
    return DomainError(
        code="flow_not_permitted",
        status=403,
        message=_("Writing flows needs an administrator of the county."),
    )


def unknown(key: str) -> DomainError:
    """No such procedure or version."""
    return DomainError(
        code="flow_unknown", status=404, message=_("There is no such flow."), data={"flow": key}
    )


def key_taken(key: str) -> DomainError:
    """A new procedure needs a key of its own."""
    return DomainError(
        code="flow_key_taken",
        status=409,
        message=_("There is a flow with the key “%(flow)s” already."),
        data={"flow": key},
    )


def draft_exists(key: str) -> DomainError:
    """One draft of a procedure at a time, else the later one would undo the earlier."""
    return DomainError(
        code="flow_draft_exists",
        status=409,
        message=_("A draft of this flow is there already; go on with it or discard it."),
        data={"flow": key},
    )


def not_a_draft(state: str) -> DomainError:
    """Published versions never change, because cases keep them."""
    return DomainError(
        code="flow_not_a_draft",
        status=409,
        message=_("Only a draft is edited. Begin a new version of this flow."),
        data={"state": state},
    )


def not_published(state: str) -> DomainError:
    """Only what new cases take can be retired."""
    return DomainError(
        code="flow_not_published",
        status=409,
        message=_("This version is not in use for new cases."),
        data={"state": state},
    )


def edited_meanwhile(edits: int) -> DomainError:
    """Two people at one draft."""
    return DomainError(
        code="flow_edited_meanwhile",
        status=409,
        message=_("Somebody else has changed this draft meanwhile. Reload it; your change was not stored."),
        data={"edits": edits},
    )


def has_findings(found: Sequence[Finding]) -> DomainError:
    """A flow with faults would strand cases."""
    return DomainError(
        code="flow_has_findings",
        status=422,
        message=_("This flow has %(number)s faults and is not published."),
        data={
            "number": len(found),
            "findings": [{"code": f.code, "stage": f.stage, "step": f.step, "value": f.value} for f in found],
        },
    )


def in_use(*, rules: Sequence[str], flows: Sequence[str]) -> DomainError:
    """New cases would find no flow."""
    return DomainError(
        code="flow_in_use",
        status=409,
        message=_("Rules or other flows still lead to this flow: %(names)s."),
        data={"names": ", ".join([*rules, *flows]), "rules": list(rules), "flows": list(flows)},
    )


def has_open_cases(number: int) -> DomainError:
    """What runs is brought to its end first."""
    return DomainError(
        code="flow_has_open_cases",
        status=409,
        message=_("%(number)s open cases run by this flow; it can be retired when they are finished."),
        data={"number": number},
    )


def rule_unknown(condition: str, value: str) -> DomainError:
    """A rule that names what does not exist would never fit."""
    return DomainError(
        code="flow_rule_unknown",
        status=422,
        message=_("The rule names something that does not exist: %(value)s."),
        data={"condition": condition, "value": value},
    )


def rule_exists(procedure_key: str) -> DomainError:
    """Two rules with the same conditions would contradict each other."""
    return DomainError(
        code="flow_rule_exists",
        status=409,
        message=_("There is a rule with these conditions; it leads to “%(flow)s”. Take it away first."),
        data={"flow": procedure_key},
    )


def rule_needed() -> DomainError:
    """Without the rule for everything some report would find no flow."""
    return DomainError(
        code="flow_rule_needed",
        status=409,
        message=_("This rule takes every report that no other takes; it stays."),
    )
