"""The preparation of a new group: it holds the issue while its lots are written, and ends by opening the group or by lapsing."""
from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Protocol

from server.domain.auctions.groups import Group
from server.domain.clock import Clock
from server.domain.errors import Conflict, Unavailable

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=10)  # a preparation without a sign of life for longer has died
RENEWED_EACH_SECONDS = 2.0


class IssueExists(Conflict):
    """A group of that issue is there already."""

    def __init__(self, issue: int):
        super().__init__(issue)
        self.issue = issue


class PreparationLapsed(Conflict):
    """It gave no sign of life for so long that what it had written is taken away; nothing of the issue is on sale."""

    def __init__(self, issue: int):
        super().__init__(issue)
        self.issue = issue


class NewGroupStore(Protocol):
    """Where groups are prepared. Until one is opened no question finds it, and none of its lots is there for anybody."""

    async def find_by_issue(self, issue: int) -> Group | None:
        """Only if it is opened."""

    async def prepare_group(self, group: Group, until: datetime) -> None:
        """Raises IssueExists, also where that issue is being prepared."""

    async def renew_preparation(self, group_id: int, until: datetime) -> bool:
        """False if it has lapsed or is opened."""

    async def open_group(self, group_id: int) -> bool:
        """Shows the group and lets bids in, by one write; False if it has lapsed."""

    async def lapse_group(self, group_id: int) -> None:
        """Makes a preparation lapse at once; an opened group stays."""

    async def lapse_overdue(self, now: datetime) -> list[int]:
        """Groups whose preparation has lapsed, with those that had to be renewed before `now`: none can be opened any more."""

    async def remove_group(self, group_id: int) -> None: ...

    async def next_id(self) -> int: ...


class Preparation:
    """One group from the claim of its issue until it is opened, by whoever writes its lots."""

    def __init__(self, groups: NewGroupStore, group: Group, clock: Clock):
        self._groups = groups
        self._group = group
        self._clock = clock

    async def begin(self) -> None:
        """Raises IssueExists."""
        await self._groups.prepare_group(self._group, self._clock.now() + LEASE)

    @contextlib.asynccontextmanager
    async def kept_alive(self) -> AsyncIterator[None]:
        """Meanwhile it does not lapse."""
        renewing = asyncio.get_running_loop().create_task(self._renew())
        try:
            yield
        finally:
            renewing.cancel()
            await asyncio.wait([renewing])

    async def open(self) -> None:
        """Raises PreparationLapsed. After Unavailable the group may be open or not."""
        if not await self._groups.open_group(self._group.id):
            raise PreparationLapsed(self._group.issue)

    async def give_up(self) -> None:
        """What is written can be swept, unless the group is open after all."""
        await self._groups.lapse_group(self._group.id)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEWED_EACH_SECONDS)
            try:
                if not await self._groups.renew_preparation(self._group.id, self._clock.now() + LEASE):
                    return
            except Unavailable:
                log.warning("issue %s: its preparation could not be renewed", self._group.issue)
