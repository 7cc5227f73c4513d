"""How late the event loop runs what is due: the delay that everything else in the process suffers too."""
from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable

PERIOD_SECONDS = 0.1


class LoopLag:
    """Sets itself an alarm ten times a second and tells how late it came."""

    def __init__(self, observe: Callable[[float], None]):
        self._observe = observe
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            due = time.perf_counter() + PERIOD_SECONDS  # uvloop's own time is in whole milliseconds
            await asyncio.sleep(PERIOD_SECONDS)
            self._observe(max(0.0, time.perf_counter() - due))
