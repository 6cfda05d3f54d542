"""Periodic tasks of the platform's own: owed jobs, old outbox rows, expired sessions, tile revisions."""

from __future__ import annotations

from datetime import datetime

from django.contrib.sessions.backends.db import SessionStore

from geodata.tiles import invalidation
from gridmgmt.events import jobs, outbox
from gridmgmt.events.link import client


def sweep_owed_jobs(now: datetime) -> None:
    """Wake workers for what Redis forgot and for what waits for its next try."""
    jobs.sweep(client())


def prune_outbox(now: datetime) -> None:
    """Forget events published more than a week ago."""
    outbox.prune(now)


def clear_sessions(now: datetime) -> None:
    """Delete expired sessions."""
    SessionStore.clear_expired()


def compact_tile_revisions(now: datetime) -> None:
    """Start the tile cache anew when its book of revisions has grown large."""
    invalidation.compact(client())
