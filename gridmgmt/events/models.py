"""The outbox, what is owed to each consumer of an event, and the other systems that want to be told."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from geodata.ids import uuid7
from geodata.models.base import Identified, code_field


class Parkable(models.Model):
    """Something that is tried a few times, then parked until a person tries it again or discards it with a reason.

    ``error`` names the kind of failure only: messages of exceptions may quote what nobody should read here.
    """

    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    parked_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True, default="", db_default="")
    discarded_at = models.DateTimeField(null=True, blank=True)
    discarded_by = models.UUIDField(null=True, blank=True, help_text="User; this app knows no users")
    discard_reason = models.CharField(max_length=200, blank=True, default="", db_default="")

    class Meta:
        abstract = True


class OutboxEvent(Parkable):
    """One thing that happened. The relay publishes it at least once; receivers know it by ``event_id``.

    ``cell_code`` and ``department_path`` say who may hear of it; ``payload`` holds no personal data.
    """

    id = models.BigAutoField(primary_key=True)
    event_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    topic = models.CharField(max_length=40)
    cell_code = code_field(16, blank=True)
    department_path = models.CharField(max_length=400, blank=True)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now())
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["id"], name="outbox_waiting", condition=Q(published_at=None, parked_at=None)
            ),
            models.Index(fields=["created_at"], name="outbox_created"),
            models.Index(fields=["parked_at"], name="outbox_parked", condition=Q(parked_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.event_id}"


OPEN = Q(done_at=None, parked_at=None)


class Delivery(Parkable):
    """One event owed to one consumer. The row is the truth; Redis only wakes whoever works it off."""

    id = models.BigAutoField(primary_key=True)
    event = models.ForeignKey(OutboxEvent, models.CASCADE, related_name="deliveries")
    consumer = models.CharField(max_length=120, help_text="Dotted function")
    target = models.CharField(
        max_length=36, blank=True, default="", db_default="", help_text="Subscription of a webhook"
    )
    queue = models.CharField(max_length=16)
    next_at = models.DateTimeField(db_default=Now(), help_text="Not tried before")
    done_at = models.DateTimeField(null=True, blank=True)
    result = models.JSONField(null=True, blank=True, help_text="What a webhook's receiver answered")

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["queue", "id"], name="delivery_open", condition=OPEN),
            models.Index(fields=["target", "id"], name="delivery_target", condition=~Q(target="")),
            models.Index(
                fields=["target", "id"], name="delivery_target_open", condition=OPEN & ~Q(target="")
            ),
            models.Index(fields=["parked_at"], name="delivery_parked", condition=Q(parked_at__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["event", "consumer", "target"], name="delivery_once"),
            models.CheckConstraint(
                name="delivery_one_end", condition=Q(done_at=None) | Q(parked_at=None, discarded_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.consumer} {self.event_id}"


class Subscription(Identified):
    """Another system that is told of events by signed POSTs (docs/messages.md). ``secret_sealed`` is never shown again."""

    name = models.CharField(max_length=60)
    url = models.CharField(max_length=400)
    topics = ArrayField(models.CharField(max_length=40))
    code_prefix = code_field(16, blank=True)
    secret_sealed = models.BinaryField(editable=False)
    active = models.BooleanField(default=True, db_default=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("webhook")

    def __str__(self) -> str:
        return self.name
