"""Work in slices: it rests as its share says, and is ended, fails and answers as if it did not."""
from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from server.domain.auditing.slices import SLICE_SECONDS, STEP_SECONDS, Slices, giving_way


class Rests:
    """Notes every rest instead of taking it."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    async def rest(self, seconds: float) -> None:
        self.taken.append(seconds)
        await asyncio.sleep(0)


async def toil(seconds: float) -> None:
    """And give way after it."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pass
    await asyncio.sleep(0)


async def test_it_rests_as_much_longer_as_its_share_says() -> None:
    rests = Rests()
    slices = Slices(0.1, rests.rest)
    started = time.monotonic()
    for _ in range(4):  # what is too short for a rest is added up
        await slices.run(toil(SLICE_SECONDS * 0.6))
    worked = time.monotonic() - started
    assert len(rests.taken) == 2
    assert SLICE_SECONDS * 2 * 9 <= sum(rests.taken) <= worked * 9


async def test_waiting_for_a_database_that_was_away_is_no_work_to_rest_from() -> None:
    rests = Rests()
    slices = Slices(0.1, rests.rest)
    for seconds in (2.4, STEP_SECONDS / 2):
        slices.note(seconds)
        await slices.rest()
    assert rests.taken == pytest.approx([STEP_SECONDS * 9, STEP_SECONDS / 2 * 9])


async def test_what_the_work_gives_and_raises_comes_through() -> None:
    slices = Slices(0.5, Rests().rest)

    async def answer() -> int:
        await toil(0.001)
        return 7

    async def mend() -> str:
        try:
            await asyncio.wait_for(asyncio.get_running_loop().create_future(), 0.001)
        except TimeoutError:
            return "mended"
        return "never"

    async def fail() -> None:
        await asyncio.sleep(0)
        raise ValueError("as it is")

    assert await slices.run(answer()) == 7
    assert await slices.run(mend()) == "mended"
    with pytest.raises(ValueError, match="as it is"):
        await slices.run(fail())


async def test_a_walk_that_is_ended_ends_what_it_reads_from() -> None:
    faults: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, about: faults.append(about))
    ended: list[str] = []

    async def read(name: str) -> AsyncIterator[int]:
        try:
            while True:
                await (asyncio.sleep(0) if name == "resting" else asyncio.sleep(0.001))
                yield 1
        finally:
            await asyncio.sleep(0)
            ended.append(name)

    async def walk(name: str) -> None:
        async for _ in giving_way(read(name)):
            pass

    shares = {"resting": Slices(0.000001), "waiting": Slices(0.999, Rests().rest)}
    walks = [asyncio.create_task(slices.run(walk(name))) for name, slices in shares.items()]
    shares["resting"].note(SLICE_SECONDS)
    await asyncio.sleep(0.01)
    for one in walks:
        one.cancel()
    assert [type(one) for one in await asyncio.gather(*walks, return_exceptions=True)] == [asyncio.CancelledError] * 2
    gc.collect()
    await asyncio.sleep(0)
    assert (sorted(ended), faults) == (["resting", "waiting"], [])


async def test_work_that_is_ended_cleans_up_whether_it_waits_or_rests() -> None:
    ended: list[str] = []

    async def work(name: str) -> None:
        try:
            await toil(SLICE_SECONDS * 2)
            await asyncio.get_running_loop().create_future()
        finally:
            ended.append(name)

    resting, waiting = (asyncio.create_task(slices.run(work(name))) for name, slices in (
        ("resting", Slices(0.000001)), ("waiting", Slices(0.999, Rests().rest))
    ))
    for _ in range(10):
        await asyncio.sleep(0)  # until one rests and the other waits
    for task in (resting, waiting):
        task.cancel()
    await asyncio.gather(resting, waiting, return_exceptions=True)
    assert sorted(ended) == ["resting", "waiting"]
    assert resting.cancelled() and waiting.cancelled()
