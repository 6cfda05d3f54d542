"""Models of the registers over time."""

from gridmgmt.registers.models.history import Register, RegisterChange

__all__ = ["Register", "RegisterChange"]
