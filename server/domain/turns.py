"""Long work on the event loop, in portions between which others have their turn: bids do not wait for a sheet."""
from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import TypeVar

T = TypeVar("T")

AT_ONCE = 50


async def in_turn(things: Iterable[T]) -> AsyncIterator[T]:
    """All of them, in their order."""
    for place, thing in enumerate(things, 1):
        yield thing
        if place % AT_ONCE == 0:
            await asyncio.sleep(0)
