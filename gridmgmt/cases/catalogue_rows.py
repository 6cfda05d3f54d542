"""The records of the catalogue files; their fields are the columns."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time

from gridmgmt.cases.catalogue_line import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What every record carries: the line it came from."""

    line: Line = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryRow(Row):
    """A minor class. `origin` tells how sure the code is; see docs/catalogue.md."""

    key: str
    kind: str
    major_code: str
    major_zh: str
    major_en: str
    minor_code: str
    name_zh: str
    name_en: str
    pinyin_initials: str
    rank: int
    icon: str
    geometry: str
    origin: str

    @property
    def prefixes(self) -> tuple[str, str, str]:
        """What a routing rule may call it: its kind (E), its major (E01), itself (E0110)."""
        return self.key[0], self.key[:3], self.key


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardRow(Row):
    """When a case of a category is filed, when it is done, within which limit; seq 1 is the default."""

    category_key: str
    seq: int
    condition_zh: str
    condition_en: str
    closing_zh: str
    closing_en: str
    limit_value: int
    limit_unit: str
    before_photos: int
    after_photos: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentRow(Row):
    """A department; level community means one such department in every community."""

    key: str
    name_zh: str
    name_en: str
    level: str
    kind: str
    parent_key: str
    last_resort: bool
    handles: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerRow(Row):
    """Who owns or maintains components, and the department that answers for them."""

    key: str
    name_zh: str
    name_en: str
    department_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow(Row):
    """How a report came in; public ones are verified before filing."""

    key: str
    name_zh: str
    name_en: str
    is_public: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow(Row):
    """A routing rule; what is empty matches everything. `category_key`: kind (E), major (E01) or minor."""

    key: str
    category_key: str
    area_code: str
    source: str
    component_owner: str
    time_from: time | None
    time_to: time | None
    department_key: str
    note: str

    @property
    def condition(self) -> tuple[object, ...]:
        """Everything it matches on."""
        return (
            self.category_key,
            self.area_code,
            self.source,
            self.component_owner,
            self.time_from,
            self.time_to,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcedureRow(Row):
    """A flow in one version."""

    key: str
    version: int
    kind: str
    name_zh: str
    name_en: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRow(Row):
    """A state of a case: who owns it, how long it may last (0: no limit of its own), what the lamp does."""

    procedure: str
    key: str
    name_zh: str
    name_en: str
    owner_role: str
    lamp: str
    limit_value: int
    limit_unit: str
    public_name_zh: str
    public_name_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitionRow(Row):
    """A permitted step, field by field as `workflow.TransitionDef`; words are judged by flow_checks."""

    procedure: str
    from_stage: str
    action: str
    condition: str
    name_zh: str
    name_en: str
    to_stage: str
    to_procedure: str
    tone: str
    roles: tuple[str, ...]
    relation: str
    requires: tuple[str, ...]
    takes: tuple[str, ...]
    clock_effect: str
    effects: tuple[str, ...]
    guards: tuple[str, ...]
    request: str
    request_move: str
    request_level: int | None
    trigger: str
    notify: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestKindRow(Row):
    """What may be asked for in a flow; `most_granted` per case, None without bound."""

    procedure: str
    key: str
    name_zh: str
    name_en: str
    most_granted: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFieldRow(Row):
    """A field of a flow's own; `choices` for kind choice."""

    procedure: str
    key: str
    name_zh: str
    name_en: str
    kind: str
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcedureRuleRow(Row):
    """Which procedure a report takes; what is empty matches everything."""

    key: str
    procedure: str
    category_key: str
    area_code: str
    source: str
    flag: str
