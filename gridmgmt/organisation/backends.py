"""Name and password against a user, by every door: too many failures are refused before anything is hashed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils import timezone

from gridmgmt.organisation import tries
from gridmgmt.organisation.models import User

WINDOW: Final = timedelta(minutes=5)
MOST_FOR_NAME: Final = 10
# A whole office may sit behind one address; this ends the trying of many names and what it costs in hashing.
MOST_FOR_ADDRESS: Final = 100


def limits_of(request: HttpRequest | None, username: str) -> list[tries.Limit]:
    """The limits of a name at the caller's address (the connection's: the proxy overwrites the header it comes from)."""
    address = request.META.get("REMOTE_ADDR", "") if request else ""
    return [
        tries.limit("sign_in.name", f"{username.casefold()}|{address}", MOST_FOR_NAME),
        tries.limit("sign_in.address", address, MOST_FOR_ADDRESS),
    ]


def wait_s(request: HttpRequest | None, username: str) -> float | None:
    """Seconds until this name may be tried again from there, None when it may be tried now."""
    now = timezone.now()
    until = tries.blocked_until(limits_of(request, username), at=now)
    return (until - now).total_seconds() if until else None


class PasswordBackend(ModelBackend):
    """Django's own check with the counters around it, so that no page of sign-in can forget them."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **more: Any,
    ) -> User | None:
        """The user; None for a wrong pair; PermissionDenied (no hash is computed) while the caller has to wait."""
        name = username if username is not None else more.get(User.USERNAME_FIELD)
        if not isinstance(name, str) or password is None:
            return None
        limits = limits_of(request, name)
        if not tries.spend(limits, window=WINDOW, at=timezone.now()):
            raise PermissionDenied
        user = super().authenticate(request, username=name, password=password)
        if not isinstance(user, User):
            return None
        tries.pay_back(limits)
        return user
