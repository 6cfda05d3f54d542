"""Tasks: who has the present stage of a case in hand, and how it came to them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from geodata.models.base import Identified, Located, county_matches
from gridmgmt.cases.models.case import Case, CaseHistory
from gridmgmt.organisation.models import Department, User


class TaskKind(models.TextChoices):
    """What is to be done."""

    VERIFY = "verify", _("verify on site")
    CHECK = "check", _("check the result")
    HANDLE = "handle", _("handle")
    DESK = "desk", _("desk work")


class TaskState(models.TextChoices):
    """``open`` nobody has taken it on (``assignee`` is whom it was offered to), ``claimed`` the assignee has.

    ``done``: the stage was left by its owner's step; ``cancelled``: by somebody else's.
    """

    OPEN = "open", _("to be done")
    CLAIMED = "claimed", _("taken on")
    DONE = "done", _("done")
    CANCELLED = "cancelled", _("no longer needed")


LIVE_STATES = (TaskState.OPEN, TaskState.CLAIMED)
LIVE = Q(state__in=["open", "claimed"])


class CaseTask(Located):
    """One stage of one case as somebody's work. Made and ended in the transaction of the steps that enter and leave it.

    A case in a stage with an owner has exactly one that is open or claimed (database constraints, sql/25_tasks.sql).
    """

    # No plain index of a foreign key here: the partial ones below answer every question, and each costs every report.
    case = models.ForeignKey(Case, models.PROTECT, related_name="tasks", db_index=False)
    stage = models.CharField(max_length=24)
    case_version = models.PositiveIntegerField(help_text="Version of the case it was made for")
    kind = models.CharField(max_length=8, choices=TaskKind)
    role = models.CharField(max_length=12, help_text="Whose work it is: the stage's owner")
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="tasks", db_index=False
    )
    assignee = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="tasks", db_index=False
    )
    state = models.CharField(max_length=10, choices=TaskState, default=TaskState.OPEN)
    version = models.PositiveIntegerField(default=1, help_text="Rises with every move of the task itself")
    why = models.JSONField(default=dict, help_text="Rule that chose the assignee, distance, who was on duty")
    due_at = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    distance_m = models.FloatField(null=True, blank=True, help_text="From the doer to the point, when done")
    result = models.CharField(max_length=24, blank=True, help_text="Action that ended it")

    class Meta:
        verbose_name = _("task")
        indexes = [
            models.Index(
                fields=["assignee", "due_at"], name="task_mine", condition=LIVE & Q(assignee__isnull=False)
            ),
            models.Index(
                fields=["department"], name="task_department", condition=LIVE & Q(department__isnull=False)
            ),
            models.Index(fields=["role", "cell_code"], name="task_pool", condition=LIVE),
            models.Index(
                fields=["done_by", "-done_at"], name="task_done", condition=Q(done_by__isnull=False)
            ),
            models.Index(fields=["case", "made_at"], name="task_of_case"),
        ]
        constraints = [
            county_matches(),
            models.UniqueConstraint(fields=["case"], condition=LIVE, name="task_one_live"),
            models.CheckConstraint(
                name="task_claimed_by_somebody",
                condition=~Q(state="claimed") | Q(assignee__isnull=False, claimed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="task_end_has_time",
                condition=(LIVE & Q(done_at=None)) | (~LIVE & Q(done_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.case_id}"


class TaskMove(Identified):
    """One change of hands: taken on, put back, given to a colleague, handed over at the end of a shift."""

    class Kind(models.TextChoices):
        """What happened."""

        CLAIM = "claim", _("taken on")
        RELEASE = "release", _("put back")
        GIVE = "give", _("given to a colleague")
        HAND_OVER = "hand_over", _("handed over")

    task = models.ForeignKey(CaseTask, models.CASCADE, related_name="moves")
    kind = models.CharField(max_length=10, choices=Kind)
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    giver = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="tasks_given")
    taker = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="tasks_taken")
    reason = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ["at", "id"]
        verbose_name = _("task move")
        indexes = [
            models.Index(fields=["giver", "-at"], name="task_move_giver"),
            models.Index(fields=["taker", "-at"], name="task_move_taker"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.task_id}"


class StepReceipt(models.Model):
    """The answer to a step that a phone sent, kept under the phone's own key so that a resend gets it again."""

    key = models.UUIDField(primary_key=True, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    case = models.ForeignKey(Case, models.CASCADE, related_name="+")
    body_sha256 = models.BinaryField(max_length=32)
    answer = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("step receipt")
        indexes = [models.Index(fields=["at"], name="step_receipt_at")]

    def __str__(self) -> str:
        return str(self.key)


class StepPosition(models.Model):
    """Where the phone was at the moment of a step, as it said itself: the raw pair in its datum, metres from the case's point.

    ``flags``: ``far_from_point`` (over 100 m), ``accuracy_unknown``, ``low_accuracy``. A fact beside the step, never a condition.
    """

    history = models.OneToOneField(CaseHistory, models.CASCADE, primary_key=True, related_name="position")
    datum = models.CharField(max_length=12)
    source_x = models.FloatField()
    source_y = models.FloatField()
    accuracy_m = models.FloatField(null=True, blank=True)
    captured_at = models.DateTimeField()
    distance_m = models.FloatField(help_text="From the point of the case at that moment")
    flags = models.JSONField(default=list)

    class Meta:
        verbose_name = _("position at a step")

    def __str__(self) -> str:
        return f"{self.distance_m:.0f} m"
