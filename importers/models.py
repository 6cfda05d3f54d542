"""What an import leaves behind: the batch, what was found in it, and the rows as they were before."""

from __future__ import annotations

from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from geodata.crs import SRID_WGS84
from geodata.models import Building
from geodata.models.base import Identified, code_field


class BatchState(models.TextChoices):
    """See states.NEXT for what may follow what."""

    RECEIVED = "received", _("received")
    READ = "read", _("read")
    CHECKED = "checked", _("checked")
    APPLIED = "applied", _("applied")
    UNDONE = "undone", _("undone")
    FAILED = "failed", _("failed")
    DISCARDED = "discarded", _("discarded")


class ImportBatch(Identified):
    """One file on its way into the registers. ``profile`` is the mapping as it was used, whole."""

    kind = models.CharField(max_length=16)
    profile = models.JSONField(default=dict)
    profile_name = models.CharField(max_length=60, blank=True)
    file_name = models.CharField(max_length=200)
    format = models.CharField(max_length=12)
    size_bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64, db_collation="C")
    county = code_field(6, blank=True)
    prefixes = models.JSONField(default=list, help_text="Code prefixes that the batch may write under")
    state = models.CharField(max_length=10, choices=BatchState, default=BatchState.RECEIVED)
    wanted = models.CharField(max_length=10, blank=True, help_text="State a job was asked to reach")
    wanted_at = models.DateTimeField(null=True, blank=True)
    step = models.CharField(max_length=24, blank=True, help_text="What is being done now")
    step_at = models.DateTimeField(null=True, blank=True, help_text="Since when that is being done")
    rows_done = models.BigIntegerField(default=0)
    rows_expected = models.BigIntegerField(
        default=0, help_text="An estimate from the file's size; 0: unknown"
    )
    counts = models.JSONField(default=dict)
    summary = models.JSONField(default=dict, help_text="Mapping used, datum, dropped columns, edition made")
    error = models.JSONField(default=dict)
    created_by = models.UUIDField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    checked_at = models.DateTimeField(null=True, blank=True)
    applied_at = models.DateTimeField(null=True, blank=True)
    applied_by = models.UUIDField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.UUIDField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("import batch")
        indexes = [
            models.Index(fields=["kind", "sha256"], name="importbatch_file"),
            models.Index(fields=["created_by"], name="importbatch_by"),
        ]
        constraints = [
            models.CheckConstraint(name="importbatch_state_known", condition=Q(state__in=BatchState.values)),
            models.CheckConstraint(
                name="importbatch_applied_has_time",
                condition=~Q(state__in=["applied", "undone"]) | Q(applied_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.file_name}"


class Severity(models.TextChoices):
    """How much a finding weighs."""

    ERROR = "error", _("rejected")
    CONFLICT = "conflict", _("conflict")
    NOTE = "note", _("note")


class ImportFinding(models.Model):
    """One reason about one row: where it stands in the file, what is wrong, in which column."""

    id = models.BigAutoField(primary_key=True)
    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="findings", db_index=False)
    row_no = models.BigIntegerField()
    ref = models.CharField(max_length=80)
    severity = models.CharField(max_length=8, choices=Severity)
    code = models.CharField(max_length=40)
    field = models.CharField(max_length=80, blank=True)
    value = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["row_no", "id"]
        verbose_name = _("import finding")
        indexes = [models.Index(fields=["batch", "severity", "code", "row_no"], name="importfinding_code")]

    def __str__(self) -> str:
        return f"{self.ref}: {self.code}"


class ImportImage(models.Model):
    """A row as it was before a batch wrote it; ``before`` is empty for rows that the batch made (many tables: ImportMade).

    ``after`` is a fingerprint of what the batch wrote, for tables without a time of the last change."""

    id = models.BigAutoField(primary_key=True)
    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="images", db_index=False)
    table_name = models.CharField(max_length=40, db_default="", db_collation="C")
    row_key = models.CharField(max_length=36, db_collation="C")
    before = models.JSONField(null=True)
    after = models.CharField(max_length=32, db_default="", db_collation="C")
    geom = models.GeometryField(srid=SRID_WGS84, null=True, spatial_index=False)

    class Meta:
        verbose_name = _("row before an import")
        constraints = [
            models.UniqueConstraint(fields=["batch", "table_name", "row_key"], name="importimage_row_once"),
        ]

    def __str__(self) -> str:
        return self.row_key


