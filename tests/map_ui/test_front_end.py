"""Front-end rules that a page cannot show: one origin, no inline handlers, modules that exist, ids that are unique."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django.template.loader import get_template

from map_ui import assets, navigation, phone_phrases, phrases

HERE = Path(assets.__file__).parent
TEMPLATES = sorted((HERE / "templates").rglob("*.html"))
SCRIPTS = sorted((HERE / "static" / "map_ui").rglob("*.js"))
IMPORT = re.compile(r"""(?:from|import\()\s*"([^"]+)"|^import "([^"]+)";""", re.MULTILINE)
SAID = re.compile(r"""\b(?:t|plural)\(\s*"((?:[^"\\]|\\.)+)"(?:, "((?:[^"\\]|\\.)+)")?""")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_compile_and_hold_no_foreign_address_or_handler(path: Path) -> None:
    get_template(path.relative_to(HERE / "templates").as_posix())
    source = path.read_text(encoding="utf-8")
    assert not re.search(r"(?:src|href|action)=\"(?:https?:)?//", source)
    assert not re.search(r"\son[a-z]+=", source)
    assert len(source.splitlines()) <= 100


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_import_only_what_the_import_map_names(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    known = json.loads(assets.build_import_map())["imports"]
    wanted = {first or second for first, second in IMPORT.findall(source)}
    assert wanted <= set(known), wanted - set(known)
    assert source.startswith("// @ts-check")
    assert not re.search(r"https?://(?!www\.w3\.org)", source)
    assert "innerHTML" not in source


def test_every_sentence_of_the_scripts_is_carried_by_the_page() -> None:
    pages, program = set(phrases.all_phrases()), set(phone_phrases.chinese())
    for path in SCRIPTS:
        said = program if path.parent.name == "phone" else pages
        for found in SAID.findall(path.read_text(encoding="utf-8")):
            for text in filter(None, found):
                assert text.replace('\\"', '"') in said, f"{path.name}: {text}"


def test_every_topic_a_page_acts_on_is_listened_to() -> None:
    """A browser hears only named events; one that is not named is lost without a word."""
    feed = HERE / "static" / "map_ui" / "lib" / "feed.js"
    listed = set(re.findall(r'"([a-z]+\.[a-z]+)"', feed.read_text(encoding="utf-8").partition("];")[0]))
    told = set(re.findall(r"`([a-z_.]+)`", (HERE.parent / "docs" / "feed.md").read_text(encoding="utf-8")))
    kinds = {topic.partition(".")[0] for topic in listed}
    acted_on = {
        topic
        for path in SCRIPTS
        for topic in re.findall(r'"([a-z]+\.[a-z]+)"', path.read_text(encoding="utf-8"))
        if topic.partition(".")[0] in kinds
    }
    assert len(acted_on) > 5
    assert acted_on <= listed <= told


def test_style_sheets_load_nothing_from_elsewhere() -> None:
    for path in (HERE / "static" / "map_ui").rglob("*.css"):
        assert not re.search(r"@import|url\(", path.read_text(encoding="utf-8")), path.name


def test_every_icon_a_page_names_is_laid_out() -> None:
    listed = json.loads((HERE.parent / "package.json").read_text(encoding="utf-8"))["vendor"]["@tabler/icons"]
    there = {Path(name).stem for name in listed}
    folders = [path for path in HERE.parent.glob("*/templates") if path.is_dir()]
    pages = [path.read_text(encoding="utf-8") for folder in folders for path in folder.rglob("*.html")]
    named = {name for page in pages for name in re.findall(r"{% icon \"([^\"]+)\"", page)}
    named |= {place.icon for place in navigation.PLACES} | {
        icon for _label, icon in navigation.GROUPS.values()
    }
    assert len(named) > 30
    assert not named - there
