"""Guessing passwords is slow: failed sign-ins count per name and address, successful ones do not."""

from __future__ import annotations

import hashlib
from typing import Any

from django.http import HttpRequest
from rest_framework.throttling import SimpleRateThrottle


class FailedLogins(SimpleRateThrottle):
    """Ten failures in five minutes for one name from one address; then wait. Asked before, told after."""

    scope = "login"
    cache_format = "grid-%(scope)s-%(ident)s"

    def __init__(self, username: str) -> None:
        self.username = username
        self.num_requests, self.duration = 10, 300

    def get_cache_key(self, request: HttpRequest, view: Any = None) -> str:
        """No name stands in the cache as it is. The address is the connection's: headers can be forged."""
        text = f"{self.username.casefold()}|{request.META.get('REMOTE_ADDR', '')}"
        return self.cache_format % {"scope": self.scope, "ident": hashlib.sha256(text.encode()).hexdigest()}

    def wait_s(self, request: HttpRequest) -> float | None:
        """Seconds to wait before the next attempt, None when it may be made now."""
        self.key = self.get_cache_key(request)
        self.now = self.timer()
        self.history = [t for t in self.cache.get(self.key, []) if t > self.now - self.duration]
        if len(self.history) < self.num_requests:
            return None
        return float(self.history[-1] + self.duration - self.now)

    def note_failure(self) -> None:
        """Remember a failure."""
        self.cache.set(self.key, [self.now, *self.history][: self.num_requests], self.duration)
