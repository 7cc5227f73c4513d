"""Numbers that are given out once, from one counter in the database."""
from __future__ import annotations

import asyncio
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorDatabase

from server.storage.mongo import Sequences

BLOCK = 2


async def test_each_number_is_given_out_once_to_whoever_asks_and_however_many_at_once(mongo: AsyncIOMotorDatabase) -> None:
    processes = [Sequences(mongo) for _ in range(3)]
    given = await asyncio.gather(*(process.next_number("tests", block=BLOCK) for process in processes * 20))
    assert len(set(given)) == 60 and min(given) == 1
    assert await processes[0].next_number("tests") > max(given)


async def test_more_who_ask_in_the_turn_in_which_a_block_arrives_than_it_has_do_not_wait_for_it_for_ever(
    mongo: AsyncIOMotorDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    sequences, has_arrived = Sequences(mongo), asyncio.Event()
    reserve, shield = sequences._reserve, asyncio.shield

    async def reserve_late(name: str, count: int) -> int:
        if not has_arrived.is_set():
            await has_arrived.wait()
        return await reserve(name, count) if sequences._blocks else BLOCK

    def shield_what_lasts(awaited: asyncio.Task[Any]) -> Any:
        assert not awaited.done(), "waits for what is over: no other turn comes while it does"
        return shield(awaited)

    async def ask_when_it_arrives() -> int:
        await has_arrived.wait()
        return await sequences.next_number("tests", block=BLOCK)

    await sequences.raise_to("tests", BLOCK)
    monkeypatch.setattr(sequences, "_reserve", reserve_late)
    monkeypatch.setattr(asyncio, "shield", shield_what_lasts)
    first = asyncio.create_task(sequences.next_number("tests", block=BLOCK))
    await asyncio.sleep(0)
    await asyncio.sleep(0)  # the block is asked for
    others = [asyncio.create_task(ask_when_it_arrives()) for _ in range(5)]
    await asyncio.sleep(0)
    has_arrived.set()
    assert sorted(await asyncio.gather(first, *others)) == [*range(1, 7)]
