"""Garbage collection: a full one holds up every screen, by a tenth of a second for a thousand listeners, so it is run seldom.

Most objects go when their last reference does. What only a collection finds are cycles, here mostly of connections that ended.
"""
from __future__ import annotations

import asyncio
import contextlib
import gc
import time
from collections.abc import Callable

YOUNG = 5_000  # new objects between two looks at them; a few milliseconds every fifth time
NEVER = 1_000_000_000
PERIOD_SECONDS = 10.0
FEWEST_CLOSES = 1000
LONGEST_SECONDS = 600.0  # for cycles that are not counted


class Collector:
    """Collects fully when as many connections have ended as there are, or long ago; if it can wait, not while a lot is about to end."""

    def __init__(self, count_open: Callable[[], int], count_closed: Callable[[], int], is_tense: Callable[[], bool]):
        self._count_open = count_open
        self._count_closed = count_closed
        self._is_tense = is_tense
        self._closed_before = 0
        self._collected_at = time.monotonic()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Takes the place of Python's own full collections, for the whole process."""
        gc.collect()
        gc.freeze()  # the program itself stays
        gc.set_threshold(YOUNG, 5, NEVER)
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def look(self, now: float) -> bool:
        """Collects if it is time, at that reading of time.monotonic(); whether it did."""
        ended = self._count_closed() - self._closed_before
        enough = max(FEWEST_CLOSES, self._count_open())
        is_due = ended >= enough or now - self._collected_at >= LONGEST_SECONDS
        if not is_due or (self._is_tense() and ended < 3 * enough):
            return False
        gc.collect()
        self._closed_before += ended
        self._collected_at = now
        return True

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(PERIOD_SECONDS)
            self.look(time.monotonic())
