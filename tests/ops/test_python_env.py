from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

import pytest

from gridmgmt.ops import python_env, stamps
from gridmgmt.ops.layout import ROOT, Layout

LOCKS = sorted((ROOT / "requirements").glob("*.lock"))


def requirements_of(lock: Path) -> dict[str, str]:
    """Each requirement with everything up to the next one."""
    blocks = re.split(r"(?m)^(?=\S)", lock.read_text(encoding="utf-8"))
    return {block.split(" ", 1)[0]: block for block in blocks if block.strip()}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_pins_every_package_with_hashes(lock: Path) -> None:
    found = requirements_of(lock)
    assert found
    for name, block in found.items():
        assert re.match(r"[A-Za-z0-9._-]+(\[[a-z0-9,]+\])?==\S+", name), name
        assert "--hash=sha256:" in block, name


@pytest.mark.parametrize("lock", [*LOCKS, ROOT / "package-lock.json"], ids=lambda path: path.name)
def test_a_lock_holds_no_address(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert not re.search(r"https?://|file:|--(extra-)?index-url|--find-links|\"resolved\"", text)


def test_the_five_locks_are_there() -> None:
    assert {path.stem for path in LOCKS} == {"runtime", "test", "bench", "uv", "node"}


def test_larger_locks_hold_the_smaller_with_the_same_versions() -> None:
    for small, large in (("runtime", "test"), ("test", "bench")):
        inner = set(requirements_of(ROOT / "requirements" / f"{small}.lock"))
        outer = set(requirements_of(ROOT / "requirements" / f"{large}.lock"))
        assert inner <= outer


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=!~; ]", one, maxsplit=1)[0].lower().replace("_", "-") for one in requirements}


def test_every_dependency_of_pyproject_is_in_its_lock() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = {"runtime": project["project"]["dependencies"], **project["dependency-groups"]}
    for level, requirements in groups.items():
        locked = names(list(requirements_of(ROOT / "requirements" / f"{level}.lock")))
        assert names(requirements) - locked == set(), f"{level}: run ./grid lock"


def test_every_dependency_has_its_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    lines = re.findall(r'(?m)^  "[A-Za-z0-9_.-]+(?:\[[^\]]+\])?[<>=!~].*$', text)
    assert len(lines) > 30
    assert [line for line in lines if "  # " not in line] == []


def fake(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path, tmp_path / "var")
    (tmp_path / "requirements").mkdir()
    for level in python_env.LEVELS:
        python_env.lock_of(layout, level).write_text(f"{level}==1")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    layout.python.symlink_to(sys.executable)
    return layout


def test_an_environment_without_stamp_is_not_current(tmp_path: Path) -> None:
    assert not python_env.is_current(fake(tmp_path), "runtime")


def test_a_larger_level_covers_the_smaller_but_not_the_other_way(tmp_path: Path) -> None:
    layout = fake(tmp_path)
    stamps.write(python_env.stamp_of(layout, "test"), python_env.wanted(layout, "test"))
    assert python_env.is_current(layout, "runtime")
    assert python_env.is_current(layout, "test")
    assert not python_env.is_current(layout, "bench")


def test_a_changed_lock_makes_the_stamp_old(tmp_path: Path) -> None:
    layout = fake(tmp_path)
    stamps.write(python_env.stamp_of(layout, "test"), python_env.wanted(layout, "test"))
    python_env.lock_of(layout, "runtime").write_text("runtime==2")
    assert not python_env.is_current(layout, "test")


def test_an_environment_whose_python_is_gone_is_not_current(tmp_path: Path) -> None:
    layout = fake(tmp_path)
    stamps.write(python_env.stamp_of(layout, "bench"), python_env.wanted(layout, "bench"))
    layout.python.unlink()
    layout.python.symlink_to(tmp_path / "gone")
    assert not python_env.is_current(layout, "bench")


def test_pip_options_that_lead_astray_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_USER", "1")
    monkeypatch.setenv("PIP_TARGET", "/elsewhere")
    monkeypatch.setenv("PIP_INDEX_URL", "kept")
    env = python_env.clean_env()
    assert "PIP_USER" not in env
    assert "PIP_TARGET" not in env
    assert env["PIP_INDEX_URL"] == "kept"


def test_pip_configuration_is_read_as_pip_prints_it() -> None:
    lines = [
        "global.index-url='https://a.example/simple'",
        "global.extra-index-url='file:///one file:///two'",
        ":env:.index-url='https://b.example/simple'",
        "download.index-url='https://c.example'",
        "install.find-links='\\n/wheels\\n/more'",
        "WARNING: something",
    ]
    assert python_env.parse_pip_config("\n".join(lines)) == {
        "index-url": ["https://b.example/simple"],
        "extra-index-url": ["file:///one", "file:///two"],
        "find-links": ["/wheels", "/more"],
    }
