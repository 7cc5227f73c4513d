"""Tests of server/process/garbage.py."""
from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from server.process.garbage import (
    FEWEST_CLOSES,
    LISTENER_BYTES,
    LONGEST_SECONDS,
    MOST_GROWN_BYTES,
    Collector,
    resident_bytes,
)


class Connections:
    """How many there are and were."""

    def __init__(self) -> None:
        self.open = self.closed = self.bytes = 0
        self.is_tense = False
        self.collector = Collector(lambda: self.open, lambda: self.closed, lambda: self.is_tense, lambda: self.bytes)


class Cycle:
    """Only a collection finds it."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def connections() -> Iterator[Connections]:
    thresholds = gc.get_threshold()
    yield Connections()
    gc.set_threshold(*thresholds)


def test_as_many_as_there_are_have_to_end_before_what_they_left_is_collected(connections: Connections) -> None:
    connections.open, connections.closed = 5000, 4999
    assert not connections.collector.look(0)
    left = weakref.ref(Cycle())
    connections.closed += 1
    assert connections.collector.look(0)
    assert left() is None
    connections.closed += 4999
    assert not connections.collector.look(0)


def test_a_few_do_not_count(connections: Connections) -> None:
    connections.closed = FEWEST_CLOSES - 1
    assert not connections.collector.look(0)
    connections.closed += 1
    assert connections.collector.look(0)


def test_what_is_not_counted_is_collected_in_the_end(connections: Connections) -> None:
    assert connections.collector.look(1e12)
    assert not connections.collector.look(1e12 + LONGEST_SECONDS - 1)
    assert connections.collector.look(1e12 + LONGEST_SECONDS)


def test_memory_that_grows_without_listeners_is_looked_through(connections: Connections) -> None:
    connections.open, connections.bytes = 10_000, 10_000 * LISTENER_BYTES + MOST_GROWN_BYTES - 1
    assert not connections.collector.look(0)
    connections.bytes += 1
    assert connections.collector.look(0)
    assert not connections.collector.look(0)


def test_what_the_process_holds_is_seen() -> None:
    before = resident_bytes()
    held = bytearray(64 * 2**20)
    held[::4096] = b"x" * len(held[::4096])
    assert resident_bytes() - before > 32 * 2**20


def test_it_waits_while_a_lot_is_about_to_end_but_not_for_ever(connections: Connections) -> None:
    connections.is_tense = True
    connections.closed = 3 * FEWEST_CLOSES - 1
    assert not connections.collector.look(0)
    connections.closed += 1
    assert connections.collector.look(0)


async def test_a_process_makes_no_full_collection_by_itself(connections: Connections) -> None:
    gc.disable()  # as a worker does while it is imported
    connections.collector.start()
    before = gc.get_stats()
    kept = [Cycle() for _ in range(1_000_000)]
    after = gc.get_stats()
    assert after[1]["collections"] > before[1]["collections"]
    assert after[2]["collections"] == before[2]["collections"]
    await connections.collector.stop()
    assert len(kept) == 1_000_000
