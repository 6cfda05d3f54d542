"""Errors of figures."""

from __future__ import annotations

from geodata.errors import DomainError
from geodata.errors import mark as _


def figure_unknown() -> DomainError:
    """No such number on the board."""
    return DomainError(code="figure_unknown", message=_("There is no such figure."), status=404)
