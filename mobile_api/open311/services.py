"""Services: the categories that residents may report, and what may be said with each."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch
from django.utils import translation
from django.utils.translation import gettext

from gridmgmt.cases.models import CaseStandard, Category, CategoryKind
from gridmgmt.contact import publicity
from mobile_api.open311 import errors

STANDARD, COMPONENT = "standard", "component"


def worded(row: Any, column: str = "name") -> str:
    """A text of a row in the language asked for: Chinese, or English where there is one."""
    english = (translation.get_language() or "").startswith("en")
    return str((getattr(row, f"{column}_en", "") if english else "") or getattr(row, column))


def services() -> list[dict[str, Any]]:
    """The service list, in the order of the catalogue."""
    rows = publicity.reportable().prefetch_related(_standards()).order_by("rank", "key")
    return [_service(row) for row in rows]


def service(code: str) -> Category:
    """The category of a service code. Error: 404 also for categories that residents do not report by this door."""
    found = publicity.reportable().prefetch_related(_standards()).filter(key=code[:8]).first()
    if found is None or found.key != code:
        raise errors.not_found("service_code")
    return found


def definition(row: Category) -> dict[str, Any]:
    """What may be said besides place and words: which of the catalogue's conditions it is, the number on the component."""
    return {"service_code": row.key, "attributes": [one for one in (_condition(row), _component(row)) if one]}


def _standards() -> Prefetch[Any, Any, Any]:
    return Prefetch("standards", CaseStandard.objects.order_by("seq"))


def _service(row: Category) -> dict[str, Any]:
    conditions = [worded(one, "condition") for one in row.standards.all()]
    return {
        "service_code": row.key,
        "service_name": worded(row),
        "description": " / ".join(conditions[:3]),
        "metadata": bool(_condition(row) or _component(row)),
        "type": "realtime",
        "keywords": ", ".join(word for word in (row.name, row.name_en, row.initials) if word),
        "group": worded(row, "major"),
    }


def _condition(row: Category) -> dict[str, Any] | None:
    """Offered where there is more than one to choose from."""
    standards = list(row.standards.all())
    if len(standards) < 2:
        return None
    return {
        "variable": True,
        "code": STANDARD,
        "datatype": "singlevaluelist",
        "required": False,
        "datatype_description": None,
        "order": 1,
        "description": gettext("What it is like"),
        "values": [{"key": str(one.seq), "name": worded(one, "condition")} for one in standards],
    }


def _component(row: Category) -> dict[str, Any] | None:
    if row.kind != CategoryKind.COMPONENT:
        return None
    return {
        "variable": True,
        "code": COMPONENT,
        "datatype": "string",
        "required": False,
        "datatype_description": gettext("16 digits"),
        "order": 2,
        "description": gettext("Number on the component's plate"),
        "values": [],
    }
