"""Text messages: sealed telephone numbers, templates as rows, and what was sent."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from geodata.models.base import Identified
from gridmgmt.cases.models import Case
from gridmgmt.organisation.models import User


class Phone(Identified):
    """A telephone number: sealed, findable by its keyed hash, shown masked. ``opted_out_at``: wants no messages."""

    number_sealed = models.BinaryField(editable=False)
    number_key = models.BinaryField(max_length=32, unique=True, editable=False)
    number_masked = models.CharField(max_length=24)
    opted_out_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("telephone number")

    def __str__(self) -> str:
        return self.number_masked


class StaffPhone(Identified):
    """Where somebody of the staff wants to be reached."""

    user = models.OneToOneField(User, models.CASCADE, related_name="staff_phone")
    phone = models.ForeignKey(Phone, models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return str(self.user_id)


class ReporterPhone(Identified):
    """The number a reporter left with a desk for one case."""

    case = models.OneToOneField(Case, models.CASCADE, related_name="reporter_phone")
    phone = models.ForeignKey(Phone, models.PROTECT, related_name="+")
    noted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    noted_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.case_id)


class MessageTemplate(models.Model):
    """What is written to whom at which step; ``body`` names variables like ``{number}`` (docs/messages.md)."""

    key = models.CharField(max_length=24, primary_key=True)
    name = models.CharField(max_length=40)
    action = models.CharField(max_length=24, help_text="Step of the flow that sends it")
    audience = models.CharField(
        max_length=16, help_text="Word of the flow: reporter, department, supervisor …"
    )
    body = models.CharField(max_length=300)
    provider_code = models.CharField(
        max_length=40, blank=True, help_text="The gateway's own number of the template"
    )
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["key"]
        verbose_name = _("message template")

    def __str__(self) -> str:
        return self.name


class Message(Identified):
    """One text message: once for an event, a template and a number. The text is sealed: it may hold a link."""

    class State(models.TextChoices):
        """How far it is."""

        WAITING = "waiting", _("waiting")
        SENT = "sent", _("handed to the gateway")
        DELIVERED = "delivered", _("delivered")
        FAILED = "failed", _("not delivered")
        REFUSED = "refused", _("not sent")

    event_id = models.UUIDField()
    template = models.ForeignKey(MessageTemplate, models.PROTECT, related_name="messages")
    phone = models.ForeignKey(Phone, models.PROTECT, related_name="messages")
    case = models.ForeignKey(Case, models.PROTECT, null=True, blank=True, related_name="+")
    content_sealed = models.BinaryField(editable=False, help_text="JSON of the variables")
    segments = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    error = models.CharField(max_length=60, blank=True)
    provider_id = models.CharField(max_length=80, blank=True)
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True, help_text="Receipt of the gateway")

    class Meta:
        ordering = ["-made_at", "-id"]
        verbose_name = _("text message")
        indexes = [
            models.Index(fields=["-made_at"], name="message_newest"),
            models.Index(fields=["phone", "sent_at"], name="message_phone"),
            models.Index(fields=["provider_id"], name="message_provider", condition=~Q(provider_id="")),
        ]
        constraints = [models.UniqueConstraint(fields=["event_id", "template", "phone"], name="message_once")]

    def __str__(self) -> str:
        return str(self.pk)
