"""Who writes flows in tests, and what their forms send."""

from __future__ import annotations

from typing import Any

from django.test import Client

from gridmgmt.cases import flow_actions, flow_files
from gridmgmt.cases.flow_edits import find
from gridmgmt.cases.flow_rows import read_flow
from gridmgmt.cases.models import Procedure
from gridmgmt.organisation.models import User
from map_ui.flow_form import key_text
from tests.world import AT

EDIT = "/flows/street_case/4/edit"


def draft() -> Procedure:
    return Procedure.objects.get(key="street_case", state="draft")


def form_of(table: str, key: Any) -> dict[str, Any]:
    """What the form of a stored row sends when nothing is changed."""
    raw = flow_files.as_raw(find(read_flow(draft()), table, key))
    sent = {name: "" if value is None else value for name, value in raw.items()}
    if table == "transitions":
        sent["to"] = f"{raw['to_procedure']}/{raw['to_stage']}" if raw["to_procedure"] else raw["to_stage"]
        sent |= {f"field_{name}": how for how in ("requires", "takes") for name in raw[how]}
        for column in ("effects", "guards"):
            sent |= {f"{column}_{term.partition(':')[0]}": term.partition(":")[2] for term in raw[column]}
            sent[column] = [term.partition(":")[0] for term in raw[column]]
    if table == "fields":
        sent["choices"] = "\n".join(raw["choices"])
    return {**sent, "table": table, "was": key_text(key), "edits": str(draft().edits), "act": "save"}


def store(client: Client, sent: dict[str, Any], status: int = 302) -> str:
    answer = client.post(EDIT, sent)
    assert answer.status_code == status, answer.content.decode()[:3000]
    return answer.content.decode()


def draft_of(editor: User, key: str = "street_case") -> Procedure:
    return flow_actions.begin_draft(key=key, by=editor, at=AT)


def text(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, address
    return answer.content.decode()
