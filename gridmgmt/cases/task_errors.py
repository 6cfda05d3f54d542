"""Errors about tasks and shifts of work."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from geodata.errors import DomainError


def unknown() -> DomainError:
    """No such task, or not visible."""
    return DomainError(code="task_unknown", status=404, message=_("There is no such task."))


def claimed(who: str, *, stage: str, version: int) -> DomainError:
    """A step of somebody else's task."""
    return DomainError(
        code="task_claimed",
        status=409,
        message=_("%(who)s has taken this task on. Ask for it to be put back or given to you."),
        data={"who": who, "stage": stage, "version": version},
    )


def taken(who: str, state: str) -> DomainError:
    """Somebody else was faster, or it was offered to somebody who is on duty."""
    return DomainError(
        code="task_taken",
        status=409,
        message=_("%(who)s has this task."),
        data={"who": who, "state": state},
    )


def over(state: str, result: str) -> DomainError:
    """The stage was left meanwhile."""
    return DomainError(
        code="task_over",
        status=409,
        message=_("This task is no longer open: the case has moved on."),
        data={"state": state, "result": result},
    )


def not_yours(who: str) -> DomainError:
    """Only who has a task, or who assigns work there, may move it."""
    return DomainError(
        code="task_not_yours",
        status=403,
        message=_("This task is not yours to give away."),
        data={"who": who},
    )


def not_permitted(role: str) -> DomainError:
    """The task is another role's work."""
    return DomainError(
        code="task_not_permitted",
        status=403,
        message=_("Your role does not do this task."),
        data={"role": role},
    )


def taker_unfit() -> DomainError:
    """Whom it is to be given to could not do it."""
    return DomainError(
        code="task_taker_unfit",
        status=422,
        message=_(
            "This person could not do the task there. Choose a colleague with the same role and place."
        ),
        data={"field": "to"},
    )


def reason_missing() -> DomainError:
    """Giving away and putting back need words."""
    return DomainError(
        code="task_reason_missing",
        status=422,
        message=_("Say why, in a few words."),
        data={"field": "reason"},
    )


def handover_missing(count: int) -> DomainError:
    """A shift ends with tasks in hand and nobody said what becomes of them."""
    return DomainError(
        code="shift_has_tasks",
        status=409,
        message=_(
            "%(count)s tasks are still in your hands. Give them to a colleague, put them back, or keep them."
        ),
        data={"count": count},
    )
