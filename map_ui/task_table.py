"""Tasks as CSV for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.utils import timezone
from django.utils.translation import gettext

from gridmgmt.cases.models import CaseTask
from gridmgmt.organisation.models import User
from map_ui import task_page
from map_ui.tables import plain_lines
from map_ui.templatetags.grid import named, stamp
from map_ui.words import lamp_name


def heading() -> list[str]:
    """Names of the columns in the page's language."""
    return [
        gettext("Number"),
        gettext("Category"),
        gettext("Task"),
        gettext("State"),
        gettext("Lamp"),
        gettext("Due"),
        gettext("Who has it"),
        gettext("Department"),
        gettext("Cell"),
        gettext("Address"),
        gettext("Why"),
        gettext("Made"),
        gettext("Done"),
    ]


def csv_lines(tasks: Iterable[CaseTask], user: User, *, told: str) -> Iterator[str]:
    """The file in pieces: heading, rows, and when it was read with which filter."""
    return plain_lines(_rows(tasks, user, told))


def _rows(tasks: Iterable[CaseTask], user: User, told: str) -> Iterator[list[str]]:
    yield heading()
    for row in task_page.shown(tasks, user):
        task = row.task
        yield [
            task.case.number,
            named(task.case.category),
            str(task.get_kind_display()),
            str(task.get_state_display()),
            lamp_name(getattr(task, "lamp", "")),
            stamp(task.due_at) if task.due_at else "",
            task.assignee.name if task.assignee else "",
            named(task.department),
            task.cell_code,
            task.case.address,
            row.why,
            stamp(task.made_at),
            stamp(task.done_at) if task.done_at else "",
        ]
    yield [gettext("as of"), stamp(timezone.now()), told]
