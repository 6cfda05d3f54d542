"""Models of the registers over time."""

from gridmgmt.registers.models.amendment import Amendment, AmendmentRule, AmendmentState
from gridmgmt.registers.models.double import Double, DoubleState, PersonMerge
from gridmgmt.registers.models.export import ExportFormat, RegisterExport
from gridmgmt.registers.models.history import Register, RegisterChange
from gridmgmt.registers.models.life import LifeRule, LifeTodo, LifeTrigger, TodoState

__all__ = [
    "Amendment",
    "AmendmentRule",
    "AmendmentState",
    "Double",
    "DoubleState",
    "ExportFormat",
    "LifeRule",
    "LifeTodo",
    "LifeTrigger",
    "PersonMerge",
    "Register",
    "RegisterChange",
    "RegisterExport",
    "TodoState",
]
