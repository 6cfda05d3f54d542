"""The phone's program as it is served: complete, the same for everybody, told apart by its version."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
from django.templatetags.static import static
from django.test import Client

from map_ui import assets, phone

pytestmark = pytest.mark.django_db
SOURCES = sorted((assets.HERE / "phone").glob("*.js"))
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)  # types are named there
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
    names = {name for entry in (phone.ENTRY, *phone.LATER) for name in phone.modules(entry)}
    needed = [f"grid/{name}" for name in names]
    for name in names:
        source = COMMENT.sub("", (assets.HERE / name).read_text(encoding="utf-8"))
        needed += re.findall(r"""(?:from|import\() ?"([^"]+)\"""", source)
    missing = {one for one in needed if one not in {"maplibre-gl"} and imports[one] not in taken}
    assert len(needed) > 20
    assert not missing
    assert "/m/" in taken


def test_what_is_wanted_later_does_not_run_at_once() -> None:
    program = phone.program()
    later = [static(f"map_ui/{name}") for name in phone.LATER]
    assert not set(later) & set(program.scripts)
    assert set(later) < {url for url, _mark in program.files}


@pytest.mark.parametrize("marked", [True, False])
def test_files_with_their_hash_in_the_address_are_taken_once_and_read_past_the_worker(
    marked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker would ask for them anew, past the browser's cache, if they had a revision beside the address."""
    if marked:
        monkeypatch.setattr(phone, "static", lambda path: static(path).replace(".", ".0123456789ab."))
    monkeypatch.setattr(phone, "program", phone.build)
    worker = Client().get("/m/sw.js").content.decode()
    found = re.search(r"precacheAndRoute\((\[.*?\]), \{", worker)
    assert found
    shell, *files = json.loads(found.group(1))
    assert shell["revision"], "the page has one address for ever"
    assert [file["revision"] is None for file in files] == [marked] * len(files)
    assert ("addRoutes" in worker) is marked


def test_the_first_load_is_small() -> None:
    """At most 400 kB compressed before the map (issue: the grid worker's phone)."""
    program = phone.program()
    names = [f"map_ui/{name}" for name in phone.modules()] + phone.libraries(phone.modules())
    folder = Path(assets.__file__).parent / "static"
    paths = [folder / name for name in [*names, phone.STYLE, *phone.WORKBOX]]
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
