"""People. Numbers that identify somebody are stored sealed, with a search key and a masked form."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from geodata.models.base import CODE_COLLATION, Located, code_field, county_matches
from geodata.models.building import Building


class Sex(models.IntegerChoices):
    """GB/T 2261.1."""

    UNKNOWN = 0, _("unknown")
    MALE = 1, _("male")
    FEMALE = 2, _("female")
    UNSTATED = 9, _("not stated")


class LifeState(models.TextChoices):
    """Whether somebody still lives here."""

    PRESENT = "present", _("present")
    MOVED_OUT = "moved_out", _("moved out")
    DEAD = "dead", _("dead")


class Person(Located):
    """A resident. Where somebody is: ``building`` (where they actually live), never a point of their own."""

    building = models.ForeignKey(Building, models.PROTECT, null=True, blank=True, related_name="people")
    name = models.CharField(max_length=50, db_collation=CODE_COLLATION)
    name_initials = models.CharField(
        max_length=16,
        blank=True,
        editable=False,
        db_collation=CODE_COLLATION,
        help_text="Filled by a trigger",
    )
    id_type = models.CharField(max_length=3, default="111", help_text="GA/T 517: 111 resident ID card")
    id_no_sealed = models.BinaryField(null=True, editable=False)
    id_no_key = models.BinaryField(null=True, editable=False, max_length=32)
    id_no_masked = models.CharField(max_length=24, blank=True, editable=False)
    phone_sealed = models.BinaryField(null=True, editable=False)
    phone_key = models.BinaryField(null=True, editable=False, max_length=32)
    phone_masked = models.CharField(max_length=24, blank=True, editable=False)
    sex = models.PositiveSmallIntegerField(choices=Sex, default=Sex.UNKNOWN)
    birth_date = models.DateField(null=True, blank=True)
    education = code_field(2, blank=True)
    marital = code_field(2, blank=True)
    employment = code_field(2, blank=True)
    life_state = models.CharField(max_length=10, choices=LifeState, default=LifeState.PRESENT)
    lives_alone = models.BooleanField(default=False)
    updated_at = models.DateTimeField(auto_now=True, db_default=Now())

    class Meta:
        ordering = ["id"]
        verbose_name = _("person")
        indexes = [
            models.Index(fields=["cell_code"], name="person_cell"),
            models.Index(
                fields=["building"], include=["birth_date", "sex", "lives_alone"], name="person_building"
            ),
            models.Index(fields=["phone_key"], name="person_phone", condition=~Q(phone_key=None)),
            # Names and initials that begin with something, in the order in which lists go on (registers.search).
            models.Index(fields=["name", "id"], name="person_name"),
            models.Index(fields=["name_initials", "name", "id"], name="person_initials"),
        ]
        constraints = [
            county_matches(),
            models.UniqueConstraint(
                fields=["county", "id_no_key"], condition=~Q(id_no_key=None), name="person_id_no_unique"
            ),
            models.CheckConstraint(
                name="person_id_no_whole",
                condition=Q(id_no_sealed=None, id_no_key=None, id_no_masked="")
                | (Q(id_no_sealed__isnull=False, id_no_key__isnull=False) & ~Q(id_no_masked="")),
            ),
            models.CheckConstraint(
                name="person_birth_date_sane",
                condition=Q(birth_date=None) | Q(birth_date__gte="1870-01-01"),
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
