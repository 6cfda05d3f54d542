"""Identifiers are version 7, ordered within a process, and carry their time."""

from __future__ import annotations

import os
import threading
import time
from uuid import RFC_4122, UUID, uuid4

import pytest

from geodata import ids


def test_layout_is_version_7_of_rfc_9562() -> None:
    value = ids.uuid7(0x017F22E279B0)
    assert value.version == 7
    assert value.variant == RFC_4122
    assert value.hex.startswith("017f22e279b07")
    assert ids.uuid7_time_ms(value) == 0x017F22E279B0


def test_time_of_the_rfc_example_is_read() -> None:
    assert ids.uuid7_time_ms(UUID("017F22E2-79B0-7CC3-98C4-DC0C0C07398F")) == 1_645_557_742_000


def test_values_of_one_process_only_grow() -> None:
    made = [ids.uuid7() for _ in range(20_000)]
    assert made == sorted(set(made))


def test_values_grow_when_the_clock_steps_back(monkeypatch: pytest.MonkeyPatch) -> None:
    before = ids.uuid7()
    monkeypatch.setattr(ids.time, "time_ns", lambda: 1_000_000_000)
    assert ids.uuid7() > before


def test_counter_overflow_moves_to_the_next_millisecond(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sequence = ids._Sequence()
    sequence.next(1_000)
    sequence._tail = ids._COUNTER_LIMIT - 1
    assert sequence.next(1_000)[0] == 1_001


def test_time_now_is_inside_a_new_value() -> None:
    low = time.time_ns() // 1_000_000
    value = ids._Sequence().next(time.time_ns() // 1_000_000)[0]
    assert low <= value <= time.time_ns() // 1_000_000


def test_threads_never_make_the_same_value() -> None:
    made: list[UUID] = []

    def work() -> None:
        made.extend([ids.uuid7() for _ in range(2_000)])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 8_000


def test_a_forked_child_makes_other_values(monkeypatch: pytest.MonkeyPatch) -> None:
    ids.uuid7()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, b"".join(ids.uuid7().bytes for _ in range(200)))
        os._exit(0)
    os.waitpid(child, 0)
    data = os.read(reading, 3_200)
    theirs = {UUID(bytes=data[i : i + 16]) for i in range(0, len(data), 16)}
    assert len(theirs) == 200
    assert not theirs & {ids.uuid7() for _ in range(200)}


@pytest.mark.parametrize("bad", [-1, 1 << 48])
def test_a_time_beyond_48_bits_is_refused(bad: int) -> None:
    with pytest.raises(ValueError):
        ids.uuid7(bad)


def test_other_versions_have_no_time() -> None:
    with pytest.raises(ValueError):
        ids.uuid7_time_ms(uuid4())
