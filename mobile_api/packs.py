"""What a phone takes along: packs by name, each with the tag by which it knows that it has the present one.

The pack is the unit of change. A pack is read anew as a whole when one row of it changed, and it goes as a whole when it is no
longer named: what was deleted, moved away or left somebody's scope is gone from the phone without a list of deletions that could
be missed. To add a kind of pack: a function in ``KINDS``, and an address that answers it with the same tag.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

from gridmgmt.organisation.scope import Scope, scope_of
from gridmgmt.registers import homes
from mobile_api import door_fields, queries
from mobile_api.tokens import Session

HOMES = "homes:"


def named(session: Session) -> dict[str, str]:
    """{pack: tag} of everything this user takes along now."""
    scope = scope_of(session.user())
    return {name: tag for kind in KINDS for name, tag in kind(session, scope).items()}


def whole_tag(packs: dict[str, str]) -> str:
    """One tag for all of them."""
    return sha256(repr(sorted(packs.items())).encode()).hexdigest()[:32]


def home_marks(session: Session, scope: Scope) -> dict[str, str]:
    """{cell: tag} of the cells whose homes this user takes along: those of the duty that holds now, within the scope."""
    return homes.marks(scope, queries.my_cell_codes(session))


def _reference(session: Session, _scope: Scope) -> dict[str, str]:
    return {
        "catalogue": queries.catalogue_tag(),
        "cells": queries.my_cells_tag(session),
        "fields": door_fields.packed().tag,
    }


def _homes(session: Session, scope: Scope) -> dict[str, str]:
    return {f"{HOMES}{cell}": tag for cell, tag in home_marks(session, scope).items()}


KINDS: tuple[Callable[[Session, Scope], dict[str, str]], ...] = (_reference, _homes)
