from __future__ import annotations

import socket

import pytest

from gridmgmt.ops import machine, ports, up
from gridmgmt.ops.console import OpsError
from gridmgmt.ops.layout import Layout


@pytest.fixture
def held() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_ports_are_remembered_and_differ(place: Layout) -> None:
    first = ports.settle(place, set())
    assert set(first) == set(ports.NAMES)
    assert len(set(first.values())) == len(ports.NAMES)
    assert ports.settle(place, set()) == first


def test_a_port_somebody_else_took_is_replaced(place: Layout, held: int) -> None:
    ports.remember(place, dict(ports.settle(place, set()), redis=held))
    assert ports.settle(place, set())["redis"] != held


def test_the_port_of_a_running_server_stays(place: Layout, held: int) -> None:
    ports.remember(place, dict(ports.settle(place, set()), redis=held))
    assert ports.settle(place, {"redis"})["redis"] == held


def test_a_cut_off_file_of_ports_counts_as_none(place: Layout) -> None:
    ports.file_of(place).write_text('{"postgres": 54')
    assert ports.remembered(place) == {}


def test_a_taken_public_port_names_its_holder(held: int) -> None:
    with pytest.raises(OpsError) as caught:
        up.require_port(up.Wish("127.0.0.1", held, detach=False, data="empty"))
    assert f"port {held} is in use by " in caught.value.what
    assert "--port" in caught.value.fix


def test_a_free_port_has_no_holder() -> None:
    assert machine.who_listens(ports.pick(set())) == ""
