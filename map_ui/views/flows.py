"""Flows: the list, one version with its drawing and tables, the difference to another version."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from gridmgmt.cases import flow_actions, flow_choices, flow_files, flow_queries
from gridmgmt.cases.flow_rows import read_flow
from gridmgmt.cases.models import CaseSource, Category, Procedure, ProcedureState
from map_ui import flow_page, flow_terms
from map_ui.case_page import FLAGS
from map_ui.flow_differences import told_differences
from map_ui.language import in_language


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Every procedure with its versions, what runs by them and what leads to them."""
    return render(request, "map_ui/flows.html", list_context(request))


def list_context(request: HttpRequest) -> dict[str, Any]:
    """What the list shows. Error flow_not_for_you 403."""
    _scope, writes = flow_page.reader(request.user)
    lines = [
        {
            "overview": overview,
            "rules": (words := flow_page.rule_words(overview.rules)),
            "choices": list(zip(words, overview.rules, strict=True)),
            "versions": [
                flow_page.heading(version.row) | {"running": version.running} for version in overview.versions
            ],
            **flow_page.heading(overview.shown),
        }
        for overview in flow_queries.overviews(drafts=writes)
    ]
    facts = [(fact, str(FLAGS[fact])) for fact in flow_choices.FACTS]
    sources = [(row.key, in_language(row)) for row in CaseSource.objects.all()]
    return {
        "lines": lines, "writes": writes, "most_kb": flow_files.MOST_BYTES // 1000, "facts": facts, "sources": sources,
        "categories": [(row.key, in_language(row)) for row in Category.objects.filter(active=True)] if writes else [],
    }  # fmt: skip


@require_safe
def version(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """One version read: drawing, stages, steps, requests, fields."""
    _scope, writes = flow_page.reader(request.user)
    row = flow_queries.version_of(key, number, drafts=writes)
    flow = read_flow(row)
    found = flow_actions.faults_of(row) if row.state == ProcedureState.DRAFT else []
    given = request.GET.dict()
    lines = flow_page.step_lines(flow, found)
    shown = flow_page.narrowed(lines, given)
    context = {
        **flow_page.heading(row),
        "flow": flow, "writes": writes, "drawing": flow_page.drawn(flow), "given": given,
        "stages": flow_page.stage_lines(flow, found), "steps": shown, "all_steps": len(lines),
        "loose": flow_page.loose_findings(found), "number_of_findings": len(found),
        "roles": [each for each in flow_terms.roles() if any(each.word in step.roles for step in flow.transitions)],
        "others": _others(row, drafts=writes),
        "running": flow_queries.running_by_version([row.pk]).get(row.pk, 0),
    }  # fmt: skip
    return render(request, "map_ui/flow.html", context)


@require_safe
def difference(request: HttpRequest, key: str, number: int, other: int) -> HttpResponse:
    """What this version has that another one has not, and the other way round."""
    _scope, writes = flow_page.reader(request.user)
    row = flow_queries.version_of(key, number, drafts=writes)
    before = flow_queries.version_of(key, other, drafts=writes)
    told = told_differences(read_flow(before), read_flow(row))
    context = {
        **flow_page.heading(row), "before": flow_page.heading(before), "told": told, "writes": writes,
        "title": gettext("Version %(new)d beside version %(old)d") % {"new": row.version, "old": before.version},
    }  # fmt: skip
    return render(request, "map_ui/flow_difference.html", context)


def _others(row: Procedure, *, drafts: bool) -> list[dict[str, Any]]:
    """Other versions to compare with, the newest first."""
    overview = flow_queries.overview_of(row.key, drafts=drafts)
    return [flow_page.heading(v.row) for v in overview.versions if v.row.pk != row.pk]
