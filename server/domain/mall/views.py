"""Views: how often things were looked at, counted in memory and written now and then. A process that is killed loses its last seconds."""
from __future__ import annotations

from collections import Counter
from typing import Protocol

from server.domain.errors import Unavailable

WRITE_SECONDS = 5.0


class Viewed(Protocol):
    """Where views are added up."""

    async def tell(self, id: int, /, *, views: int) -> None:
        """So many more."""


class Views:
    """Those that this process has seen, and not written yet."""

    def __init__(self, viewed: Viewed):
        self._viewed = viewed
        self._seen: Counter[int] = Counter()

    def note(self, id: int) -> None:
        self._seen[id] += 1

    async def write(self) -> None:
        """Raises Unavailable; what was not written waits for the next time."""
        while self._seen:
            id, number = self._seen.popitem()
            try:
                await self._viewed.tell(id, views=number)
            except Unavailable:
                self._seen[id] += number
                raise
