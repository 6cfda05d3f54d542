"""The outbox: every side effect waits here, written in the transaction that causes it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from geodata.ids import uuid7
from geodata.models.base import code_field


class OutboxEvent(models.Model):
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
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    parked_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True, default="", db_default="")

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["id"], name="outbox_waiting", condition=Q(published_at=None, parked_at=None)
            ),
            models.Index(fields=["created_at"], name="outbox_created"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.event_id}"