class ImportMade(models.Model):
    """Rows that a batch made in one of several tables, many in one row: their keys, and a fingerprint of each as written."""

    id = models.BigAutoField(primary_key=True)
    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="made", db_index=False)
    table_name = models.CharField(max_length=40, db_collation="C")
    row_keys = ArrayField(models.UUIDField())
    prints = ArrayField(models.UUIDField())

    class Meta:
        verbose_name = _("rows made by an import")
        indexes = [models.Index(fields=["batch", "table_name"], name="importmade_table")]

    def __str__(self) -> str:
        return f"{self.table_name} {len(self.row_keys)}"


class AddressQuestion(Identified):
    """An address of a batch that no machine may place: which building is meant? One answer serves all its rooms."""

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="questions")
    alias = models.CharField(max_length=200, db_collation="C")
    text = models.CharField(max_length=160, help_text="The address without its room")
    rows = models.PositiveIntegerField(default=0)
    candidates = models.JSONField(default=list, help_text="[building, score, why], best first")
    building = models.ForeignKey(Building, models.SET_NULL, null=True, blank=True, related_name="+")
    decided_by = models.UUIDField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-rows", "alias"]
        verbose_name = _("address question")
        constraints = [
            models.UniqueConstraint(fields=["batch", "alias"], name="addressquestion_once"),
        ]

    def __str__(self) -> str:
        return self.text


class AddressAlias(Identified):
    """A way of writing an address that somebody said means a building; it is asked first the next time."""

    county = code_field(6)
    alias = models.CharField(max_length=200, db_collation="C")
    building = models.ForeignKey(Building, models.CASCADE, related_name="address_aliases")
    decided_by = models.UUIDField(null=True, blank=True)
    decided_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("address alias")
        constraints = [
            models.UniqueConstraint(fields=["county", "alias"], name="addressalias_once"),
        ]

    def __str__(self) -> str:
        return self.alias


class SavedProfile(Identified):
    """A mapping an office has corrected and kept for the next file of the same source. Those that ship are files."""

    scope_code = code_field(12, blank=True)
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=16)
    data = models.JSONField(default=dict, help_text="As in profiles/*.json")
    created_by = models.UUIDField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    updated_by = models.UUIDField(null=True, blank=True)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["kind", "name"]
        verbose_name = _("saved profile")
        constraints = [
            models.UniqueConstraint(fields=["scope_code", "name"], name="savedprofile_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Choice(models.TextChoices):
    """What somebody decided about a row in conflict."""

    TAKE = "take", _("the file is right")
    KEEP = "keep", _("leave the row out")
    CANDIDATE = "candidate", _("this one is meant")
    NEW = "new", _("somebody new")


class RowDecision(Identified):
    """What to do with a row of a file that no machine may judge. It holds for this file whenever it is imported under the
    same places, as long as the row is in conflict for the same reason."""

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="decisions")
    kind = models.CharField(max_length=16)
    sha256 = models.CharField(max_length=64, db_collation="C")
    places = models.TextField(
        blank=True,
        db_default="",
        db_collation="C",
        help_text="Code prefixes of the imports it holds for, sorted",
    )
    ref = models.CharField(max_length=80, db_collation="C")
    code = models.CharField(max_length=40)
    choice = models.CharField(max_length=10, choices=Choice)
    target = models.CharField(max_length=36, blank=True, db_collation="C", help_text="The row that is meant")
    decided_by = models.UUIDField(null=True, blank=True)
    decided_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-decided_at", "ref"]
        verbose_name = _("row decision")
        constraints = [
            models.UniqueConstraint(fields=["kind", "sha256", "places", "ref"], name="rowdecision_once"),
            models.CheckConstraint(
                name="rowdecision_candidate_has_target",
                condition=Q(choice="candidate") & ~Q(target="") | ~Q(choice="candidate") & Q(target=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ref}: {self.choice}"


class MarkedCopy(Identified):
    """The uploader's own file with its faults marked; made on demand, for nobody else, and gone after some days."""

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="marked_copies")
    asked_by = models.UUIDField()
    asked_at = models.DateTimeField(db_default=Now())
    made_at = models.DateTimeField(null=True, blank=True)
    marked_rows = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["-asked_at"]
        verbose_name = _("marked copy")
        constraints = [
            models.UniqueConstraint(fields=["batch"], name="markedcopy_once"),
        ]

    def __str__(self) -> str:
        return str(self.batch_id)
