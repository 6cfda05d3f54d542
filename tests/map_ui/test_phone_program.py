"""The phone's program as it is served: complete, the same for everybody, told apart by its version."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
from django.test import Client

from map_ui import assets, phone

pytestmark = pytest.mark.django_db
SOURCES = sorted((assets.HERE / "phone").glob("*.js"))
ICON = re.compile(r"""\b(?:icon\(|empty\(|icon: |drawn: )"([a-z0-9-]+)\"""")


def test_the_page_is_the_same_for_everybody_and_differs_by_nothing_a_browser_sends() -> None:
    chinese = Client().get("/m/", headers={"Accept-Language": "zh-CN"})
    english = Client().get("/m/", headers={"Accept-Language": "en"})
    assert chinese.status_code == 200
    assert chinese.content == english.content
    # A browser passes over what its service worker took along when one of the headers named here is another.
    assert "Vary" not in chinese.headers
    assert chinese.headers["Cache-Control"] == "no-cache"


def test_everything_the_program_imports_is_taken_along() -> None:
    worker = Client().get("/m/sw.js").content.decode()
    found = re.search(r"precacheAndRoute\((\[.*?\]), \{", worker)
    assert found
    taken = {file["url"] for file in json.loads(found.group(1))}
    imports = json.loads(assets.build_import_map())["imports"]
    needed = [f"grid/{name}" for name in phone.modules()]
    for name in phone.modules():
        source = (assets.HERE / name).read_text(encoding="utf-8")
        needed += re.findall(r"""(?:from|import\() ?"([^"]+)\"""", source)
    missing = {one for one in needed if one not in {"maplibre-gl"} and imports[one] not in taken}
    assert len(needed) > 20
    assert not missing
    assert "/m/" in taken


def test_the_first_load_is_small() -> None:
    """At most 400 kB compressed before the map (issue: the grid worker's phone)."""
    program = phone.program()
    names = [f"map_ui/{name}" for name in phone.modules()] + phone.libraries(phone.modules())
    static = Path(assets.__file__).parent / "static"
    paths = [static / name for name in [*names, phone.STYLE, *phone.WORKBOX]]
    size = sum(len(gzip.compress(path.read_bytes(), 6)) for path in paths)
    size += len(gzip.compress(program.shell.encode(), 6))
    assert 20_000 < size < 400_000, size


def test_every_icon_the_scripts_draw_is_in_the_sprite() -> None:
    drawn = {name for path in SOURCES for name in ICON.findall(path.read_text(encoding="utf-8"))}
    assert len(drawn) > 10
    assert not drawn - set(phone.ICONS)


def test_the_version_changes_with_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    before = phone.build().version
    assert before == phone.build().version
    real = phone._digest
    monkeypatch.setattr(
        phone, "_digest", lambda path: real(path) + ("x" if path.endswith("queue.js") else "")
    )
    assert phone.build().version != before


def test_the_manifest_makes_it_a_program_of_its_own() -> None:
    found = json.loads(Client().get("/m/manifest.webmanifest").content)
    assert found["display"] == "standalone"
    assert found["scope"] == found["start_url"] == "/m/"
    assert found["icons"]
