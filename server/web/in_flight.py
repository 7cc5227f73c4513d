"""Counts requests that are being answered, so that a draining process ends after the last of them."""
from __future__ import annotations

import asyncio


class InFlight:
    """How many requests are under way; `is_draining` tells keep-alive clients to go elsewhere."""

    def __init__(self) -> None:
        self.count = 0
        self.is_draining = False
        self._idle = asyncio.Event()
        self._idle.set()

    def begin(self) -> None:
        self.count += 1
        self._idle.clear()

    def end(self) -> None:
        self.count -= 1
        if self.count == 0:
            self._idle.set()

    async def wait_until_idle(self, seconds: float) -> bool:
        """False if some are still under way after that time."""
        try:
            async with asyncio.timeout(seconds):
                await self._idle.wait()
            return True
        except TimeoutError:
            return False
