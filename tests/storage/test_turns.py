"""Whose turn it is: one at a time, the next one after a death, and after a clock that was ahead."""
from __future__ import annotations

import asyncio
from datetime import timedelta

from server.storage.reminders.turns import MongoTurns
from tests.clock import NOON

TURN = timedelta(seconds=5)


async def test_a_turn_is_one_process_s_until_its_time_is_over_or_it_gives_it_up(mongo) -> None:
    turns = MongoTurns(mongo)
    taken = await asyncio.gather(*(turns.take_turn(worker, NOON, NOON + TURN) for worker in "abcd"))
    assert sum(taken) == 1
    first = "abcd"[taken.index(True)]
    second = "b" if first == "a" else "a"
    assert await turns.take_turn(first, NOON + TURN / 2, NOON + TURN * 1.5)
    assert not await turns.take_turn(second, NOON + TURN, NOON + TURN * 2)
    assert await turns.take_turn(second, NOON + TURN * 1.5, NOON + TURN * 2.5)
    await turns.give_up_turn(first)  # which it has no more
    assert not await turns.take_turn(first, NOON + TURN * 2, NOON + TURN * 3)
    await turns.give_up_turn(second)
    assert await turns.take_turn(first, NOON + TURN * 2, NOON + TURN * 3)


async def test_a_turn_taken_by_a_clock_that_was_ahead_holds_nobody_up(mongo) -> None:
    turns = MongoTurns(mongo)
    ahead = NOON + timedelta(hours=1)
    assert await turns.take_turn("a", ahead, ahead + TURN)
    assert await turns.take_turn("b", NOON, NOON + TURN)
