"""Long work that takes a small share of the time: for a slice it goes on, then it rests many times as long."""
from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator
from typing import Any, Generic, TypeVar

Result = TypeVar("Result")
Made = TypeVar("Made")

SLICE_SECONDS = 0.05
# The most that counts of one step, which reads some documents: a longer one has waited for a database that was away, which is no work.
STEP_SECONDS = 0.25
AT_ONCE = 50


async def giving_way(all: AsyncIterator[Made]) -> AsyncIterator[Made]:
    """All of them; between some and the next the work may rest."""
    number = 0
    async for one in all:
        yield one
        number += 1
        if number % AT_ONCE == 0:
            await asyncio.sleep(0)


class Slices:
    """Lets work go on for `share` of the time at most: what it waits for counts, up to STEP_SECONDS, for the database works meanwhile.

    It rests only where the work gives way by itself (`asyncio.sleep(0)`): what an audit compares it reads without a rest between.
    """

    def __init__(self, share: float, rest: Callable[[float], Awaitable[object]] = asyncio.sleep):
        self._pause_a_second = 1 / share - 1
        self._rest = rest
        self._unpaid = 0.0  # seconds worked since the last rest

    async def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """What the work gives, or raises."""
        return await _Sliced(work, self)

    def note(self, seconds: float) -> None:
        """That a step took so long."""
        self._unpaid += min(seconds, STEP_SECONDS)

    def rest(self) -> Awaitable[object]:
        """Where a slice is over as long as it has to be, else only until the others had their turn."""
        if self._unpaid < SLICE_SECONDS:
            return asyncio.sleep(0)
        pause, self._unpaid = self._unpaid * self._pause_a_second, 0.0
        return self._rest(pause)


class _Sliced(Generic[Result]):
    """Awaits the work step by step."""

    def __init__(self, work: Coroutine[Any, Any, Result], slices: Slices):
        self._work = work
        self._slices = slices

    def __await__(self) -> Generator[Any, Any, Result]:
        work, slices = self._work, self._slices
        fault: BaseException | None = None  # what the work is told where it waits, as that it is ended
        began = time.monotonic()
        try:
            while True:
                awaited = work.send(None) if fault is None else work.throw(fault)
                fault = None
                is_step = awaited is None
                if is_step:
                    slices.note(time.monotonic() - began)
                try:
                    if is_step:
                        yield from slices.rest().__await__()
                    else:
                        yield awaited
                except GeneratorExit:
                    raise
                except BaseException as error:
                    fault = error
                if is_step:
                    began = time.monotonic()
        except StopIteration as end:
            slices.note(time.monotonic() - began)
            result: Result = end.value
            return result
        finally:
            work.close()
