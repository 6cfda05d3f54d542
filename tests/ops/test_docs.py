from __future__ import annotations

import re

from gridmgmt.ops import cli
from gridmgmt.ops.layout import ROOT

KINDS_OF_TOPICS = {
    "appraisal", "case", "edition", "flow", "follow_up", "import", "photo", "rating", "sms", "supervision", "task",
}  # fmt: skip
TEXT = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def test_every_variable_settings_read_is_documented() -> None:
    files = (ROOT / "gridmgmt" / name for name in ("settings.py", "wsgi.py"))
    source = "".join(file.read_text(encoding="utf-8") for file in files)
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', source))
    assert len(read) > 10
    assert {name for name in read if f"`{name}`" not in TEXT} == set()


def test_every_variable_of_compose_is_documented() -> None:
    source = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    assert {name for name in re.findall(r"\$\{([A-Z_]+)", source) if name not in TEXT} == set()


def test_every_command_is_documented() -> None:
    actions = cli.parser()._subparsers._group_actions  # type: ignore[union-attr]
    commands = set(actions[0].choices)  # type: ignore[arg-type]
    assert {name for name in commands if f"./grid {name}" not in TEXT} == set()


def test_every_topic_of_the_outbox_is_documented() -> None:
    writers = [
        file
        for package in ("gridmgmt", "importers")
        for file in (ROOT / package).rglob("*.py")
        if re.search(r"outbox\.append(_many)?\(", file.read_text(encoding="utf-8"))
    ]
    topics = {
        topic
        for file in [*writers, ROOT / "gridmgmt" / "settings.py"]
        for topic in re.findall(r'"((?:[a-z]+_?)+\.[a-z_]+)"', file.read_text(encoding="utf-8"))
        if topic.partition(".")[0] in KINDS_OF_TOPICS
    }
    assert len(topics) > 15
    feed = (ROOT / "docs" / "feed.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in feed.splitlines() if line.startswith("| `")]
    assert topics - set(re.findall(r"`([a-z_.]+)`", "".join(rows))) == set()
