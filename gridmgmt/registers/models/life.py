"""Life events: rules that propose a service to a resident, and the to-dos they make. Never a watch list: the triggers are a
closed list, every to-do ends by itself and is forgotten, and what it says may be read out to the resident."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from geodata.models import Person
from geodata.models.base import Identified, code_field
from gridmgmt.organisation.models import Department, User


class LifeTrigger(models.TextChoices):
    """What may happen in a life that entitles to a service; the database knows no other."""

    BIRTH = "birth", _("birth of a child")
    MARRIAGE = "marriage", _("marriage")
    DEATH = "death", _("death of a relative")
    TURNED_60 = "turned_60", _("turned 60")
    TURNED_80 = "turned_80", _("turned 80")
    MOVED_IN = "moved_in", _("moved in")


class LifeRule(models.Model):
    """On this event, propose this service: legal basis, the words for the resident, the department that offers it."""

    key = models.CharField(max_length=40, primary_key=True, db_collation="C")
    trigger = models.CharField(max_length=9, choices=LifeTrigger)
    department_key = models.CharField(max_length=40)
    service = models.CharField(max_length=60)
    service_en = models.CharField(max_length=80)
    basis = models.CharField(max_length=120)
    basis_en = models.CharField(max_length=160)
    words = models.CharField(max_length=300)
    words_en = models.CharField(max_length=400)
    due_days = models.PositiveSmallIntegerField(help_text="The department should have asked by then")
    expire_days = models.PositiveSmallIntegerField(help_text="After so many days the to-do ends by itself")
    active = models.BooleanField(default=True)
    changed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["trigger", "key"]
        verbose_name = _("life rule")
        constraints = [
            models.CheckConstraint(
                name="liferule_trigger_known", condition=Q(trigger__in=LifeTrigger.values)
            ),
            models.CheckConstraint(name="liferule_has_basis", condition=~Q(basis="") & ~Q(words="")),
            models.CheckConstraint(
                name="liferule_expires", condition=Q(expire_days__gt=0, expire_days__lte=365)
            ),
        ]

    def __str__(self) -> str:
        return self.service


class TodoState(models.TextChoices):
    """What became of a proposal."""

    OPEN = "open", _("open")
    DONE = "done", _("done")
    NOT_WANTED = "not_wanted", _("not wanted")
    EXPIRED = "expired", _("expired")


class LifeTodo(Identified):
    """One proposal to one resident, owed by one department. A person, a rule and an occasion make one, once.

    It is where its person is."""

    rule = models.ForeignKey(LifeRule, models.PROTECT, related_name="todos")
    person = models.ForeignKey(Person, models.PROTECT, related_name="life_todos")
    occasion = models.CharField(max_length=12, db_collation="C", help_text="60, 80, or the day of the event")
    county = code_field(6)
    department = models.ForeignKey(Department, models.PROTECT, related_name="+")
    happened_on = models.DateField()
    made_at = models.DateTimeField()
    due_on = models.DateField()
    expires_on = models.DateField()
    state = models.CharField(max_length=10, choices=TodoState, default=TodoState.OPEN)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["due_on", "id"]
        verbose_name = _("life to-do")
        indexes = [
            models.Index(fields=["department", "due_on"], name="lifetodo_open", condition=Q(state="open")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["rule", "person", "occasion"], name="lifetodo_once"),
            models.CheckConstraint(
                name="lifetodo_not_wanted_has_reason", condition=~Q(state="not_wanted") | ~Q(reason="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.occasion}"
