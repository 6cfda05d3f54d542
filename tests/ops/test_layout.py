from __future__ import annotations

import os
from pathlib import Path

import pytest

from gridmgmt.ops import accounts, layout
from gridmgmt.ops.console import OpsError
from gridmgmt.ops.layout import Layout

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root hands servers to other accounts")


@AS_ROOT
def test_a_data_folder_servers_cannot_reach_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "home"
    closed.mkdir(mode=0o700)
    monkeypatch.setenv("GRID_VAR", str(closed / "var"))
    with pytest.raises(OpsError) as caught:
        layout.resolve()
    assert "is closed to the accounts" in caught.value.what
    assert "GRID_VAR=" in caught.value.fix


@AS_ROOT
def test_a_checkout_inside_a_home_keeps_its_data_under_var_lib(own_servers: None, tmp_path: Path) -> None:
    (tmp_path / "checkout").mkdir(mode=0o700)
    found = layout.resolve(tmp_path / "checkout")
    assert found.var.parent == layout.FALLBACK
    assert layout.resolve(tmp_path / "other").var != found.var


def test_the_data_folder_follows_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRID_VAR", "/srv/somewhere/else")
    assert layout.resolve().var == Path("/srv/somewhere/else")


def test_the_first_closed_parent_is_named(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    tmp_path.chmod(0o755)
    (tmp_path / "a").chmod(0o700)
    stranger = accounts.Account("stranger", 54321, 54321)
    assert accounts.blocked_at(inner / "x", stranger) is not None
    assert accounts.may_pass(tmp_path, stranger)
    assert not accounts.may_pass(tmp_path / "a", stranger)


def test_a_deep_data_folder_gets_a_short_socket_folder(tmp_path: Path) -> None:
    deep = Layout(tmp_path, tmp_path / ("x" * 90))
    assert len(os.fsencode(deep.socket)) <= layout.LONGEST_SOCKET_FOLDER
    assert deep.socket != Layout(tmp_path, tmp_path / ("y" * 90)).socket
