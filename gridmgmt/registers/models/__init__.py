"""Models of the registers over time."""

from gridmgmt.registers.models.double import Double, DoubleState, PersonMerge
from gridmgmt.registers.models.history import Register, RegisterChange

__all__ = ["Double", "DoubleState", "PersonMerge", "Register", "RegisterChange"]
