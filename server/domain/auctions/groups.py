"""Groups (期): what is sold together, from when to when."""
from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol

from msgspec import Struct

from server.domain.auctions.admission import Admission, WhoMayBid
from server.domain.clock import Clock
from server.domain.errors import NotFound
from server.domain.paging import Page, PageQuery

NOT_STARTED, IN_PROGRESS, ENDED = 0, 1, 2
OPENS_SOON = timedelta(hours=1)  # the document: 最近一个小时后开始或者正在进行中的的团购


class Announcement(Struct, frozen=True):
    """Words of an operator to everyone who looks at a group."""

    text: str
    at: datetime


class Group(Struct, frozen=True, kw_only=True):
    """One issue. `end_at` is when the last lot ends, so it moves with soft close; `ended_at` is set once all is settled."""

    id: int
    issue: int
    start_at: datetime
    end_at: datetime
    ended_at: datetime | None = None
    categories: tuple[str, ...] = ()
    announcement: Announcement | None = None
    who_may_bid: WhoMayBid = WhoMayBid.ANYONE
    deposit: int = 0
    lead_limit: int = 0

    @property
    def admission(self) -> Admission:
        return Admission(who_may_bid=self.who_may_bid, deposit=self.deposit, lead_limit=self.lead_limit)

    def status_at(self, now: datetime) -> int:
        if self.ended_at is not None or now >= self.end_at:
            return ENDED
        return IN_PROGRESS if now >= self.start_at else NOT_STARTED


def in_turn(groups: Iterable[Group], now: datetime, opens_by: datetime) -> list[Group]:
    """Of these those in progress, that which ends first before the others, then those that start until `opens_by`."""
    open_ones = [one for one in groups if one.ended_at is None and one.start_at <= opens_by and one.end_at > now]
    running = sorted((one for one in open_ones if one.start_at <= now), key=lambda one: (one.end_at, one.id))
    return running + sorted((one for one in open_ones if one.start_at > now), key=lambda one: (one.start_at, one.id))


class GroupStore(Protocol):
    """Where groups are kept."""

    async def get_group(self, group_id: int) -> Group:
        """Raises NotFound."""

    async def list_open_groups(self, now: datetime, opens_by: datetime) -> list[Group]:
        """Those in progress, that which ends first before the others, then those that start until `opens_by`."""

    async def list_ended_groups(self, now: datetime, page: PageQuery) -> Page[Group]:
        """Newest first."""

    async def list_groups_by_id(self, group_ids: list[int]) -> list[Group]:
        """Those that exist."""

    async def list_unfinished_groups(self) -> list[Group]:
        """Groups whose lots are not all settled and recorded."""

    async def postpone_end(self, group_id: int, end_at: datetime) -> None:
        """Moves the end later, never earlier."""

    async def start_early(self, group_id: int, at: datetime) -> Group:
        """Moves the start earlier, never later; gives the group as it is then. Raises NotFound."""

    async def announce(self, group_id: int, announcement: Announcement) -> Group:
        """The newest one stays. Raises NotFound."""

    async def finish_group(self, group_id: int, ended_at: datetime) -> bool:
        """Marks it ended; True for the one call that did."""


class GroupService:
    """Reading groups."""

    def __init__(self, groups: GroupStore, clock: Clock):
        self._groups = groups
        self._clock = clock

    async def get_group(self, group_id: int) -> Group:
        """Raises NotFound."""
        return await self._groups.get_group(group_id)

    async def list_open_groups(self) -> list[Group]:
        """The groups in progress and those that start within the hour, the current one first."""
        now = self._clock.now()
        return await self._groups.list_open_groups(now, now + OPENS_SOON)

    async def find_current_group(self) -> Group | None:
        """The group in progress, else the one that starts within the hour; with several, the one that ends first."""
        return next(iter(await self.list_open_groups()), None)

    async def get_current_group(self) -> Group:
        """Raises NotFound while there is none."""
        group = await self.find_current_group()
        if group is None:
            raise NotFound("group")
        return group

    async def list_ended_groups(self, page: PageQuery) -> Page[Group]:
        return await self._groups.list_ended_groups(self._clock.now(), page)
