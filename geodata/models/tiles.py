"""Which parts of which tile layer an edit touched, until the cache has heard of it."""

from __future__ import annotations

from django.db import models


class TileDirt(models.Model):
    """A box (EPSG:3857, whole metres) of one layer in which something changed; triggers write, the scheduler drains."""

    id = models.BigAutoField(primary_key=True)
    layer = models.CharField(max_length=16)
    x0 = models.IntegerField()
    y0 = models.IntegerField()
    x1 = models.IntegerField()
    y1 = models.IntegerField()

    class Meta:
        verbose_name = "tile dirt"

    def __str__(self) -> str:
        return f"{self.layer} {self.x0},{self.y0} {self.x1},{self.y1}"
