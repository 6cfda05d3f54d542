"""Numbered documents of cards, and the series their numbers come from."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from geodata.models.base import Identified, code_field
from gridmgmt.supervision.models.card import Card


class NoticeKind(models.TextChoices):
    """What is issued."""

    URGING = "urging", _("urging notice")
    RECOMMENDATION = "recommendation", _("supervision recommendation")


class NoticeSeries(models.Model):
    """Last number given per street, kind and year. Its row is locked until the notice is committed: no gaps."""

    street = code_field(9)
    kind = models.CharField(max_length=16, choices=NoticeKind)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("notice series")
        constraints = [
            models.UniqueConstraint(fields=["street", "kind", "year"], name="notice_series_unique")
        ]

    def __str__(self) -> str:
        return f"{self.street} {self.kind} {self.year}"


class Notice(Identified):
    """An issued document. ``content`` is everything it prints, frozen; the file is made once and kept with its hash."""

    card = models.OneToOneField(Card, models.PROTECT, related_name="notice")
    kind = models.CharField(max_length=16, choices=NoticeKind)
    street = code_field(9)
    year = models.PositiveSmallIntegerField()
    serial = models.PositiveIntegerField()
    number = models.CharField(max_length=60)
    issued_at = models.DateTimeField()
    content = models.JSONField()
    file = models.CharField(max_length=120, blank=True, default="", db_default="")
    sha256 = models.BinaryField(max_length=32, null=True, blank=True)
    made_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["street", "kind", "year", "serial"]
        verbose_name = _("notice")
        indexes = [
            models.Index(fields=["issued_at"], name="notice_without_file", condition=models.Q(file=""))
        ]
        constraints = [
            models.UniqueConstraint(fields=["street", "kind", "year", "serial"], name="notice_serial_unique"),
        ]

    def __str__(self) -> str:
        return self.number
