"""Turns at the door, with a clock set by hand."""
from __future__ import annotations

import asyncio

import pytest

from realtime.door import AT_ONCE, FILLED_IN_SECONDS, LONGEST_WAIT_SECONDS, ROUNDS_BETWEEN, TURNS_OF_A_FLOOD, Door
from server.domain.errors import TooMany

MOST = 8
A_TURN = FILLED_IN_SECONDS / MOST
HERE, ELSEWHERE = "192.0.2.1", "192.0.2.2"


class Street:
    """A door, and the time before it."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.door = Door(MOST, lambda: self.now)

    def come(self, times: int = 1, address: str = HERE) -> list[float]:
        return [self.door.take_turn(address) for _ in range(times)]


def test_all_can_come_back_twice_at_once_and_then_one_after_the_other() -> None:
    street = Street()
    assert street.come(AT_ONCE * MOST) == [0.0] * AT_ONCE * MOST
    assert street.come(3) == pytest.approx([A_TURN, 2 * A_TURN, 3 * A_TURN])
    assert street.come(address=ELSEWHERE) == [0.0]
    street.now += 3 * A_TURN
    assert street.come() == pytest.approx([A_TURN])


def test_who_would_wait_too_long_is_told_when_to_come_again() -> None:
    street = Street()
    waits = []
    with pytest.raises(TooMany) as refused:
        while True:
            waits += street.come()
    assert max(waits) == pytest.approx(LONGEST_WAIT_SECONDS)
    with pytest.raises(TooMany):
        street.come()  # what was refused has taken no turn
    street.now += refused.value.retry_after_seconds
    assert street.come()[0] <= LONGEST_WAIT_SECONDS


def test_a_flood_takes_turns_of_its_address_but_never_all_of_them() -> None:
    street = Street()
    street.door.note_flood(HERE)
    assert street.come(AT_ONCE * MOST - TURNS_OF_A_FLOOD + 1)[-2:] == pytest.approx([0.0, A_TURN])
    for _ in range(1000):
        street.door.note_flood(HERE)
    assert street.come() == pytest.approx([LONGEST_WAIT_SECONDS])
    assert street.come(address=ELSEWHERE) == [0.0]


def test_an_address_that_was_away_for_long_has_no_more_turns_than_another() -> None:
    street = Street()
    street.come()
    street.now += 1_000_000
    assert street.come(AT_ONCE * MOST + 1)[-2:] == pytest.approx([0.0, A_TURN])


@pytest.mark.parametrize(
    "one, other, are_same",
    [
        ("2001:db8::1", "2001:db8::2:3", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
    ],
)
def test_who_counts_as_one_address(one: str, other: str, are_same: bool) -> None:
    street = Street()
    for _ in range(MOST):
        street.door.enter(one)
    if are_same:
        with pytest.raises(TooMany):
            street.door.enter(other)
        street.door.leave(other)
    street.door.enter(other)
    street.come(AT_ONCE * MOST, one)
    assert (street.come(address=other)[0] > 0) is are_same


async def test_between_two_newcomers_everybody_else_has_a_turn() -> None:
    door, passed = Street().door, 0
    at: list[int] = []

    async def count() -> None:
        nonlocal passed
        while len(at) < MOST:
            passed += 1
            await asyncio.sleep(0)

    async def come() -> None:
        await door.knock(HERE)
        at.append(passed)

    await asyncio.gather(count(), *(come() for _ in range(MOST)))
    assert all(later - earlier >= ROUNDS_BETWEEN for earlier, later in zip(at, at[1:]))
