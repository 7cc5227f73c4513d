"""Ends of sessions that nobody told of: looked for in the database, so that they are noticed without Redis too."""
from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import NamedTuple, Protocol

from server.domain.events import Event, TokensChanged
from server.domain.rounds import Rounds

LOOK_SECONDS = 1.5  # with a slow database and a check of the token, an end is noticed within 5 s
SEEN_AGAIN = timedelta(seconds=10)  # an end becomes visible this long after its time stamp, a change of the database's clock included
MOST_AT_ONCE = 500
EARLIEST = datetime.fromtimestamp(0, timezone.utc)


class Ending(NamedTuple):
    """Tokens of that user ended then, by the database's clock."""

    ended_at: datetime
    user_id: int


class EndingStore(Protocol):
    """Where ends are kept with their times."""

    async def find_newest(self) -> Ending | None:
        """The last one, if there is any."""

    async def list_ended(self, since: datetime, most: int) -> list[Ending]:
        """From that time on, oldest first."""


class EndingService:
    """One look every moment; each end is told to this process once. What others ended is told here however the news fared."""

    def __init__(self, endings: EndingStore, tell: Callable[[Event], None]):
        self._endings = endings
        self._tell = tell
        self._since = EARLIEST
        self._told: set[Ending] = set()  # those that the next look finds again
        self._rounds = Rounds("looking for ended sessions", self.look, LOOK_SECONDS)

    async def start(self) -> None:
        """Tells what ends from now on. Raises Unavailable."""
        newest = await self._endings.find_newest()
        if newest is not None:
            self._since = newest.ended_at - SEEN_AGAIN
            self._told = set(await self._endings.list_ended(self._since, MOST_AT_ONCE))
        self._rounds.start()

    async def stop(self) -> None:
        await self._rounds.stop()

    async def look(self) -> None:
        """Raises Unavailable."""
        found = await self._endings.list_ended(self._since, MOST_AT_ONCE)
        for user_id in {ending.user_id for ending in found if ending not in self._told}:
            self._tell(TokensChanged(user_id=user_id))
        self._told = set(found)
        if len(found) == MOST_AT_ONCE:
            self._since = found[-1].ended_at  # the rest first
        elif found:
            self._since = max(self._since, found[-1].ended_at - SEEN_AGAIN)
