"""Name and password against a user, by every door: too many failures are refused before anything is hashed."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from gridmgmt.organisation.attempts import FailedSignIns
from gridmgmt.organisation.models import User


def attempts_of(request: HttpRequest | None, username: str) -> FailedSignIns:
    """The counters of a name at the caller's address."""
    return FailedSignIns(username, request.META.get("REMOTE_ADDR", "") if request else "")


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
        attempts = attempts_of(request, name)
        if attempts.wait_s() is not None:
            raise PermissionDenied
        user = super().authenticate(request, username=name, password=password)
        if not isinstance(user, User):
            attempts.note()
            return None
        return user
