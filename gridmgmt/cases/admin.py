"""Administration pages of reference data. Cases move by steps only and are not edited here."""

from __future__ import annotations

from django.contrib import admin

from gridmgmt.cases.models import CaseSource, CaseStandard, Category, ComponentOwner


class StandardInline(admin.TabularInline):
    """Standards of a category."""

    model = CaseStandard
    extra = 0


@admin.register(Category)
class CategoryPage(admin.ModelAdmin):
    """Categories with their standards."""

    list_display = ("key", "name", "name_en", "kind", "rank", "active")
    list_filter = ("kind", "active")
    search_fields = ("key", "name", "name_en", "initials")
    inlines = (StandardInline,)


admin.site.register(CaseSource)
admin.site.register(ComponentOwner)
