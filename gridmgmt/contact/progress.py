"""How far a case is, in words for everybody: no name, no address, no text, no department's inner steps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from geodata.models import Area, AreaLevel
from gridmgmt.cases import reference
from gridmgmt.cases.branch_clock import DROPPED
from gridmgmt.cases.models import Case, CaseHistory, Category
from gridmgmt.contact.models import Rating
from gridmgmt.contact.public_words import PublicWords, words_of

CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Milestone:
    """A state in public words and since when."""

    words: PublicWords
    since: datetime


@dataclass(frozen=True, slots=True)
class Progress:
    """What the public page shows. ``due_at`` only while something is due; ``rateable`` once it is finished.
    ``departments``: how many of those that handle it together are done; None where one handles it, or none any more.
    """

    number: str
    category: Category
    community: Area | None
    reported_at: datetime
    milestones: list[Milestone]
    due_at: datetime | None
    merged: bool
    rating: Rating | None
    rateable: bool
    closing_seq: int
    departments: tuple[int, int] | None = None


def leading(case: Case) -> Case:
    """The case that is worked on: a merged one follows its master, however long the chain."""
    seen = {case.pk}
    while case.master is not None and case.master_id not in seen:
        case = case.master
        seen.add(case.pk)
    return case


def progress_of(case: Case) -> Progress:
    """The public view of a case; a merged one goes on with the steps of its master."""
    lead = leading(case)
    closing = _closing_of(lead)
    rating = Rating.objects.filter(case=case, closing_seq=closing.seq).first() if closing else None
    return Progress(
        number=case.number,
        category=case.category,
        community=Area.objects.filter(code=case.cell_code[:12], level=AreaLevel.COMMUNITY).first(),
        reported_at=case.reported_at,
        milestones=_milestones(case, lead),
        due_at=lead.due_at if lead.closed_at is None and lead.paused_at is None else None,
        merged=lead.pk != case.pk,
        rating=rating,
        rateable=closing is not None and rating is None,
        closing_seq=closing.seq if closing else 0,
        departments=_departments(lead),
    )


def _departments(lead: Case) -> tuple[int, int] | None:
    if not lead.joint or lead.clock_stopped_at is not None:
        return None
    rows = lead.branches.exclude(marks__contains=[DROPPED])
    return rows.filter(closed_at__isnull=False).count(), rows.count()


def _closing_of(lead: Case) -> CaseHistory | None:
    """The history row of the present closing; None while it is open or ended without work."""
    if lead.stage != CLOSED:
        return None
    return lead.history.exclude(from_stage=CLOSED).filter(to_stage=CLOSED).order_by("-seq").first()


def _milestones(case: Case, lead: Case) -> list[Milestone]:
    """Stages in order, repeats in public words drawn together."""
    flows = reference.current().flows
    found: list[Milestone] = []
    rows = list(case.history.order_by("seq"))
    if lead.pk != case.pk:
        rows += [row for row in lead.history.order_by("seq") if row.at > rows[-1].at]
    for row in rows:
        flow = flows[(case if row.case_id == case.pk else lead).procedure_id]
        words = words_of(flow, row.to_stage)
        if not found or found[-1].words != words:
            found.append(Milestone(words, row.at))
    return found
