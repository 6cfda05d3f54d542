"""The routing table: list, one rule with its versions, trial run of a change, applying it. Rules stand in gridmgmt.cases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from geodata.errors import DomainError
from gridmgmt.cases import reference, routing_actions, routing_queries, rule_checks
from gridmgmt.cases.models import RoutingRule
from gridmgmt.cases.routing_actions import RuleDraft
from gridmgmt.cases.routing_dryrun import Change, dry_run
from gridmgmt.organisation.models import Role
from gridmgmt.organisation.scope import scope_of
from map_ui import case_filters, routing_form, routing_page, tables
from map_ui.sending import signed_in_user
from map_ui.templatetags.grid import stamp

PAGE_SIZE = 50
ACTS = ("create", "replace", "end")


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Rules of the scope with search and filters; ties of the whole table above them."""
    scope, now = scope_of(request.user), timezone.now()
    routing_page.require_reader(scope)
    given = request.GET.dict()
    filters = routing_form.read_filters(given)
    rows = routing_queries.filtered_rules(scope, filters, now=now)
    total = rows.count()
    number = min(case_filters.page_number(given), -(-total // PAGE_SIZE) or 1)
    begin = (number - 1) * PAGE_SIZE
    names = routing_page.names_for(scope)
    chosen = {name: value for name, value in given.items() if value and name != "page"}
    context = {
        "filters": filters,
        "narrowed": bool(chosen.keys() - {"state"}),
        "lines": [routing_page.line_of(rule, names, now) for rule in rows[begin : begin + PAGE_SIZE]],
        "found": {"total": total},
        "first": begin + 1,
        "last": min(begin + PAGE_SIZE, total),
        "before": urlencode({**chosen, "page": number - 1}) if number > 1 else "",
        "after": urlencode({**chosen, "page": number + 1}) if begin + PAGE_SIZE < total else "",
        "query": urlencode(chosen),
        "ties": rule_checks.all_ties(reference.current().rules.rules),
        "may_edit": scope.has_role(Role.ADMIN),
        "now": now,
        **routing_page.choices(names),
    }
    return render(request, "map_ui/routing.html", context)


@require_safe
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The same rules as CSV."""
    scope, now = scope_of(request.user), timezone.now()
    routing_page.require_reader(scope)
    rows = routing_queries.filtered_rules(scope, routing_form.read_filters(request.GET.dict()), now=now)
    names = routing_page.names_for(scope)

    def lines() -> Iterator[list[str]]:
        yield [
            gettext("Rule"), gettext("Category"), gettext("Where"), gettext("Only when"), gettext("Department"),
            gettext("In force from"), gettext("until"), gettext("State"), gettext("Note"), gettext("Reason"),
        ]  # fmt: skip
        for rule in rows.iterator(chunk_size=1000):
            told = routing_page.line_of(rule, names, now)
            yield [
                rule.key, f"{rule.category_key} {told.category}".strip(), f"{rule.area_code} {told.area}".strip(),
                told.only_when, told.department, stamp(rule.valid_from) if rule.valid_from else "",
                stamp(rule.valid_to) if rule.valid_to else "", told.state_name, rule.note, rule.reason,
            ]  # fmt: skip

    return csv_answer(lines(), "routing")


def csv_answer(lines: Iterator[list[str]], stem: str) -> StreamingHttpResponse:
    """Rows of texts as a CSV download that no spreadsheet runs."""
    return StreamingHttpResponse(
        tables.plain_lines(lines),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{routing_page.file_name(stem)}"'},
    )


@require_safe
def new(request: HttpRequest) -> HttpResponse:
    """An empty form, filled with what the address gives."""
    scope = scope_of(request.user)
    if not scope.has_role(Role.ADMIN):
        raise PermissionDenied
    fields = routing_form.as_fields(routing_form.read_draft(request.GET.dict()))
    return render(request, "map_ui/routing_rule.html", _form(request, fields, None))


@require_safe
def rule(request: HttpRequest, rule_id: UUID) -> HttpResponse:
    """One rule: what it says, its versions, and the form to change or end it."""
    scope, now = scope_of(request.user), timezone.now()
    routing_page.require_reader(scope)
    found = routing_queries.rule_in(scope, rule_id)
    draft = RuleDraft(
        department_key=found.department_key, category_key=found.category_key, area_code=found.area_code,
        source=found.source, component_owner=found.component_owner, time_from=found.time_from,
        time_to=found.time_to, note=found.note,
        valid_from=found.valid_from if found.valid_from and found.valid_from > now else None,
        valid_to=found.valid_to,
    )  # fmt: skip
    return render(request, "map_ui/routing_rule.html", _form(request, routing_form.as_fields(draft), found))


@require_POST
def trial(request: HttpRequest) -> HttpResponse:
    """What a change would do: faults back to the form, else findings and the cases that would have moved."""
    user, now = signed_in_user(request), timezone.now()
    scope = scope_of(user)
    given = request.POST.dict()
    act, old = _act(request, given)
    draft = None if act == "end" else routing_form.read_draft(given)
    area = draft.area_code if draft else old.area_code if old else ""
    if not routing_actions.may_edit(scope, area):
        raise PermissionDenied
    fields = routing_form.as_fields(draft) if draft else {}
    assessed = (
        routing_actions.assess(draft=draft, at=now, replacing=old.pk if old else None)
        if draft
        else routing_actions.Assessment()
    )
    if assessed.faults:
        context = _form(request, fields, old) | {"faults": routing_page.said(assessed.faults)}
        return render(request, "map_ui/routing_rule.html", context, status=422)
    run = dry_run(scope, change=Change(draft, old.pk if old else None), now=now)
    names = routing_page.names_for(scope)
    context = {
        "act": act,
        "rule": old,
        "old": routing_page.line_of(old, names, now) if old else None,
        "new": routing_page.line_of(_unsaved(draft), names, now) if draft else None,
        "fields": fields,
        "ties": assessed.ties,
        "run": run,
        "names": names,
    }
    return render(request, "map_ui/routing_trial.html", context)


@require_POST
def apply(request: HttpRequest) -> HttpResponse:
    """Writes the change."""
    user, now = signed_in_user(request), timezone.now()
    given = request.POST.dict()
    act, old = _act(request, given)
    reason, confirmed = given.get("reason", ""), given.get("confirmed") == "1"
    if act == "end" and old:
        done = routing_actions.rule_end(rule_id=old.pk, by=user, at=now, reason=reason)
        said = gettext("The rule %(key)s is over.") % {"key": done.key}
    else:
        draft = routing_form.read_draft(given)
        if old:
            done = routing_actions.rule_replace(
                rule_id=old.pk, draft=draft, by=user, at=now, reason=reason, confirmed=confirmed
            )
        else:
            done = routing_actions.rule_create(
                draft=draft, by=user, at=now, reason=reason, confirmed=confirmed
            )
        said = gettext("The rule %(key)s is written.") % {"key": done.key}
    messages.success(request, said)
    return redirect("map_ui:routing_rule", rule_id=done.pk)


def _act(request: HttpRequest, given: dict[str, str]) -> tuple[str, RoutingRule | None]:
    """What is to be done, and with which rule."""
    act = given.get("act", "")
    if act not in ACTS:
        raise DomainError(code="act_unknown", status=422, message="The form is incomplete. Reload the page.")
    if act == "create":
        return act, None
    try:
        rule_id = UUID(given.get("rule", ""))
    except ValueError:
        raise routing_actions.rule_unknown() from None
    return act, routing_queries.rule_in(scope_of(request.user), rule_id)


def _unsaved(draft: RuleDraft) -> RoutingRule:
    """The draft as a row, for showing."""
    return RoutingRule(**{name: getattr(draft, name) for name in RuleDraft.__dataclass_fields__})


def _form(request: HttpRequest, fields: dict[str, str], found: RoutingRule | None) -> dict[str, Any]:
    scope, now = scope_of(request.user), timezone.now()
    names = routing_page.names_for(scope)
    over = found is not None and found.valid_to is not None and found.valid_to <= now
    return {
        "fields": fields,
        "rule": found,
        "line": routing_page.line_of(found, names, now) if found else None,
        "versions": [routing_page.line_of(row, names, now) for row in routing_queries.versions_of(found)]
        if found
        else [],
        "may_edit": not over and routing_actions.may_edit(scope, found.area_code if found else fields["area"])
        if found
        else True,
        "over": over,
        "act": "replace" if found else "create",
        **routing_page.choices(names),
    }
