"""Administration page of the rules. Cards and documents move by steps only and are not edited here."""

from __future__ import annotations

from django.contrib import admin

from gridmgmt.supervision.models import SupervisionRule


@admin.register(SupervisionRule)
class SupervisionRulePage(admin.ModelAdmin):
    """Rules with their validity."""

    list_display = (
        "key",
        "name",
        "watches",
        "trigger",
        "level",
        "document",
        "score",
        "active",
        "valid_from",
        "valid_to",
    )
    list_filter = ("watches", "trigger", "level", "active")
    search_fields = ("key", "name", "name_en")
