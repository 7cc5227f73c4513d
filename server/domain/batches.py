"""One write for many who want one at the same time."""
from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Done = TypeVar("Done")


class Batches(Generic[Item, Done]):
    """Acts on items in the order they come: those that arrive while one act is under way, all together by the next.

    `most`: at once; the first of many who wait do not wait for the last. `share`: of the time that acting takes at most; what
    comes meanwhile waits, so the busier the database, the more it is given at once. Below that, nobody waits, and nobody for longer than
    `pause` seconds since the last act began: one that takes longer itself is followed by the next at once. `for_all`: an error of
    that kind is the answer of those too who wait for the next act, as they have waited as long. `at_once`: acts that may be under way
    together, for items whose order is nothing to each other.
    """

    def __init__(
        self,
        act: Callable[[list[Item]], Awaitable[Sequence[Done]]],
        *,
        most: int,
        share: float = 1.0,
        pause: float = math.inf,
        for_all: type[Exception] | tuple[()] = (),
        at_once: int = 1,
    ):
        self._act = act
        self._for_all = for_all
        self._most = most
        self._share = share
        self._pause = pause
        self._next_at = 0.0  # as time.monotonic() tells it
        self._at_once = at_once
        self._waiting: list[tuple[Item, asyncio.Future[Done]]] = []
        self._workers: set[asyncio.Task[None]] = set()

    def add(self, item: Item) -> asyncio.Future[Done]:
        """Resolves to what acting gave for the item. An error is the answer of everyone in its batch."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Done] = loop.create_future()
        self._waiting.append((item, answer))
        if len(self._workers) < self._at_once:
            worker = loop.create_task(self._work())
            self._workers.add(worker)
        return answer

    async def _work(self) -> None:
        worker = asyncio.current_task()
        assert worker is not None
        try:
            while self._waiting:
                pause = self._next_at - time.monotonic()
                if pause > 0:
                    await asyncio.sleep(pause)
                batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                if batch:
                    await self._act_on(batch)
        finally:
            self._workers.discard(worker)

    async def _act_on(self, batch: list[tuple[Item, asyncio.Future[Done]]]) -> None:
        began_at = time.monotonic()
        try:
            done = await self._act([item for item, _ in batch])
        except Exception as error:  # the error is the answer of everyone who waits for this
            if isinstance(error, self._for_all):
                batch, self._waiting = batch + self._waiting, []
            for _, answer in batch:
                if not answer.done():
                    answer.set_exception(error)
        else:
            for (_, answer), one in zip(batch, done, strict=True):
                if not answer.done():
                    answer.set_result(one)
        self._next_at = began_at + min((time.monotonic() - began_at) / self._share, self._pause)
