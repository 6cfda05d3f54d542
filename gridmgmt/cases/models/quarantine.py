"""Bodies of phones that could not be read: kept sealed until somebody has dealt with them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from geodata.models.base import Identified, code_field
from gridmgmt.organisation.models import Device, User


class QuarantineKind(models.TextChoices):
    """What the phone meant to send."""

    REPORT = "report", _("report")
    AMENDMENT = "amendment", _("amendment")
    STEP = "step", _("step")


class QuarantineState(models.TextChoices):
    """What became of it."""

    NEW = "new", _("not looked at")
    LOOKED = "looked", _("looked at")
    TAKEN = "taken", _("taken in by hand")
    VOID = "void", _("void")


class Quarantined(Identified):
    """A body as it came, sealed; the same bytes of the same device are one row. ``subject_id`` is the number in the address
    (report, amendment, case), ``body_key`` a keyed hash of the bytes, ``faults`` fields and codes without values."""

    device = models.ForeignKey(Device, models.PROTECT, related_name="+")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    place_code = code_field(16, blank=True)
    kind = models.CharField(max_length=12, choices=QuarantineKind)
    subject_id = models.UUIDField()
    app = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=40)
    faults = models.JSONField(default=list)
    size = models.PositiveIntegerField()
    body = models.BinaryField()
    body_key = models.BinaryField(max_length=32)
    received_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=QuarantineState, default=QuarantineState.NEW)
    state_at = models.DateTimeField(null=True, blank=True)
    state_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-received_at", "-id"]
        verbose_name = _("quarantined body")
        indexes = [
            models.Index(fields=["device", "received_at"], name="quarantine_device_day"),
            models.Index(fields=["received_at"], condition=Q(state="new"), name="quarantine_new"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["device", "kind", "subject_id", "body_key"], name="quarantine_same_bytes"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.reason}"
