"""From session cookies to scopes, many at once and without touching the request's user: for the feed and for tiles."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from gridmgmt.organisation.models import User
from gridmgmt.organisation.scope import Scope, held_by

# How long a process trusts what it read: a withdrawn session or grant shows its effect within this time.
TRUST_S = 1.0
MOST_KEPT = 5000


def scopes_of_sessions(keys: Collection[str]) -> dict[str, Scope]:
    """{session key: scope} of those that are signed in, by three queries however many there are.

    Signed in means what Django means: the session has not expired, its user is active, and the password is still the
    one it was opened with.
    """
    users = _users_of(keys)
    held = held_by({user.pk for user in users.values()}, at=timezone.now())
    return {
        key: Scope(user_id=user.pk, held=tuple(held[user.pk]), everything=user.is_superuser)
        for key, user in users.items()
    }


def _users_of(keys: Collection[str]) -> dict[str, User]:
    sessions = Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
    decode = SessionStore().decode
    opened = {row.session_key: decode(row.session_data) for row in sessions}
    users = {
        str(user.pk): user
        for user in User.objects.filter(
            pk__in={data[SESSION_KEY] for data in opened.values() if SESSION_KEY in data}, is_active=True
        )
    }
    found = {key: users.get(data.get(SESSION_KEY, "")) for key, data in opened.items()}
    return {
        key: user
        for key, user in found.items()
        if user is not None and _password_unchanged(user, opened[key].get(HASH_SESSION_KEY, ""))
    }


def _password_unchanged(user: User, digest: str) -> bool:
    known = (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
    return any(constant_time_compare(digest, one) for one in known)


class RecentScopes:
    """What sessions may see as a process read it less than a second ago."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, tuple[str, ...] | None]] = {}
        self._lock = threading.Lock()

    def places_of(self, key: str) -> tuple[str, ...] | None:
        """Prefixes whose places may be seen; None when the session is not signed in."""
        kept = self._kept.get(key)
        if kept is not None and kept[0] > time.monotonic():
            return kept[1]
        scope = scopes_of_sessions([key]).get(key)
        places = scope.place_prefixes if scope else None
        with self._lock:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[key] = (time.monotonic() + TRUST_S, places)
        return places


recent_scopes = RecentScopes()
