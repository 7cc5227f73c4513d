"""Garbage collection: a full one holds up every screen, by a tenth of a second for a thousand listeners, so it is run seldom.

Most objects go when their last reference does. What only a collection finds are cycles, here mostly of connections that ended.
"""
from __future__ import annotations

import asyncio
import contextlib
import gc
import resource
import time
from collections.abc import Callable
from pathlib import Path

YOUNG = 5_000  # new objects between two looks at them; a few milliseconds every fifth time
NEVER = 1_000_000_000
PERIOD_SECONDS = 10.0
FEWEST_CLOSES = 1000
MOST_GROWN_BYTES = 128 * 2**20  # for cycles that are not counted
LONGEST_SECONDS = 600.0
LISTENER_BYTES = 20 * 1024


class Collector:
    """Collects fully when as many listeners have left as there are, memory has grown without them, or long ago.

    If it can wait, not while a lot is about to end.
    """

    def __init__(
        self,
        count_open: Callable[[], int],
        count_closed: Callable[[], int],
        is_tense: Callable[[], bool],
        count_bytes: Callable[[], int],
    ):
        self._count_open = count_open
        self._count_closed = count_closed
        self._is_tense = is_tense
        self._count_bytes = count_bytes
        self._closed_before = 0
        self._bytes_before = self._unaccounted()
        self._collected_at = time.monotonic()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Takes the place of Python's own full collections, for the whole process."""
        gc.collect()
        gc.freeze()  # the program itself stays
        gc.set_threshold(YOUNG, 5, NEVER)
        gc.enable()
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
        grown = self._unaccounted() - self._bytes_before
        is_due = ended >= enough or grown >= MOST_GROWN_BYTES or now - self._collected_at >= LONGEST_SECONDS
        is_urgent = ended >= 3 * enough or grown >= 3 * MOST_GROWN_BYTES
        if not is_due or (self._is_tense() and not is_urgent):
            return False
        gc.collect()
        self._bytes_before = self._unaccounted()
        self._closed_before += ended
        self._collected_at = now
        return True

    def _unaccounted(self) -> int:
        return self._count_bytes() - LISTENER_BYTES * self._count_open()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(PERIOD_SECONDS)
            self.look(time.monotonic())


def resident_bytes() -> int:
    """What the process holds of the machine's memory (proc(5), statm)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
