from __future__ import annotations

import pytest

from gridmgmt.ops import accounts, packages
from gridmgmt.ops.console import OpsError
from gridmgmt.ops.packages import Part


def never() -> bool:
    return False


def test_an_ordinary_user_reads_what_is_missing_and_who_can_help(
    own_servers: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "is_root", never)
    with pytest.raises(OpsError) as caught:
        packages.ensure((Part("Redis", "redis-server", never), Part("nginx", "nginx-light", never)))
    assert "Redis, nginx" in caught.value.what
    assert caught.value.fix.endswith("apt-get install --no-install-recommends redis-server nginx-light")


def test_what_only_tests_use_does_not_stop_an_ordinary_user(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(accounts, "is_root", never)
    assert packages.ensure((Part("Chromium", "chromium", never, needed=False),)) == "without Chromium"
    assert "chromium" in capsys.readouterr().err


def test_a_server_given_by_its_address_needs_no_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "is_root", never)
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere/0")
    assert packages.ensure((Part("Redis", "redis-server", never),)) == "all there"


def test_what_is_there_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "install", lambda names: pytest.fail(f"installed {names}"))
    assert packages.ensure((Part("anything", "any", lambda: True),)) == "all there"


def test_services_of_the_distribution_are_held_back_only_meanwhile(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = tmp_path / "policy-rc.d"  # type: ignore[operator]
    monkeypatch.setattr(packages, "POLICY", policy)
    with packages.no_services():
        assert "exit 101" in policy.read_text()
        assert policy.stat().st_mode & 0o111
    assert not policy.exists()


def test_a_policy_of_the_administrator_stays(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    policy = tmp_path / "policy-rc.d"  # type: ignore[operator]
    policy.write_text("#!/bin/sh\nexit 0\n")
    monkeypatch.setattr(packages, "POLICY", policy)
    with packages.no_services():
        pass
    assert policy.read_text() == "#!/bin/sh\nexit 0\n"
