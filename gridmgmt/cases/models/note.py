"""Work that came too late to be a step: kept on the case, beside its history."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from gridmgmt.cases.models.case import Case
from gridmgmt.organisation.models import Device, User


class CaseNote(models.Model):
    """What somebody wrote for a step that a phone could not deliver in time. The id is the step's own key, ``version`` the
    version of the case they had looked at, ``refused`` the code of the refusal."""

    id = models.UUIDField(primary_key=True, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="notes")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    device = models.ForeignKey(Device, models.SET_NULL, null=True, blank=True, related_name="+")
    action = models.CharField(max_length=24)
    text = models.TextField(blank=True)
    fields = models.JSONField(default=dict)
    version = models.PositiveIntegerField()
    refused = models.CharField(max_length=24)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        verbose_name = _("case note")

    def __str__(self) -> str:
        return f"{self.action} {self.refused}"
