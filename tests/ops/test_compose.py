from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from gridmgmt.ops import secrets
from gridmgmt.ops.layout import ROOT

TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
RUNNING = {"db", "redis", "web", "feed", "worker", "bulk", "scheduler", "proxy"}


def test_every_part_is_a_service() -> None:
    assert set(COMPOSE["services"]) == RUNNING | {"setup"}


@pytest.mark.parametrize("name", sorted(RUNNING))
def test_a_running_service_has_a_health_check_and_comes_back(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["healthcheck"]["test"]
    assert service["restart"] == "unless-stopped"


def test_secrets_come_from_files_that_one_command_makes() -> None:
    assert set(COMPOSE["secrets"]) == set(secrets.FOR_COMPOSE)
    for name, entry in COMPOSE["secrets"].items():
        assert set(entry) == {"file"}
        assert entry["file"].endswith(f"/{name}")


def test_no_service_carries_a_secret_in_its_environment_or_command() -> None:
    for name, service in COMPOSE["services"].items():
        for variable, value in service.get("environment", {}).items():
            assert not re.search(r"PASSWORD|SECRET|_KEY", variable) or str(value).startswith(
                "/run/secrets/"
            ), name
        assert "requirepass" not in str(service.get("command", ""))


def test_settings_without_a_safe_default_stop_the_start() -> None:
    for variable in ("GRID_PUBLIC_NAME", "GRID_TLS_CERT", "GRID_TLS_KEY"):
        assert f"${{{variable}:?" in TEXT


def test_only_the_proxy_is_reachable_from_outside() -> None:
    assert COMPOSE["networks"]["inside"]["internal"] is True
    for name, service in COMPOSE["services"].items():
        assert ("ports" in service) == (name == "proxy")
    assert set(COMPOSE["services"]["proxy"]["networks"]) == {"inside", "outside"}


def test_every_named_volume_is_declared_and_used() -> None:
    used = {
        str(volume).split(":", 1)[0]
        for service in COMPOSE["services"].values()
        for volume in service.get("volumes", [])
        if re.match(r"[a-z]+:", str(volume))
    }
    assert used == set(COMPOSE["volumes"])


def test_commits_are_durable() -> None:
    assert "-csynchronous_commit=on" in COMPOSE["services"]["db"]["command"]


def test_mounted_files_exist() -> None:
    for service in COMPOSE["services"].values():
        for volume in service.get("volumes", []):
            if str(volume).startswith("./"):
                assert (ROOT / str(volume).split(":", 1)[0]).is_file()
