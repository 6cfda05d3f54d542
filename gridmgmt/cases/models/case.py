"""Cases, their append-only history and the ledger of their clock."""

from __future__ import annotations

from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GistIndex
from django.utils.translation import gettext_lazy as _

from geodata.crs import SRID_WGS84
from geodata.models import Component
from geodata.models.base import Identified, Located, county_matches, web_geometry, web_index
from gridmgmt.cases.models.catalogue import CaseSource, CaseStandard, Category, LimitUnit
from gridmgmt.cases.models.flow import Procedure
from gridmgmt.organisation.models import Department, User


class Case(Located):
    """One matter from report to rating. ``version`` rises with every step; ``stage`` equals the last history row."""

    number = models.CharField(max_length=32, unique=True, db_collation="C")
    procedure = models.ForeignKey(Procedure, models.PROTECT, related_name="cases")
    stage = models.CharField(max_length=24)
    version = models.PositiveIntegerField(default=1)
    category = models.ForeignKey(Category, models.PROTECT, related_name="cases")
    standard = models.ForeignKey(CaseStandard, models.PROTECT, null=True, blank=True, related_name="cases")
    source = models.ForeignKey(CaseSource, models.PROTECT, related_name="cases")
    edition_id = models.UUIDField(null=True, blank=True, help_text="Cell edition it was routed by")
    decision = models.JSONField(default=dict, help_text="Matched rule, runner-up, revision: why it came here")
    department = models.ForeignKey(Department, models.PROTECT, null=True, blank=True, related_name="cases")
    assignee = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="assigned_cases")
    reporter = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="reported_cases")
    component = models.ForeignKey(Component, models.PROTECT, null=True, blank=True, related_name="+")
    master = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged")
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="branches", db_index=False,
        help_text="The joint case whose branch this is: one department's part of it",
    )  # fmt: skip
    joint = models.BooleanField(
        default=False, db_default=False, help_text="Handled by its branches, each on its own clock"
    )
    text = models.TextField(blank=True)
    address = models.CharField(max_length=160, blank=True)
    geom = models.PointField(srid=SRID_WGS84, spatial_index=False)
    geom_3857 = web_geometry()
    complete = models.BooleanField(default=True, help_text="All declared photos are there")
    reported_at = models.DateTimeField(
        help_text="When the server received it: clocks start here, never earlier"
    )
    stage_since = models.DateTimeField()
    stage_due_at = models.DateTimeField(null=True, blank=True)
    limit_value = models.PositiveSmallIntegerField(null=True, blank=True)
    limit_unit = models.CharField(max_length=12, choices=LimitUnit, blank=True)
    clock_started_at = models.DateTimeField(null=True, blank=True, help_text="Handling clock: at dispatch")
    clock_stopped_at = models.DateTimeField(null=True, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    wait_ends_at = models.DateTimeField(
        null=True, blank=True, help_text="When a capped wait counts again; none: until somebody resumes"
    )
    paused_until = models.DateTimeField(null=True, blank=True, help_text="The platform resumes it then")
    due_at = models.DateTimeField(
        null=True, blank=True, help_text="Derived; promised until dispatch, then binding"
    )
    near_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When the last fifth of the limit begins, by the same clock as due_at",
    )
    calendar_version = models.BigIntegerField(default=0)
    rework_count = models.PositiveSmallIntegerField(default=0)
    extensions = models.PositiveSmallIntegerField(default=0)
    misdispatch_count = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="How often a returned case went to another department"
    )
    marks = ArrayField(
        models.CharField(max_length=24),
        default=list,
        db_default=[],
        blank=True,
        help_text="Facts that steps of the flow note, as verify_overdue",
    )
    reopened = models.BooleanField(default=False)
    exempt = models.BooleanField(default=False, help_text="Overdue excused by an accepted appeal")
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-reported_at"]
        verbose_name = _("case")
        indexes = [
            models.Index(fields=["cell_code", "stage"], name="case_cell_stage"),
            models.Index(fields=["department", "stage"], name="case_department_stage"),
            models.Index(fields=["-reported_at"], name="case_reported_at"),
            models.Index(fields=["reporter", "-reported_at"], name="case_reporter"),
            models.Index(fields=["due_at"], name="case_open_due", condition=models.Q(closed_at=None)),
            # What the platform does by itself (queries.DUE_STEPS): limits of stages passed, pauses that end.
            models.Index(fields=["stage_due_at"], name="case_stage_due", condition=models.Q(closed_at=None)),
            models.Index(
                fields=["paused_until"],
                name="case_paused_until",
                condition=models.Q(paused_until__isnull=False),
            ),
            models.Index(fields=["parent"], name="case_branches", condition=models.Q(parent__isnull=False)),
            GistIndex(fields=["geom"], name="case_geom"),
            web_index("case_geom_3857"),
            # What was finished here shortly before (duplicates.CAME_BACK). Only finished cases pay for it, no report does.
            GistIndex(
                fields=["category", "geom", "closed_at"],
                name="case_came_back",
                condition=models.Q(closed_at__isnull=False, clock_stopped_at__isnull=False, master=None),
            ),
        ]
        constraints = [
            county_matches(),
            models.CheckConstraint(
                name="case_branch_plain", condition=models.Q(parent=None) | models.Q(joint=False, master=None)
            ),
        ]

    def __str__(self) -> str:
        return self.number


class CaseHistory(Identified):
    """One step, never changed (a trigger refuses UPDATE and DELETE). ``seq`` has no gap; 1 is the report."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="history")
    seq = models.PositiveIntegerField()
    action = models.CharField(max_length=24)
    from_stage = models.CharField(max_length=24, blank=True)
    to_stage = models.CharField(max_length=24)
    actor = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    role = models.CharField(max_length=12, blank=True)
    department = models.ForeignKey(Department, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    text = models.TextField(blank=True)
    data = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["case", "seq"]
        verbose_name = _("history")
        # What moved since an instant (queries.map_points, asked by every open live map).
        indexes = [models.Index(fields=["at"], name="case_history_at")]
        constraints = [models.UniqueConstraint(fields=["case", "seq"], name="case_history_seq_unique")]

    def __str__(self) -> str:
        return f"{self.seq} {self.action}"


class ClockEntry(Identified):
    """Ledger of the handling clock; ``Case.due_at`` can be computed again from it."""

    class Kind(models.TextChoices):
        """What happened to the clock (clock_book says what each does)."""

        PROMISE = "promise", _("promise")
        START = "start", _("start")
        STOP = "stop", _("stop")
        PAUSE = "pause", _("pause")
        SPECIAL = "special", _("special procedure")
        SUPPLEMENT = "supplement", _("waiting for a supplement")
        RESUME = "resume", _("resume")
        EXTEND = "extend", _("extend")
        REDERIVE = "rederive", _("computed again")
        RELIMIT = "relimit", _("another limit")
        JOINT = "joint", _("latest of its branches")

    case = models.ForeignKey(Case, models.CASCADE, related_name="clock_entries")
    seq = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=12, choices=Kind)
    at = models.DateTimeField()
    amount = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Granted by an extension, or the most a wait may take"
    )
    amount_unit = models.CharField(max_length=12, choices=LimitUnit, blank=True, db_default="")
    hours_path = models.CharField(
        max_length=400, blank=True, db_default="", help_text="Department path whose office hours counted"
    )
    limit_value = models.PositiveSmallIntegerField(null=True, blank=True)
    limit_unit = models.CharField(max_length=12, choices=LimitUnit, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    calendar_version = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["case", "seq"]
        constraints = [models.UniqueConstraint(fields=["case", "seq"], name="clock_entry_seq_unique")]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M}"
