"""Numbers that are given out once: one sequence for each kind, without gaps, whichever process gives them."""
from __future__ import annotations

from typing import Protocol

from server.domain.errors import Conflict

MOST_KINDS = 10_000  # anybody may begin one


class TooManyKinds(Conflict):
    """As many sequences were begun as there may be."""


class UniqueIdStore(Protocol):
    """Where the last number of each kind is kept."""

    async def take_next(self, kind: str) -> int | None:
        """By one write; None if the kind has not begun."""

    async def begin(self, kind: str, most: int) -> bool:
        """Unless it has begun already; False if there are as many kinds."""


class UniqueIdService:
    """Gives out numbers from 1. One is left out only where a process dies between its write and its answer."""

    def __init__(self, ids: UniqueIdStore):
        self._ids = ids

    async def take_next(self, kind: str) -> int:
        """Raises TooManyKinds."""
        while True:
            number = await self._ids.take_next(kind)
            if number is not None:
                return number
            if not await self._ids.begin(kind, MOST_KINDS):
                raise TooManyKinds()
