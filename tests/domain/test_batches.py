"""One write for many: in order, together, and what fails is told to everyone it was for."""
from __future__ import annotations

import asyncio

import pytest

from server.domain.batches import Batches


class Act:
    """Doubles numbers; a batch waits until it is let through."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.may_pass = asyncio.Event()

    async def __call__(self, items: list[int]) -> list[int]:
        self.batches.append(items)
        await self.may_pass.wait()
        if 13 in items:
            raise ValueError("unlucky")
        return [2 * item for item in items]


async def test_what_comes_while_one_is_under_way_goes_together_by_the_next() -> None:
    act = Act()
    batches = Batches(act, most=3)
    first = batches.add(1)
    while not act.batches:
        await asyncio.sleep(0)
    rest = [batches.add(number) for number in (2, 3, 4, 5)]
    act.may_pass.set()
    assert await asyncio.gather(first, *rest) == [2, 4, 6, 8, 10]
    assert act.batches == [[1], [2, 3, 4], [5]]


async def test_an_error_is_the_answer_of_its_batch_and_of_no_other() -> None:
    act = Act()
    act.may_pass.set()
    batches = Batches(act, most=2)
    unlucky, beside, after = (batches.add(number) for number in (13, 1, 2))
    for one in (unlucky, beside):
        with pytest.raises(ValueError, match="unlucky"):
            await one
    assert await after == 4


async def test_whoever_gives_up_keeps_nobody_else_waiting() -> None:
    act = Act()
    batches = Batches(act, most=10)
    gone, stays = batches.add(1), batches.add(2)
    gone.cancel()
    act.may_pass.set()
    assert await stays == 4


@pytest.mark.parametrize("takes, waits", [(0.02, [0.06]), (0.06, [0.04]), (0.2, [])])
async def test_no_more_than_a_share_of_the_time_is_acted_in_but_nobody_waits_long(
    monkeypatch: pytest.MonkeyPatch, takes: float, waits: list[float]
) -> None:
    """An act of 20 ms at a quarter: what comes right after it waits for 60 ms, all together; a longer one, until 100 ms since it began."""
    now, slept = [100.0], []

    async def sleep(seconds: float) -> None:
        slept.append(round(seconds, 6))
        now[0] += seconds

    async def act(items: list[int]) -> list[int]:
        now[0] += takes
        return items

    monkeypatch.setattr("server.domain.batches.time.monotonic", lambda: now[0])
    monkeypatch.setattr("server.domain.batches.asyncio.sleep", sleep)
    batches = Batches(act, most=10, share=0.25, pause=0.1)
    assert await batches.add(1) == 1
    assert await asyncio.gather(batches.add(2), batches.add(3)) == [2, 3]
    assert slept == waits
