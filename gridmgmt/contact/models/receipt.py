"""Receipts: with number and code a reporter follows a case without an account."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from geodata.models.base import Identified
from gridmgmt.cases.models import Case
from gridmgmt.organisation.models import User


class Receipt(Identified):
    """The code of a case, hashed; a new one replaces it. Made on first need, so intake pays nothing for it."""

    case = models.OneToOneField(Case, models.PROTECT, related_name="receipt")
    code_hash = models.CharField(max_length=160, editable=False)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("receipt")

    def __str__(self) -> str:
        return str(self.case_id)
