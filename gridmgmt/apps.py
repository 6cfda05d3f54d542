"""The project itself: health page, database objects, commands."""

from __future__ import annotations

from django.apps import AppConfig


class GridmgmtConfig(AppConfig):
    """Project-wide commands."""

    name = "gridmgmt"
