from __future__ import annotations

import json
from pathlib import Path

import pytest

from gridmgmt.ops import frontend, stamps
from gridmgmt.ops.console import OpsError
from gridmgmt.ops.layout import ROOT, Layout


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    package = tmp_path / "node_modules" / "@scope" / "map" / "dist"
    (package / "img").mkdir(parents=True)
    (package / "map.js").write_text("export const a = 1;\n//# sourceMappingURL=map.js.map\n")
    (package / "map.css").write_text(".a{}\n/*# sourceMappingURL=map.css.map */")
    (package / "map.js.map").write_text("{}")
    (package / "img" / "pin.png").write_bytes(b"\x89PNG//# sourceMappingURL=x")
    (tmp_path / "map_ui" / "static").mkdir(parents=True)
    (tmp_path / "requirements").mkdir()
    (tmp_path / "package-lock.json").write_text("{}")
    write_table(tmp_path, ["dist/map.js", "dist/*.css", "dist/img"])
    return Layout(tmp_path, tmp_path / "var")


def write_table(root: Path, names: list[str]) -> None:
    (root / "package.json").write_text(json.dumps({"vendor": {"@scope/map": names}}))


def test_files_folders_and_patterns_are_laid_out_without_source_maps(layout: Layout) -> None:
    assert frontend.lay_out(layout) == 3
    vendor = frontend.vendor_folder(layout) / "@scope" / "map" / "dist"
    assert sorted(path.name for path in vendor.rglob("*") if path.is_file()) == [
        "map.css",
        "map.js",
        "pin.png",
    ]
    assert "sourceMappingURL" not in (vendor / "map.js").read_text()
    assert "sourceMappingURL" not in (vendor / "map.css").read_text()
    assert (vendor / "img" / "pin.png").read_bytes().endswith(b"sourceMappingURL=x")


def test_what_is_no_longer_listed_disappears(layout: Layout) -> None:
    frontend.lay_out(layout)
    write_table(layout.root, ["dist/map.js"])
    frontend.lay_out(layout)
    assert not (frontend.vendor_folder(layout) / "@scope" / "map" / "dist" / "map.css").exists()


def test_a_listed_file_the_package_lacks_is_named(layout: Layout) -> None:
    write_table(layout.root, ["dist/gone.js"])
    with pytest.raises(OpsError, match="gone"):
        frontend.lay_out(layout)


def test_nothing_is_fetched_when_the_stamp_is_todays(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    frontend.lay_out(layout)
    stamps.write(frontend.stamp_of(layout), frontend.wanted(layout))
    monkeypatch.setattr(frontend, "fetch", lambda *_: pytest.fail("npm was called"))
    assert "already" in frontend.ensure(layout)


def test_every_listed_package_is_pinned_exactly_and_locked() -> None:
    manifest = json.loads((ROOT / "package.json").read_text())
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert set(manifest["vendor"]) == set(manifest["dependencies"])
    for name, version in manifest["dependencies"].items():
        assert locked[f"node_modules/{name}"]["version"] == version
    for name, entry in locked.items():
        assert not name or entry["integrity"].startswith("sha512-"), name
