"""What the scan did: for the page ("last look at …") and for catching up after downtime."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class SupervisionScan(models.Model):
    """One scan. ``seen_to`` is the instant up to which finished work has been looked at."""

    at = models.DateTimeField()
    seen_to = models.DateTimeField()
    raised = models.PositiveIntegerField(default=0)
    took_ms = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("scan")
        indexes = [models.Index(fields=["-seen_to"], name="supervision_scan_seen")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.raised}"
