"""Other programs that send residents' reports: each by a key of its own."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from geodata.models.base import Identified, code_field
from gridmgmt.cases.models import CaseSource
from gridmgmt.organisation.models import User


class ReportingKey(Identified):
    """A key of another program (docs/open311.md): 256 random bits, kept as a hash. Its reports carry ``source``, lie under
    ``scope_code`` and are ``account``'s, an account that nobody can sign in with."""

    name = models.CharField(max_length=60)
    digest = models.BinaryField(max_length=32, unique=True, editable=False)
    hint = models.CharField(max_length=12, help_text="How the key begins, to tell keys apart")
    source = models.ForeignKey(CaseSource, models.PROTECT, related_name="+")
    scope_code = code_field(9)
    account = models.OneToOneField(User, models.PROTECT, related_name="reporting_key")
    made_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-made_at"]
        verbose_name = _("reporting key")

    def __str__(self) -> str:
        return self.name
