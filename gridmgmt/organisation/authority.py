"""Who may run the organisation of a place: administrators, within their own code prefix and never above it.

Pure rules on scopes. A street's administrator gives roles for codes of the street only, and may touch a person's
account only when everything that person holds lies inside the street.
"""

from __future__ import annotations

from collections.abc import Iterable

from geodata.errors import DomainError
from geodata.errors import mark as _
from gridmgmt.organisation.models import Role
from gridmgmt.organisation.scope import Held, Scope


def administered(scope: Scope) -> tuple[str, ...]:
    """Code prefixes a scope administers; ("",) means all."""
    return scope.prefixes_of(Role.ADMIN)


def administers(scope: Scope, code: str) -> bool:
    """True when everything under the code is inside what the scope administers."""
    return scope.holds(code, Role.ADMIN)


def require_administration(scope: Scope, code: str) -> None:
    """Error organisation_not_permitted 403 unless the scope administers the code."""
    if not administers(scope, code):
        raise not_permitted()


def may_manage(scope: Scope, held: Iterable[Held], *, everything: bool = False) -> bool:
    """True when an account with these roles may be changed: all of them inside what is administered.

    ``everything`` says that the account runs the whole installation; only such an account may touch it.
    """
    if scope.everything:
        return True
    roles = list(held)
    return not everything and bool(roles) and all(administers(scope, role.prefix) for role in roles)


def not_permitted() -> DomainError:
    """For whoever reaches beyond what they administer."""
    return DomainError(
        code="organisation_not_permitted",
        message=_("This needs an administrator of that place."),
        status=403,
    )
