"""What the reason codes of flows say to people: findings of flow_checks, reasons of guards."""

from __future__ import annotations

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from gridmgmt.cases.flow_checks import Finding
from gridmgmt.cases.flow_words import word_of

FINDINGS: dict[str, str] = {
    "unknown_role": _("Nobody can hold the role “%(value)s”."),
    "unknown_relation": _("The relation “%(value)s” is not known."),
    "unknown_field": _("The field “%(value)s” is not known; add it to the fields of this flow."),
    "unknown_clock_effect": _("The clock effect “%(value)s” is not known."),
    "unknown_effect": _("The effect “%(value)s” is not known."),
    "unknown_guard": _("The condition “%(value)s” is not known."),
    "unknown_audience": _("“%(value)s” cannot be told."),
    "unknown_trigger": _("The trigger “%(value)s” is not known."),
    "unknown_move": _("The move of a request “%(value)s” is not known."),
    "unknown_condition": _("A step holds for all, own or public matters, not for “%(value)s”."),
    "step_of_nobody": _("No role may take this step."),
    "unknown_stage": _("The stage “%(value)s” does not exist."),
    "unknown_other_flow": _("There is no published flow with the stage “%(value)s”."),
    "request_without_move": _("A step names a request and what it does to it, or neither."),
    "unknown_request": _("The request “%(value)s” is not listed in this flow."),
    "step_twice": _("The step “%(value)s” is there twice from this stage."),
    "step_also_everywhere": _("The step “%(value)s” is offered here and everywhere; keep one of them."),
    "no_beginning": _("A flow needs exactly one beginning."),
    "beginning_without_stage": _("The beginning leads to one stage of this flow, for all matters."),
    "beginning_with_effect": _(
        "The beginning takes a report in; clocks and effects belong to the steps behind it."
    ),
    "everywhere_to_one_stage": _("A step offered everywhere stays where it is or leads to an end."),
    "clock_mismatch": _("The clock effect “%(value)s” does not fit the stages of this step."),
    "never_resumed": _("No step from this paused stage lets the clock go on."),
    "unreachable_stage": _("No step leads to this stage."),
    "dead_end": _("From this stage no step leads to an end."),
    "end_with_owner_or_limit": _("An end has neither owner nor limit."),
    "stage_of_nobody": _("Somebody must own this stage."),
    "owner_cannot_act": _("The owner of this stage (%(value)s) has no step in it."),
    "end_left": _("An end is left only by a step with the effect “reopened”, “unmerge” or “rework”."),
    "request_never_asked": _("The request “%(value)s” is never asked."),
    "request_without_grant": _("The request “%(value)s” cannot be granted where it is open."),
    "request_without_refuse": _("The request “%(value)s” cannot be refused where it is open."),
    "request_never_endorsed": _("The request “%(value)s” waits for more endorsements than there are steps."),
    "trigger_not_for_platform": _("What the platform takes by itself needs the role system."),
    "platform_never_acts": _("Only the platform may take this step, but nothing says when."),
    "entry_removed": _("Another published flow sends its cases to the stage “%(value)s”."),
    "branches_never_end": _("Nothing says how this stage goes on when all branches are done."),
    "trigger_without_limit": _("The step waits for a limit this stage does not have."),
}
REASONS: dict[str, str] = {
    "overdue": _("This is only possible when the limit has been passed."),
    "not_overdue": _("The limit has been passed; this is possible before it only."),
    "assigned": _("Nobody is assigned."),
    "unassigned": _("Take back the assignment of staff first."),
    "not_exempt": _("The overdue has been excused already."),
    "marked": _("What this step follows has not happened."),
    "unmarked": _("This has been noted already."),
    "joint": _("This is possible only while several departments handle the case."),
    "not_joint": _("Several departments handle this case; this is not possible here."),
    "branches_done": _("Some of the departments have not finished."),
    "not_last": _("One department must remain: give it to another one, or end the joint handling."),
    "undrawn": _("This case was drawn for a check on site."),
    "request_open": _("Such a request is open already; it must be decided first."),
    "request_used_up": _("This has been granted as often as the flow allows."),
    "request_not_open": _("Nobody has asked for this, or it has been decided meanwhile."),
    "request_not_endorsed": _("The first of the two approvals is still missing."),
    "request_endorsed": _("The first of the two approvals is there already."),
}


def finding_words(finding: Finding) -> str:
    """A finding as a sentence in the page's language."""
    return gettext(FINDINGS[finding.code]) % {"value": finding.value}


def reason_words(reason: str) -> str:
    """A guard's or request's reason as a sentence in the page's language."""
    return gettext(REASONS[word_of(reason)])
