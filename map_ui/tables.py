"""Cases as CSV for spreadsheets: cells that a spreadsheet would run as a formula are made plain text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from django.utils import timezone
from django.utils.translation import gettext

from geodata.spreadsheets import safe
from gridmgmt.cases.models import Case
from map_ui import words
from map_ui.templatetags.grid import named, stamp

BOM = "\ufeff"


def heading() -> list[str]:
    """Names of the columns in the page's language."""
    return [
        gettext("Number"),
        gettext("Category"),
        gettext("Kind"),
        gettext("State"),
        gettext("Lamp"),
        gettext("Reported"),
        gettext("Due"),
        gettext("Closed"),
        gettext("Department"),
        gettext("Cell"),
        gettext("Source"),
        gettext("Address"),
        gettext("Text"),
    ]


def rows(cases: Iterable[Case], stages: dict[str, str]) -> Iterator[list[str]]:
    """One list of texts per case; ``cases`` carry the annotated lamp."""
    for case in cases:
        yield [
            case.number,
            named(case.category),
            str(case.category.get_kind_display()),
            stages.get(case.stage, case.stage),
            words.lamp_name(getattr(case, "lamp", "")),
            stamp(case.reported_at),
            stamp(case.due_at) if case.due_at else "",
            stamp(case.closed_at) if case.closed_at else "",
            named(case.department),
            case.cell_code,
            named(case.source),
            case.address,
            case.text,
        ]


def csv_lines(cases: Iterable[Case], stages: dict[str, str], *, told: str) -> Iterator[str]:
    """The file in pieces: byte order mark (for Excel), heading, rows, and when it was read with which filter."""
    yield from lines(heading(), rows(cases, stages), told=told)


def lines(names: list[str], cells: Iterable[Iterable[str]], *, told: str) -> Iterator[str]:
    """Any table as a file in pieces, every cell made harmless."""
    yield BOM + _line(names)
    for row in cells:
        yield _line([safe(text) for text in row])
    yield _line([gettext("as of"), stamp(timezone.now()), safe(told)])


def plain_lines(rows: Iterable[list[str]]) -> Iterator[str]:
    """Any rows of texts as a file in pieces, the first one the heading."""
    yield BOM
    for row in rows:
        yield _line([safe(text) for text in row])


def _line(texts: list[str]) -> str:
    kept = io.StringIO()
    csv.writer(kept).writerow(texts)
    return kept.getvalue()
