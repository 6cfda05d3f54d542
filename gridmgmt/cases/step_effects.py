"""What a step does to the case besides fields, clock and stage, by the words of its row (flow_words.EFFECTS)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.utils.translation import gettext_noop as _

from gridmgmt.cases import branches, errors
from gridmgmt.cases.branch_clock import DROPPED
from gridmgmt.cases.flow_words import argument_of, word_of

if TYPE_CHECKING:
    from gridmgmt.cases.actions import Step

Effect = Callable[["Step", str], None]


def apply(step: Step, effects: tuple[str, ...]) -> None:
    """Each effect in the order of the row."""
    for term in effects:
        EFFECTS[word_of(term)](step, argument_of(term))


def _rework(step: Step, _argument: str) -> None:
    step.case.rework_count += 1


def _reopened(step: Step, _argument: str) -> None:
    step.case.reopened = True


def _exempt(step: Step, _argument: str) -> None:
    """Overdue is excused; limits and instants stay what they were, so the fact is kept."""
    step.case.exempt = True


def _misdispatch(step: Step, _argument: str) -> None:
    """Counted when the case went to another department than before."""
    if "department_before" in step.data:
        step.case.misdispatch_count += 1


def _unassign(step: Step, _argument: str) -> None:
    if step.case.assignee_id is not None:
        step.data["staff_before"] = str(step.case.assignee_id)
    step.case.assignee = None


def _unmerge(step: Step, _argument: str) -> None:
    """Goes its own way again, while the master it followed still runs."""
    master = step.case.master
    if master is not None and master.closed_at is not None:
        raise errors.unmerge_too_late(master.number)
    if master is not None:
        step.data["master_before"] = master.number
    step.case.master = None


def _branch(step: Step, argument: str) -> None:
    """Several departments from here on, each with a branch by the named flow; the clock follows them (ledger.apply)."""
    if step.case.parent_id is not None:
        raise errors.bad_field("departments", _("A part of a joint case has no parts of its own."))
    step.case.joint, step.case.assignee = True, None
    branches.begin(step, argument)


def _branches_again(step: Step, argument: str) -> None:
    branches.take_again(step, argument)


def _branches_end(step: Step, argument: str) -> None:
    branches.end(step, argument)


def _drop(step: Step, _argument: str) -> None:
    """This branch ended without being done."""
    _mark(step, DROPPED)


def _mark(step: Step, argument: str) -> None:
    if argument not in step.case.marks:
        step.case.marks = [*step.case.marks, argument]


EFFECTS: dict[str, Effect] = {
    "rework": _rework,
    "reopened": _reopened,
    "exempt": _exempt,
    "misdispatch": _misdispatch,
    "unassign": _unassign,
    "unmerge": _unmerge,
    "mark": _mark,
    "branch": _branch,
    "branches_again": _branches_again,
    "branches_end": _branches_end,
    "drop": _drop,
}
