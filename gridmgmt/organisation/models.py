"""Departments, users, roles, duty, devices and their tokens, shifts, where somebody on duty was last, counted tries."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.gis.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from geodata.crs import SRID_WGS84
from geodata.ids import uuid7
from geodata.models.base import Identified, code_field


class DepartmentLevel(models.TextChoices):
    """Where a department stands."""

    COUNTY = "county", _("county")
    STREET = "street", _("street")
    COMMUNITY = "community", _("community")


class Department(Identified):
    """A department in the tree of its level. ``path`` is the keys from the top, "/" between and around."""

    key = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120, blank=True)
    level = models.CharField(max_length=10, choices=DepartmentLevel)
    kind = models.CharField(max_length=24, blank=True)
    handles = models.CharField(max_length=200, blank=True)
    scope_code = code_field(12)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    path = models.CharField(max_length=400, db_collation="C")
    last_resort = models.BooleanField(default=False, help_text="Owns what no rule gives to anybody")
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["scope_code", "path"]
        verbose_name = _("department")
        indexes = [models.Index(fields=["path"], name="department_path")]
        constraints = [
            models.UniqueConstraint(fields=["scope_code", "key"], name="department_key_unique"),
            models.UniqueConstraint(
                fields=["scope_code"], condition=Q(last_resort=True), name="department_one_last_resort"
            ),
            models.CheckConstraint(name="department_path_form", condition=Q(path__regex=r"^/([^/]+/)+$")),
        ]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """Creates users; needed by Django's own commands."""

    def create_user(self, username: str, password: str | None = None, **fields: object) -> User:
        """A user who may sign in with a password."""
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields: object) -> User:
        """An administrator of the installation."""
        return self.create_user(username, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who signs in. What they may see and do comes from their grants, not from this row."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    username = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=60)
    language = models.CharField(max_length=10, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False, help_text="May open the administration pages")
    created_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        verbose_name = _("user")

    def __str__(self) -> str:
        return self.name or self.username


class Role(models.TextChoices):
    """What somebody does; the transition table speaks of these."""

    WORKER = "worker", _("grid worker")
    ACCEPTOR = "acceptor", _("acceptor")
    REGISTRAR = "registrar", _("registrar")
    DISPATCHER = "dispatcher", _("dispatcher")
    HANDLER = "handler", _("department handler")
    LEADER = "leader", _("leader")
    SUPERVISOR = "supervisor", _("supervisor")
    STAFF = "staff", _("street staff")
    IMPORTER = "importer", _("importer")
    ADMIN = "admin", _("administrator")


# Roles that see only what their own department has in hand, not all of the area.
DEPARTMENT_ROLES = frozenset({Role.HANDLER})


class Grant(Identified):
    """A user holds a role for every code that starts with ``scope_code``, in a department."""

    user = models.ForeignKey(User, models.CASCADE, related_name="grants")
    role = models.CharField(max_length=12, choices=Role)
    scope_code = code_field(16)
    department = models.ForeignKey(Department, models.PROTECT, null=True, blank=True, related_name="grants")
    valid_from = models.DateTimeField(db_default=Now())
    valid_to = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("grant")
        # Who holds a role for a cell (cases_choose_worker, colleagues of a task).
        indexes = [models.Index(fields=["scope_code", "role"], name="grant_scope_role")]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "scope_code", "department"],
                condition=Q(valid_to=None),
                name="grant_unique_open",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="grant_handler_has_department",
                condition=~Q(role=Role.HANDLER) | Q(department__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role}@{self.scope_code}"


