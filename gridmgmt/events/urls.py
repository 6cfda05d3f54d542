"""Address of the live feed."""

from __future__ import annotations

from django.urls import URLPattern, path

from gridmgmt.events.feed import events

urlpatterns: list[URLPattern] = [path("events", events, name="feed-events")]
