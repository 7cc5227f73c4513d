"""What is done again and again beside the requests, until the server ends."""
from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable

from server.domain.errors import Unavailable

log = logging.getLogger(__name__)

FIRST_WITHIN_SECONDS = 1.0


def first_pause(pause_seconds: float) -> float:
    """How long the first round is waited for."""
    return random.uniform(0, min(pause_seconds, FIRST_WITHIN_SECONDS))


class Rounds:
    """One round after the other, with a pause between. A round that fails is told in the log; the next one tries again.

    The first one comes at some moment of the first second: processes that start together, with twenty kinds of rounds each, do not
    ask the database for everything at once while people already bid.
    """

    def __init__(self, name: str, act: Callable[[], Awaitable[object]], pause_seconds: float):
        self._name = name
        self._act = act
        self._pause_seconds = pause_seconds
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run(), name=self._name)

    async def stop(self) -> None:
        """A round that is under way ends where it is."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        await asyncio.sleep(first_pause(self._pause_seconds))
        while True:
            try:
                await self._act()
            except Unavailable as error:
                log.debug("%s waits for the %s", self._name, error.what)
            except Exception:  # one fault must not end what goes round for as long as the process lives
                log.exception("a round of %s failed; the next one tries again", self._name)
            await asyncio.sleep(self._pause_seconds)