class Duty(Identified):
    """Who answers for the cells under a code: a worker, or a department for a community."""

    scope_code = code_field(16)
    user = models.ForeignKey(User, models.CASCADE, null=True, blank=True, related_name="duties")
    department = models.ForeignKey(Department, models.CASCADE, null=True, blank=True, related_name="duties")
    rank = models.PositiveSmallIntegerField(default=1, help_text="1 first, 2 stand-in")
    valid_from = models.DateTimeField(db_default=Now())
    valid_to = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("duty")
        indexes = [models.Index(fields=["scope_code"], name="duty_scope")]
        constraints = [
            models.CheckConstraint(
                name="duty_user_or_department",
                condition=Q(user__isnull=False, department=None) | Q(user=None, department__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.scope_code


class Device(Identified):
    """A phone with its own token; ``token_digest`` is the key of the token table (knox).

    ``installation`` is the number the phone's program made for itself: signing in again from it keeps the row. ``vault`` is
    the sealed key by which that program encrypts what it stores (vaults.py); it never changes.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="devices")
    installation = models.UUIDField(null=True, blank=True)
    vault = models.BinaryField(null=True)
    name = models.CharField(max_length=80, blank=True)
    platform = models.CharField(max_length=40, blank=True)
    token_digest = models.CharField(max_length=128, unique=True, null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    last_seen_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    # What the phone last told about its own queue: what waits there is nowhere else yet.
    told_at = models.DateTimeField(null=True, blank=True)
    queue_seq = models.BigIntegerField(default=0)
    waiting = models.PositiveIntegerField(default=0)
    waiting_photos = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    oldest_at = models.DateTimeField(null=True, blank=True, help_text="By the phone's clock")
    app = models.CharField(max_length=40, blank=True)
    free_bytes = models.BigIntegerField(null=True, blank=True)
    enrolled_at = models.DateTimeField(null=True, blank=True)
    wipe_asked_at = models.DateTimeField(null=True, blank=True)
    wiped_at = models.DateTimeField(null=True, blank=True)
    wiped_waiting = models.PositiveIntegerField(default=0, help_text="Entries that went with the last wipe")

    class Meta:
        verbose_name = _("device")
        constraints = [
            models.UniqueConstraint(fields=["user", "installation"], name="device_installation_unique"),
        ]

    def __str__(self) -> str:
        return self.name or str(self.pk)


class Enrolment(Identified):
    """A code by which an administrator lets one person's phone in: for a day, once, kept as a keyed hash."""

    user = models.ForeignKey(User, models.CASCADE, related_name="enrolments")
    code_key = models.BinaryField(max_length=32, unique=True, editable=False)
    made_by = models.ForeignKey(User, models.CASCADE, related_name="+")
    made_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    device = models.ForeignKey(Device, models.SET_NULL, null=True, blank=True, related_name="enrolments")

    class Meta:
        verbose_name = _("enrolment")

    def __str__(self) -> str:
        return f"{self.user_id} until {self.ends_at:%Y-%m-%d %H:%M}"


class FormerToken(models.Model):
    """A token that a later sign-in from the same installation replaced; kept so that it is told why it no longer works."""

    digest = models.CharField(max_length=128, primary_key=True)
    device = models.ForeignKey(Device, models.CASCADE, related_name="former_tokens")
    ended_at = models.DateTimeField()

    class Meta:
        verbose_name = _("former token")

    def __str__(self) -> str:
        return f"{self.device_id} until {self.ended_at:%Y-%m-%d %H:%M}"


class PositionToken(models.Model):
    """The secret by which a phone's background tracker says where it is: of one device, for positions alone, kept as a
    hash. It opens nothing else, and the device's own token (knox) opens nothing here."""

    device = models.OneToOneField(Device, models.CASCADE, primary_key=True, related_name="position_token")
    digest = models.BinaryField(max_length=32, unique=True, editable=False)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("position token")

    def __str__(self) -> str:
        return str(self.device_id)


class Shift(Identified):
    """Hours somebody is on duty. An open one ends by itself at ``ends_by``: a forgotten phone is nobody on duty."""

    class End(models.TextChoices):
        """How it ended."""

        SIGNED_OFF = "signed_off", _("signed off")
        EXPIRED = "expired", _("ran out")

    user = models.ForeignKey(User, models.CASCADE, related_name="shifts")
    device = models.ForeignKey(Device, models.SET_NULL, null=True, blank=True, related_name="+")
    started_at = models.DateTimeField()
    ends_by = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended = models.CharField(max_length=12, choices=End, blank=True)

    class Meta:
        verbose_name = _("shift")
        indexes = [models.Index(fields=["user", "-started_at"], name="shift_user")]
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(ended_at=None), name="shift_one_open"),
            models.CheckConstraint(name="shift_forward", condition=Q(ends_by__gt=models.F("started_at"))),
            models.CheckConstraint(
                name="shift_end_told",
                condition=Q(ended_at=None, ended="") | (Q(ended_at__isnull=False) & ~Q(ended="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.started_at:%Y-%m-%d %H:%M}"


class LastPosition(models.Model):
    """Where somebody on shift was last; one row a shift, gone when the shift ends or it is an hour old."""

    shift = models.OneToOneField(Shift, models.CASCADE, primary_key=True, related_name="position")
    geom = models.PointField(srid=SRID_WGS84, spatial_index=False)
    datum = models.CharField(max_length=16)
    source_x = models.FloatField()
    source_y = models.FloatField()
    accuracy_m = models.FloatField(null=True, blank=True)
    captured_at = models.DateTimeField(help_text="By the phone's clock")
    received_at = models.DateTimeField(help_text="By ours")

    class Meta:
        verbose_name = _("last position")

    def __str__(self) -> str:
        return f"{self.shift_id} {self.received_at:%H:%M}"


class TryBudget(models.Model):
    """Tries of one name, number or address in the window that runs; gone after minutes. Not an audit: see tries.py."""

    key = models.BinaryField(primary_key=True, max_length=32)
    ends_at = models.DateTimeField()
    count = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("count of tries")
        indexes = [models.Index(fields=["ends_at"], name="try_budget_ends_at")]

    def __str__(self) -> str:
        return f"{self.count} until {self.ends_at:%H:%M}"
