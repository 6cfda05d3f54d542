"""Steps that a phone brings too late: the case was closed, moved on, given to somebody else or out of reach meanwhile.

They stay refused with the present state; what was written for them is kept as a note on the case, once for the step's key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_noop as _

from geodata.errors import DomainError
from gridmgmt.cases.models import Case, CaseHistory, CaseNote, CaseTask, StepReceipt, TaskMove
from gridmgmt.organisation.models import User

# Somebody was faster; whoever may see the case leaves a note.
LATE: Final = frozenset({"case_version_stale", "step_out_of_table", "step_blocked", "task_claimed"})
# No longer theirs; whoever had it in hand leaves a note.
LOST: Final = frozenset({"case_unknown", "step_not_permitted"})
MOST_OF_ONE = 50


@dataclass(frozen=True, slots=True)
class Work:
    """A step as somebody meant it, under the phone's own key."""

    key: UUID
    case_id: UUID
    action: str
    version: int
    text: str
    fields: Mapping[str, Any]
    by: User
    device_id: UUID


def keep(work: Work, refused: DomainError, *, at: datetime) -> DomainError:
    """The refusal to answer, with ``data.note`` when what was written is kept. Call it after the step's transaction.

    A case that its former worker can no longer see is 409 case_out_of_reach with the present stage and version.
    """
    if refused.code not in LATE | LOST:
        return refused
    case = Case.objects.filter(pk=work.case_id).first()
    if case is None or (refused.code in LOST and not had_in_hand(case.pk, work.by)):
        return refused
    answer = out_of_reach(case) if refused.code == "case_unknown" else refused
    if _note(work, answer.code, at):
        answer.data["note"] = str(work.key)
    return answer


def had_in_hand(case_id: UUID, user: User) -> bool:
    """A task of the case was theirs at some time, or offered to them."""
    moves = TaskMove.objects.filter(Q(giver=user) | Q(taker=user), task__case_id=case_id)
    mine = Q(assignee=user) | Q(done_by=user)
    return CaseTask.objects.filter(mine, case_id=case_id).exists() or moves.exists()


def _note(work: Work, code: str, at: datetime) -> bool:
    """True when the note is there: made now or before, by the same person. Nothing written is no note."""
    text, fields = work.text.strip(), {name: str(value) for name, value in work.fields.items()}
    if not text and not fields:
        return False
    known = CaseNote.objects.filter(pk=work.key).first()
    if known is not None:
        return (known.by_id, known.case_id) == (work.by.pk, work.case_id)
    if CaseNote.objects.filter(case_id=work.case_id, by=work.by).count() >= MOST_OF_ONE:
        return False
    row = CaseNote(
        id=work.key,
        case_id=work.case_id,
        by=work.by,
        device_id=work.device_id,
        action=work.action,
        text=text,
        fields=fields,
        version=work.version,
        refused=code,
        at=at,
    )
    CaseNote.objects.bulk_create([row], ignore_conflicts=True)
    return True


def notes(case: Case) -> list[CaseNote]:
    """Notes of a case, oldest first, without those whose step was taken after all or whose words stand in a later step."""
    taken = StepReceipt.objects.filter(key=OuterRef("pk"))
    said = CaseHistory.objects.filter(
        case=OuterRef("case"),
        actor=OuterRef("by"),
        action=OuterRef("action"),
        text=OuterRef("text"),
        at__gte=OuterRef("at"),
    )
    return list(case.notes.filter(~Exists(taken), ~Exists(said)).select_related("by"))


def out_of_reach(case: Case) -> DomainError:
    """The case went where this person does not work."""
    return DomainError(
        code="case_out_of_reach",
        status=409,
        message=_("This case is no longer in your area or department. It is somebody else's now."),
        data={"stage": case.stage, "version": case.version},
    )
