"""Facts that figures count, derived from history and ledger alone, and the figures kept at the end of months.

A fact row can be thrown away and made again (``manage statistics --audit`` proves it): nothing is known only here.
"""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import models
from django.db.models import F
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext_lazy as _

from geodata.ids import uuid7
from geodata.models.base import code_field
from gridmgmt.cases.models import Case, Category
from gridmgmt.organisation.models import Department, User

# "Until further notice" as a value: comparisons need no second branch and every index stays usable.
OPEN_END = datetime(9000, 1, 1, tzinfo=UTC)


def _loose(to: type[models.Model], *, null: bool = True) -> models.ForeignKey[models.Model | None]:
    """A reference without a check in the database: the history row it is copied from carries the checked one."""
    return models.ForeignKey(
        to, models.DO_NOTHING, null=null, db_constraint=False, db_index=False, related_name="+"
    )


class CaseState(models.Model):
    """A case as it stood from ``valid_from`` until before ``valid_to``; at any instant a case has at most one row.

    Figures of a past day read the rows of that day, so that a later step cannot change them. Only ``excused_at`` looks
    ahead: it tells when an appeal against the overdue fact of this row was upheld.
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="+")
    seq = models.PositiveIntegerField(help_text="History row by which it began")
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(default=OPEN_END)
    cell_code = code_field(16)
    category = _loose(Category, null=False)
    department = _loose(Department)
    reporter = _loose(User)
    collector = _loose(User)
    duty = _loose(User)
    acceptor = _loose(User)
    registrar = _loose(User)
    handler = _loose(User)
    public = models.BooleanField()
    branch = models.BooleanField(help_text="A department's part of a joint case: it handles, it is no report")
    joint = models.BooleanField(help_text="Handled by its branches, each on its own clock")
    repeated = models.BooleanField(help_text="Same place and category as a case closed shortly before")
    merged = models.BooleanField()
    reported_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    refused_at = models.DateTimeField(null=True)
    registered_at = models.DateTimeField(null=True)
    fixed_at = models.DateTimeField(null=True, help_text="Put right by the reporter on the spot")
    voided_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    dispatched_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    late = models.BooleanField(help_text="Some round of the present department ended after its limit")
    paused = models.BooleanField()
    hung = models.BooleanField()
    extended = models.BooleanField()
    reworks = models.PositiveSmallIntegerField()
    used_s = models.BigIntegerField(help_text="Seconds of the clock's own time over all rounds")
    limit_s = models.BigIntegerField(help_text="The same of the limits, without extensions")
    excused_at = models.DateTimeField(null=True)
    relevant_until = models.GeneratedField(
        expression=Greatest(F("valid_from"), Coalesce(F("due_at"), F("valid_from"))),
        output_field=models.DateTimeField(),
        db_persist=True,
    )

    class Meta:
        verbose_name = _("state of a case")
        indexes = [
            # What a period can count: nothing that was over before it began (board.STATES).
            models.Index(fields=["relevant_until"], name="case_state_relevant"),
            models.Index(fields=["cell_code", "relevant_until"], name="case_state_cell"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["case", "valid_from"], name="case_state_from_unique"),
            models.CheckConstraint(
                name="case_state_forward", condition=models.Q(valid_to__gt=F("valid_from"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.valid_from:%Y-%m-%d %H:%M}"


class StageWork(models.Model):
    """One stay of a case in a stage that somebody had to end in time: accept, verify, register, dispatch, check."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="+")
    seq = models.PositiveIntegerField(help_text="History row by which the stage was entered")
    work = models.CharField(max_length=12)
    entered_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True, help_text="When somebody got it as a task")
    left_at = models.DateTimeField(default=OPEN_END)
    action = models.CharField(max_length=24, blank=True)
    wrong_at = models.DateTimeField(null=True, help_text="When what it dispatched went to another department")
    cell_code = code_field(16)
    category = _loose(Category, null=False)
    department = _loose(Department)
    reporter = _loose(User)
    person = _loose(User)
    acceptor = _loose(User)
    public = models.BooleanField()
    branch = models.BooleanField()

    class Meta:
        verbose_name = _("work in a stage")
        indexes = [
            models.Index(fields=["left_at", "work"], name="stage_work_left"),
            models.Index(fields=["cell_code", "left_at"], name="stage_work_cell"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["case", "seq"], name="stage_work_unique"),
            models.CheckConstraint(
                name="stage_work_forward", condition=models.Q(left_at__gte=F("entered_at"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.work}"


class FactMark(models.Model):
    """Up to which version of a case its facts were derived, and by which edition of the derivation."""

    case = models.OneToOneField(Case, models.CASCADE, primary_key=True, related_name="+")
    version = models.PositiveIntegerField()
    derivation = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name = _("mark of derived facts")

    def __str__(self) -> str:
        return f"{self.case_id} v{self.version}"


class FactReading(models.Model):
    """One row: until when facts are complete."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(name="fact_reading_single", condition=models.Q(id=1))]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"


class Snapshot(models.Model):
    """A figure of a whole month as it stood right after it, by community and department: what trends are drawn from.

    Numerators and denominators add up to any larger area, so that one row serves every level.
    """

    month = models.DateField(help_text="Its first day")
    code = code_field(12)
    department = models.ForeignKey(Department, models.CASCADE, null=True, related_name="+")
    indicator = models.CharField(max_length=32)
    definition = models.PositiveSmallIntegerField(help_text="Version of the definition")
    numerator = models.FloatField()
    denominator = models.FloatField(null=True)
    excused = models.PositiveIntegerField(default=0)
    taken_at = models.DateTimeField()

    class Meta:
        verbose_name = _("month-end figure")
        constraints = [
            models.UniqueConstraint(
                fields=["month", "code", "department", "indicator"],
                name="snapshot_unique",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.code} {self.indicator}"


class PrintedBoard(models.Model):
    """A board somebody wants on paper: the question as an address, and the bytes once a job has made them."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    address = models.CharField(max_length=2000)
    language = models.CharField(max_length=10)
    asked_at = models.DateTimeField(help_text="Figures are those of this instant, whenever the job runs")
    made_at = models.DateTimeField(null=True)
    pdf = models.BinaryField(null=True)

    class Meta:
        verbose_name = _("printed board")
        indexes = [models.Index(fields=["asked_at"], name="printed_board_asked")]
        constraints = [
            models.CheckConstraint(
                name="printed_board_whole",
                condition=models.Q(made_at=None, pdf=None)
                | models.Q(made_at__isnull=False, pdf__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)
