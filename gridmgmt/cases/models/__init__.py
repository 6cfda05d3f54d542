"""Cases, one file a noun."""

from __future__ import annotations

from gridmgmt.cases.models.calendar import CalendarDay, CalendarVersion, OfficeHoursRow, ReferenceRevision
from gridmgmt.cases.models.case import Case, CaseHistory, ClockEntry
from gridmgmt.cases.models.catalogue import CaseSource, CaseStandard, Category, CategoryKind, ComponentOwner
from gridmgmt.cases.models.flow import (
    Procedure,
    ProcedureKind,
    ProcedureRule,
    ProcedureState,
    RequestKind,
    Stage,
    StepField,
    Transition,
)
from gridmgmt.cases.models.note import CaseNote
from gridmgmt.cases.models.number import NumberDay
from gridmgmt.cases.models.quarantine import Quarantined, QuarantineKind, QuarantineState
from gridmgmt.cases.models.report import Photo, PhotoState, Report
from gridmgmt.cases.models.request import CaseRequest, RequestState
from gridmgmt.cases.models.routing import RoutingRule
from gridmgmt.cases.models.task import (
    CaseTask,
    StepPosition,
    StepReceipt,
    TaskKind,
    TaskMove,
    TaskState,
)

__all__ = [
    "CalendarDay",
    "CalendarVersion",
    "Case",
    "CaseHistory",
    "CaseNote",
    "CaseRequest",
    "CaseSource",
    "CaseStandard",
    "CaseTask",
    "Category",
    "CategoryKind",
    "ClockEntry",
    "ComponentOwner",
    "NumberDay",
    "OfficeHoursRow",
    "Photo",
    "PhotoState",
    "Procedure",
    "ProcedureKind",
    "ProcedureRule",
    "ProcedureState",
    "QuarantineKind",
    "QuarantineState",
    "Quarantined",
    "ReferenceRevision",
    "Report",
    "RequestKind",
    "RequestState",
    "RoutingRule",
    "Stage",
    "StepField",
    "StepPosition",
    "StepReceipt",
    "TaskKind",
    "TaskMove",
    "TaskState",
    "Transition",
]
