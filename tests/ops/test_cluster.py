from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from gridmgmt.ops import accounts, cluster, cluster_config, ports, secrets, servers
from gridmgmt.ops.cluster import Cluster
from gridmgmt.ops.console import OpsError
from gridmgmt.ops.layout import Layout
from gridmgmt.ops.redis import Redis


@pytest.fixture
def own(place: Layout) -> Iterator[Cluster]:
    servers.make_folders(place)
    found = Cluster(place, ports.pick(set()))
    yield found
    found.stop()


def test_commits_are_durable_and_row_values_stay_out_of_the_log() -> None:
    text = cluster_config.render(socket=cluster.Path("/s"), port=5, memory=8000)
    for line in (
        "synchronous_commit = on",
        "jit = off",
        "max_connections = 100",
        "listen_addresses = '127.0.0.1'",
    ):
        assert line in text
    assert "log_error_verbosity = terse" in text
    assert "log_min_error_statement = panic" in text


@pytest.mark.parametrize(("memory", "shared"), [(512, 128), (8000, 1600), (256_000, 8192)])
def test_shared_memory_follows_the_machine(memory: int, shared: int) -> None:
    text = cluster_config.render(socket=cluster.Path("/s"), port=5, memory=memory)
    assert f"shared_buffers = {shared}MB" in text


def test_nobody_enters_without_a_password_but_the_servers_own_account() -> None:
    rules = [line.split() for line in cluster_config.render_hba("x").splitlines() if not line.startswith("#")]
    assert [rule[-1] for rule in rules if rule[0] == "host"] == ["scram-sha-256"] * 2
    assert not any("trust" in rule for rule in rules)


def test_a_cluster_of_another_version_is_named(place: Layout) -> None:
    place.cluster.mkdir(parents=True)
    (place.cluster / "PG_VERSION").write_text("9\n")
    with pytest.raises(OpsError) as caught:
        Cluster(place, 1).bin()
    assert "made by PostgreSQL 9" in caught.value.what
    assert "postgresql-9" in caught.value.fix


def test_a_strange_folder_is_not_overwritten(place: Layout) -> None:
    place.cluster.mkdir(parents=True)
    (place.cluster / "diary.txt").write_text("mine")
    with pytest.raises(OpsError, match="not empty"):
        Cluster(place, 1).create()
    assert (place.cluster / "diary.txt").read_text() == "mine"


def test_a_killed_cluster_comes_back_with_what_was_committed(own: Cluster) -> None:
    """A half-made directory is replaced, extensions are in the template, kill -9 of the server loses nothing."""
    half = own.data.with_name("data.new")
    accounts.own_folder(own.data.parent, own.account)
    half.mkdir()
    (half / "PG_VERSION").write_text("15\n")
    assert own.create()
    assert not own.create()
    own.start()
    own.prepare()
    extensions = own.psql("SELECT count(*) FROM pg_extension", "template1")
    assert int(extensions) >= len(cluster.EXTENSIONS)
    assert own.psql("SHOW data_checksums") == "on"
    assert own.psql("SELECT rolsuper FROM pg_roles WHERE rolname='grid'") == "f"
    own.psql("CREATE TABLE kept(a int); INSERT INTO kept VALUES (7);", "grid")
    assert own.child is not None
    own.child.kill()
    own.child.wait()
    assert own.pid() is None
    own.start()
    assert own.psql("SELECT a FROM kept", "grid") == "7"


def test_redis_needs_its_password_and_keeps_its_data_over_a_kill(place: Layout) -> None:
    servers.make_folders(place)
    own = Redis(place, ports.pick(set()))
    own.start()
    try:
        assert own.accepts()
        assert (own.folder / "redis.conf").stat().st_mode & 0o777 == 0o600
        (place.secrets / "redis_password").unlink()
        secrets.ensure(place.secrets, accounts.current())
        assert not own.accepts()
        assert own.child is not None
        own.child.kill()
        own.child.wait()
        own.start()
        assert own.accepts()
    finally:
        own.stop()
    assert own.pid() is None


def test_the_last_one_out_stops_the_servers(place: Layout) -> None:
    with servers.leased(place) as first:
        with servers.leased(place) as second:
            assert second.ports == first.ports
        assert all(server.pid() for server in first.own)
    assert not any(server.pid() for server in first.own)
    shutil.rmtree(place.stamps)


def test_lost_keys_of_a_database_with_data_are_not_replaced_in_silence(place: Layout) -> None:
    servers.make_folders(place)
    place.cluster.mkdir(parents=True)
    (place.cluster / "PG_VERSION").write_text("15\n")
    (place.secrets / "field_keys").unlink()
    with pytest.raises(OpsError, match="field_keys missing"):
        servers.make_folders(place)
    assert not (place.secrets / "field_keys").exists()


@pytest.mark.parametrize("name", ["media", "static", "imports"])
def test_what_pages_and_commands_write_belongs_to_both(place: Layout, name: str) -> None:
    servers.make_folders(place)
    found = (place.var / name).stat()
    assert found.st_uid == accounts.named(servers.APP_ACCOUNT).uid
    assert found.st_mode & 0o7777 == 0o2770
