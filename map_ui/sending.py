"""Who sends from a browser: the session's user as the sender of reports and photos."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from gridmgmt.cases.intake import Sender
from gridmgmt.organisation.models import Role, User
from gridmgmt.organisation.scope import scope_of


def signed_in_user(request: HttpRequest) -> User:
    """The session's user; the routes let nobody else in."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def sender_of(user: User) -> Sender:
    """The user as a sender; their widest grant takes what lies outside every area."""
    scope = scope_of(user)
    return Sender(
        user_id=user.pk,
        device_id=None,
        home_code=min((held.prefix for held in scope.held), key=len, default=""),
        roles=frozenset(held.role for held in scope.held),
    )


def source_of(sender: Sender) -> str:
    """How a report typed here came in: the worker's own, a leader's order, else an inspection."""
    if Role.WORKER in sender.roles:
        return "worker"
    return "leader" if Role.LEADER in sender.roles else "inspection"
