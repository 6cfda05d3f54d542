"""The board as PDF, made by a job: the same rows as the page, frozen at the instant it was asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.utils import timezone, translation

from gridmgmt.organisation.scope import scope_of
from gridmgmt.printing import pdf
from gridmgmt.statistics import actions
from gridmgmt.statistics.models import PrintedBoard
from gridmgmt.statistics.sheet import sheet
from map_ui import appraisal_query, appraisal_view, shell
from map_ui import appraisal_words as words


def make(_event_id: str, payload: dict[str, Any]) -> None:
    """Job: renders a wanted board with the rights its owner has now; one that is made or forgotten is left alone."""
    wanted = (
        PrintedBoard.objects.select_related("user").filter(pk=UUID(payload["print"]), made_at=None).first()
    )
    if wanted is None:
        return
    with translation.override(wanted.language):
        content = context(wanted)
    made = pdf.render("map_ui/print_appraisal.html", content, language=wanted.language)
    actions.keep_print(print_id=wanted.pk, pdf=made, at=timezone.now())


def context(wanted: PrintedBoard) -> dict[str, Any]:
    """What the sheet shows."""
    scope = scope_of(wanted.user)
    asked = appraisal_query.read(QueryDict(wanted.address), scope)
    asked = replace(
        asked, question=replace(asked.question, known_at=min(asked.question.known_at, wanted.asked_at))
    )
    found = sheet(scope, asked.question, dimension=asked.dimension, keys=asked.keys)
    return {
        "board": appraisal_view.board_of(asked, found),
        "dimension": words.dimension_name(asked.dimension),
        "heading": words.heading(found, shell.place_name(scope)),
    }
