"""Which tiles an edit touched, until the cache has heard of it."""

from __future__ import annotations

from django.db import models


class TileDirt(models.Model):
    """One z14 square of one layer in which something changed; written by triggers, drained by the scheduler."""

    id = models.BigAutoField(primary_key=True)
    layer = models.CharField(max_length=16)
    x = models.IntegerField()
    y = models.IntegerField()

    class Meta:
        verbose_name = "tile dirt"

    def __str__(self) -> str:
        return f"{self.layer}/14/{self.x}/{self.y}"
