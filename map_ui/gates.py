"""Who may open a page at all, said where the page is wired."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase

from geodata.errors import DomainError
from gridmgmt.organisation.scope import scope_of

View = Callable[..., HttpResponseBase]


def for_roles(*roles: str) -> Callable[[View], View]:
    """Signed in and holding one of the roles somewhere; others get 403 page_not_permitted."""

    def wrap(view: View) -> View:
        @functools.wraps(view)
        def gated(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not scope_of(request.user).has_role(*roles):
                raise DomainError(
                    code="page_not_permitted", status=403, message="This page is for other roles."
                )
            return view(request, *args, **kwargs)

        return login_required(gated)

    return wrap
