"""Whom the words of a flow mean at one case: acceptor, department, worker, reporter …"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from gridmgmt.cases.models import Case, CaseTask
from gridmgmt.organisation.models import Duty, Grant, Role

# Words that name a role held for the case's area.
ROLES = frozenset({Role.ACCEPTOR, Role.REGISTRAR, Role.DISPATCHER, Role.SUPERVISOR, Role.LEADER})


def recipients(case: Case, words: list[str], *, at: datetime) -> dict[UUID, str]:
    """{user id: the word that chose them}, each person once, by the first word that fits."""
    found: dict[UUID, str] = {}
    for word in words:
        for user_id in _by_word(case, word, at):
            found.setdefault(user_id, word)
    return found


def _by_word(case: Case, word: str, at: datetime) -> list[UUID]:
    if word in ROLES:
        return list(_grants(case, at).filter(role=word).values_list("user_id", flat=True))
    if word == "department":
        return _department(case, at)
    if word == "assignee":
        return [case.assignee_id] if case.assignee_id else []
    if word == "reporter":
        return [case.reporter.pk] if case.reporter and case.reporter.is_active else []
    return _worker(case, at) if word == "worker" else []


def _holds(at: datetime) -> Q:
    return Q(valid_from__lte=at) & (Q(valid_to=None) | Q(valid_to__gt=at))


def _codes(case: Case) -> list[str]:
    """Every prefix of the case's code: what a grant that covers it may be written for."""
    return [case.cell_code[:length] for length in range(len(case.cell_code) + 1)]


def _grants(case: Case, at: datetime) -> QuerySet[Grant]:
    return Grant.objects.filter(_holds(at), scope_code__in=_codes(case), user__is_active=True)


def _department(case: Case, at: datetime) -> list[UUID]:
    """Handlers of the case's department and of those above it."""
    if case.department is None:
        return []
    parts = case.department.path.strip("/").split("/")
    paths = ["/" + "/".join(parts[: n + 1]) + "/" for n in range(len(parts))]
    grants = _grants(case, at).filter(role=Role.HANDLER, department__path__in=paths)
    return list(grants.values_list("user_id", flat=True))


def _worker(case: Case, at: datetime) -> list[UUID]:
    """Who has the present task; else whoever answers for the cell most closely."""
    task = CaseTask.objects.filter(
        case=case, role=Role.WORKER, state__in=["open", "claimed"], assignee__isnull=False
    ).first()
    if task is not None and task.assignee_id is not None:
        return [task.assignee_id]
    duties = Duty.objects.filter(_holds(at), scope_code__in=_codes(case), user__is_active=True)
    rows = list(duties.values_list("user_id", "scope_code", "rank"))
    best = max((len(code) for _user, code, _rank in rows), default=0)
    return [user for user, code, rank in rows if user and len(code) == best and rank == 1]
