"""Threads for what takes a processor's time: hashing, drawing. The event loop goes on meanwhile."""
from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from server.domain.errors import Unavailable

Result = TypeVar("Result")

THREADS = 2  # bids are worth more than sign-ins: these never take more than two processors
MOST_WAITING = 64  # a few seconds of work; who comes later is told so instead of waiting in vain


class HeavyWork:
    """Runs functions in a few threads, in the order they come."""

    def __init__(self, *, threads: int = THREADS, most_waiting: int = MOST_WAITING):
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="heavy")
        self._most_waiting = most_waiting
        self._waiting = 0

    async def run(self, function: Callable[..., Result], *arguments: Any) -> Result:
        """Raises what the function raises, and Unavailable when too many wait."""
        if self._waiting >= self._most_waiting:
            raise Unavailable("processor", retry_after_seconds=3)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Ends the threads after what they are at."""
        self._threads.shutdown(wait=True, cancel_futures=True)
