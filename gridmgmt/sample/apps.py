"""Application sample."""

from __future__ import annotations

from django.apps import AppConfig


class SampleConfig(AppConfig):
    """Sample data; no models."""

    name = "gridmgmt.sample"
