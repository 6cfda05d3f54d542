"""Is there data for an indicator? One test a source; an app that brings the data makes its test answer yes."""

from __future__ import annotations

from django.apps import apps


def always() -> bool:
    """Cases are the core: their facts always exist."""
    return True


def ratings() -> bool:
    """Ratings by residents."""
    return _model("contact", "Rating")


def cards() -> bool:
    """Yellow and red cards."""
    return _model("supervision", "Card")


def fixes() -> bool:
    """A line of positions per shift; the last position alone tells no silence."""
    return _model("patrol", "Fix")


def services() -> bool:
    """Applications at the counter."""
    return _model("counter", "Application")


def queue() -> bool:
    """Tickets of the queue."""
    return _model("counter", "QueueTicket")


def _model(app: str, name: str) -> bool:
    return name.lower() in apps.all_models.get(app, {})
