"""Who acts in the sample's stories: accounts by role, workers by cell, handlers by department."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from gridmgmt.cases.routing import DepartmentRef

ROLES_OF_CENTRE = {
    "accept": "acceptor", "not_accept": "acceptor", "merge": "acceptor", "register": "registrar",
    "void": "registrar", "self_handle": "registrar", "dispatch": "dispatcher", "redispatch": "dispatcher",
    "reject_return": "dispatcher", "approve_delay": "dispatcher", "reject_delay": "dispatcher",
    "approve_hang": "dispatcher", "resume": "dispatcher", "spot_check": "acceptor", "not_fixed": "acceptor",
    "urge": "leader", "reopen": "supervisor",
    "endorse_appeal": "dispatcher", "approve_appeal": "acceptor", "reject_appeal": "acceptor",
}  # fmt: skip


@dataclass(slots=True)
class Cast:
    """Who acts: accounts by role, workers by cell, handlers by department id; the street's own departments."""

    by_role: dict[str, UUID]
    worker_of: dict[str, UUID]
    handler_of: dict[str, UUID]
    others: list[DepartmentRef]
