from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from gridmgmt.ops import accounts, secrets
from gridmgmt.ops.layout import Layout


def test_every_secret_is_closed_to_others_and_long_enough(place: Layout) -> None:
    made = secrets.ensure(place.secrets, accounts.current())
    assert set(made) == set(secrets.FILES)
    assert place.secrets.stat().st_mode & 0o777 == 0o700
    for name in secrets.FILES:
        assert (place.secrets / name).stat().st_mode & 0o777 == 0o600
        assert len(secrets.read(place.secrets, name)) >= 40


def test_two_installations_never_share_a_secret(place: Layout, tmp_path: Path) -> None:
    secrets.ensure(place.secrets, accounts.current())
    secrets.ensure(tmp_path / "other", accounts.current())
    for name in secrets.FILES:
        assert secrets.read(place.secrets, name) != secrets.read(tmp_path / "other", name)


def test_a_secret_that_is_there_is_never_replaced(place: Layout) -> None:
    secrets.ensure(place.secrets, accounts.current())
    before = secrets.read(place.secrets, "field_keys")
    (place.secrets / "secret_key").unlink()
    assert secrets.ensure(place.secrets, accounts.current()) == ["secret_key"]
    assert secrets.read(place.secrets, "field_keys") == before


def test_the_field_key_names_itself_and_has_256_bits() -> None:
    name, _, key = secrets.field_key().partition(":")
    assert name == "1"
    assert len(base64.b64decode(key)) == 32


def test_a_secret_others_may_read_is_found(place: Layout) -> None:
    secrets.ensure(place.secrets, accounts.current())
    assert secrets.too_open(place.secrets) == []
    (place.secrets / "secret_key").chmod(0o644)
    assert secrets.too_open(place.secrets) == [place.secrets / "secret_key"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_as_root_the_application_owns_its_secrets(place: Layout) -> None:
    owner = accounts.named("www-data")
    secrets.ensure(place.secrets, owner)
    assert (place.secrets / "secret_key").stat().st_uid == owner.uid
