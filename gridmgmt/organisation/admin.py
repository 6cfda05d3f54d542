"""Administration pages for those who run the installation; personal tables are not registered."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from gridmgmt.organisation.models import Department, Device, Duty, Grant, User


class UserCreation(AdminUserCreationForm):
    """A new user of our own model."""

    class Meta:
        model = User
        fields = ("username", "name")


class GrantInline(admin.TabularInline):
    """Roles of a user."""

    model = Grant
    extra = 0


@admin.register(User)
class UserPage(UserAdmin):
    """Users with their roles."""

    form = UserChangeForm
    add_form = UserCreation
    ordering = ("username",)
    list_display = ("username", "name", "is_active", "is_staff")
    search_fields = ("username", "name")
    inlines = (GrantInline,)
    fieldsets = (
        (None, {"fields": ("username", "password", "name", "language")}),
        (_("Access"), {"fields": ("is_active", "is_staff", "is_superuser")}),
    )
    add_fieldsets = ((None, {"fields": ("username", "name", "usable_password", "password1", "password2")}),)
    list_filter = ("is_active", "is_staff")
    filter_horizontal = ()


@admin.register(Department)
class DepartmentPage(admin.ModelAdmin):
    """Departments. They are closed on the page of departments, which looks what they have in hand; none is deleted."""

    readonly_fields = ("active", "last_resort")
    list_display = ("name", "key", "scope_code", "level", "active", "last_resort")
    list_filter = ("level", "active")
    search_fields = ("name", "key", "scope_code")

    def has_delete_permission(self, request: HttpRequest, obj: Department | None = None) -> bool:
        """Never: history names them."""
        return False


@admin.register(Duty)
class DutyPage(admin.ModelAdmin):
    """Who answers for a cell."""

    list_display = ("scope_code", "user", "department", "rank", "valid_from", "valid_to")
    search_fields = ("scope_code",)


@admin.register(Device)
class DevicePage(admin.ModelAdmin):
    """Phones; a lost one is revoked here."""

    list_display = ("name", "user", "platform", "created_at", "last_seen_at", "revoked_at")
    readonly_fields = (
        "user", "installation", "token_digest", "created_at", "last_seen_at", "told_at", "queue_seq", "waiting",
        "waiting_photos", "refused", "oldest_at", "app", "free_bytes",
    )  # fmt: skip
    search_fields = ("user__username", "name")

    def has_add_permission(self, request: Any) -> bool:
        """Devices enrol themselves by signing in."""
        return False
