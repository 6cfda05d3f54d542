"""Models of the registers over time."""

from gridmgmt.registers.models.amendment import Amendment, AmendmentRule, AmendmentState
from gridmgmt.registers.models.double import Double, DoubleState, PersonMerge
from gridmgmt.registers.models.history import Register, RegisterChange

__all__ = [
    "Amendment",
    "AmendmentRule",
    "AmendmentState",
    "Double",
    "DoubleState",
    "PersonMerge",
    "Register",
    "RegisterChange",
]
