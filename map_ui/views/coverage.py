"""Who would answer: the matrix of cells and categories, and the simulator of one report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from geodata.errors import DomainError
from gridmgmt.cases import coverage, reference, routing_queries
from gridmgmt.cases.coverage import Matrix
from gridmgmt.organisation.scope import Scope, scope_of
from map_ui import live_data, routing_form, routing_page
from map_ui.routing_form import Asked
from map_ui.views.routing import csv_answer

FITTING = ("wins", "tied", "less_specific")


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The matrix: groups of equal cells across, categories with equal answers down; worst first."""
    scope, now = scope_of(request.user), timezone.now()
    routing_page.require_reader(scope)
    given = request.GET.dict()
    asked = routing_form.read_question(given, now=now)
    area = asked.area or routing_form.default_area(scope)
    names = routing_page.names_for(scope)
    state = given.get("state", "problems" if not given else "")
    matrix = _matrix(scope, asked, area)
    fixed = {"source": asked.source, "owner": asked.owner, "at": asked.chosen_time}
    context = {
        "asked": asked,
        "area": area,
        "state": state,
        "columns": routing_page.columns_of(matrix, names),
        "rows": routing_page.rows_of(matrix, names, asked={k: v for k, v in fixed.items() if v}, state=state),
        "cells": sum(len(group.cells) for group in matrix.groups),
        "categories": len(matrix.categories),
        "legend": [
            (*line, urlencode({**given, "state": line[0]})) for line in routing_page.legend(matrix.counts())
        ],
        "all_query": urlencode({**given, "state": ""}),
        "problems_query": urlencode({**given, "state": "problems"}),
        "query": urlencode(given),
        "now": now,
        **routing_page.choices(names),
    }
    return render(request, "map_ui/coverage.html", context)


@require_safe
def export(request: HttpRequest) -> StreamingHttpResponse:
    """Every square as CSV: one line a cell and category, those of a state only when one is chosen."""
    scope, now = scope_of(request.user), timezone.now()
    routing_page.require_reader(scope)
    given = request.GET.dict()
    asked = routing_form.read_question(given, now=now)
    matrix = _matrix(scope, asked, asked.area or routing_form.default_area(scope))
    names, state = routing_page.names_for(scope), given.get("state", "")

    def lines() -> Iterator[list[str]]:
        yield [
            gettext("Cell"), gettext("Category"), gettext("Name"), gettext("State"), gettext("Department"),
            gettext("Rule"), gettext("Other department"), gettext("Other rule"),
        ]  # fmt: skip
        for group in matrix.groups:
            for key, answer in zip(matrix.categories, group.answers, strict=True):
                if state == "problems" and answer.state == coverage.SOUND:
                    continue
                if state in coverage.STATES and answer.state != state:
                    continue
                told = [
                    key, names.category(key), str(routing_page.STATES[answer.state]),
                    names.department(answer.department), answer.rule,
                    names.department(answer.other_department), answer.other_rule,
                ]  # fmt: skip
                for cell in group.cells:
                    yield [cell, *told]

    return csv_answer(lines(), "coverage")


def _matrix(scope: Scope, asked: Asked, area: str) -> Matrix:
    """The matrix of a question; a category, major or kind narrows the rows."""
    known = reference.current()
    wanted = [k for k, row in sorted(known.categories.items()) if row.active and k.startswith(asked.category)]
    if not wanted:
        wanted = [asked.category]
    return routing_queries.coverage_of(
        scope,
        area=area,
        source=asked.source,
        owner=asked.owner,
        at=asked.at,
        now=timezone.now(),
        categories=wanted,
    )


@require_safe
def simulate(request: HttpRequest) -> HttpResponse:
    """One report that nobody sent: who would get it, the whole chain of rules, runner-up, deadline."""
    scope, now = scope_of(request.user), timezone.now()
    routing_page.require_reader(scope)
    given = request.GET.dict()
    context: dict[str, Any] = {"given": given, "now": now, "error": "", "told": None}
    status = 200
    try:
        asked = routing_form.read_question(given, now=now)
        context["asked"] = asked
        if asked.category:
            context |= _told(scope, asked, routing_form.read_point(given), now)
    except DomainError as error:
        context["error"], status = error.text(), error.status
    names = routing_page.names_for(scope)
    told = context["told"]
    if told:
        lines = [routing_page.verdict_line(verdict, names) for verdict in told.verdicts]
        context["chain"] = [line for line in lines if line.outcome in FITTING]
        context["others"] = [line for line in lines if line.outcome not in FITTING]
        context["state"] = coverage.state_of(told.decision)
        context["state_name"] = routing_page.STATES[context["state"]]
        context["place"] = live_data.named_place(told.cell_code)
        context["category_name"] = names.category(told.category_key)
    context["data"] = {"map": live_data.map_data(scope), "point": _point(given)}
    return render(request, "map_ui/simulate.html", {**context, **routing_page.choices(names)}, status=status)


def _told(scope: Scope, asked: Asked, point: tuple[float, float] | None, now: Any) -> dict[str, Any]:
    told = routing_queries.simulate(
        scope, category_key=asked.category, source=asked.source, at=asked.at, now=now, point=point,
        code="" if point else asked.area, owner=asked.owner,
    )  # fmt: skip
    return {"told": told}


def _point(given: dict[str, str]) -> list[float] | None:
    try:
        point = routing_form.read_point(given)
    except DomainError:
        return None
    return list(point) if point else None
