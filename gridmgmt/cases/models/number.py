"""Where a day's case numbers begin."""

from __future__ import annotations

from django.db import models


class NumberDay(models.Model):
    """Value of the sequence ``cases_number_seq`` when the first number of a prefix was given out on a day.

    A number is the distance from it: unique without any lock between reports; refused inserts leave gaps.
    """

    prefix = models.CharField(max_length=8)
    day = models.CharField(max_length=8, help_text="YYYYMMDD, local")
    base = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["prefix", "day"], name="number_day_unique")]

    def __str__(self) -> str:
        return f"{self.prefix}{self.day}"
