"""The glossary knows every noun of the models and every word of the flow."""

from __future__ import annotations

import re
from pathlib import Path

from django.apps import apps

from gridmgmt.cases.catalogue_files import load_stages, load_transitions
from gridmgmt.organisation.models import Role

ROOT = Path(__file__).resolve().parents[1]
OURS = {"geodata", "gridmgmt", "mobile_api", "map_ui", "importers"}
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
LINES = [line for line in GLOSSARY.splitlines() if line.startswith("| ") and not line.startswith("| word")]


def _words() -> set[str]:
    return {word for line in LINES for word in re.split(r", ", line.split("|")[1].strip())}


def test_every_model_is_explained() -> None:
    models = [model for model in apps.get_models() if model.__module__.split(".")[0] in OURS]
    known = _words() | {"case history"}
    nouns = {re.sub(r"(?<!^)(?=[A-Z])", " ", model.__name__).lower() for model in models}
    assert sorted(nouns - known) == []


def test_every_role_is_explained() -> None:
    explained = {"worker": "grid worker", "admin": "administrator"}
    assert not {explained.get(role, role) for role in Role.values} - _words()


def test_chinese_names_of_the_flow_are_those_of_the_glossary() -> None:
    chinese = {line.split("|")[2].strip() for line in LINES}
    actions = {row.action: row.name_zh for row in load_transitions()}
    for action in (
        "report",
        "register",
        "dispatch",
        "sign",
        "feed_back",
        "void",
        "merge",
        "urge",
        "reopen",
        "appeal",
    ):
        assert actions[action] in chinese, action
    assert {row.name_zh for row in load_stages() if row.key == "hung"} <= chinese


def test_every_line_has_three_cells_and_no_word_is_explained_twice() -> None:
    words: list[str] = []
    for line in LINES:
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if set(line) <= set("|- "):
            continue
        assert len(cells) == 3, line
        assert all(cells), line
        words.append(cells[0])
    assert len(words) == len(set(words))
