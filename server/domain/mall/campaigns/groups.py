"""Group buying: a group opens when its leader has paid, fills, or runs out and is given its money back whole."""
from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import Annotated, Protocol

from msgspec import Meta, Struct
from msgspec.structs import replace

from server.domain.accounts.users import User
from server.domain.clock import Clock
from server.domain.errors import Conflict, NotFound
from server.domain.mall.categories import Name
from server.domain.mall.orders.refunds import WAY_LABELS, Way
from server.domain.nouns import NumberId, Revision, about
from server.domain.paging import Page, PageQuery
from server.domain.transactions import Transaction

MOST_PEOPLE = 50
MOST_HOURS = 30 * 24


class OfferMissing(NotFound):
    """The goods is not bought in groups, or not now."""


class GroupMissing(NotFound):
    """There is no such group."""


class GroupNotOpen(Conflict):
    """Nobody can join: its leader has not paid yet."""


class GroupFull(Conflict):
    """Every place is taken."""


class GroupOver(Conflict):
    """It is complete, has run out, or was given up."""


class AlreadyInGroup(Conflict):
    """One person has one place in a group."""


class OtherGoods(Conflict):
    """The group buys something else."""


class GroupOfferTerms(Struct, frozen=True, kw_only=True):
    """A group has so many people; it runs for so many hours from when its leader has paid. Prices stand at the goods."""

    name: Annotated[Name, about("名称", "Name")] = "拼团"
    goods_id: Annotated[Annotated[int, Meta(ge=1, le=2**53 - 1)], about("商品", "Goods", refers_to="mall.goods")]
    people: Annotated[Annotated[int, Meta(ge=2, le=MOST_PEOPLE)], about("成团人数", "People")]
    hours: Annotated[Annotated[int, Meta(ge=1, le=MOST_HOURS)], about("有效小时", "Hours")]
    way_back: Annotated[Way, about("退款方式", "Money goes back", labels=WAY_LABELS)] = Way.WALLET
    starts_at: Annotated[datetime | None, about("开始时间", "From")] = None
    ends_at: Annotated[datetime, about("截止时间", "Until")]
    is_open: Annotated[bool, about("启用", "In use")] = True


class GroupOffer(GroupOfferTerms, frozen=True, kw_only=True):
    id: NumberId
    revision: Revision = 0
    added_at: Annotated[datetime, about("创建时间", "Added at")]

    def is_open_at(self, now: datetime) -> bool:
        return self.is_open and (self.starts_at is None or self.starts_at <= now) and now < self.ends_at


class GroupState(int, Enum):
    """As clients number them, but for those that they never see."""

    RUNNING = 0
    COMPLETE = 1
    FAILED = 2  # it ran out, and everybody has their money back
    UNPAID = 3  # its leader has not paid
    ENDING = 4  # it ran out, and its money is on its way back


class Seat(Struct, frozen=True, kw_only=True):
    """A place in a group, held by an order; taken once that is paid."""

    user_id: int
    order_id: int
    is_paid: bool = False
    at: datetime


class BuyerGroup(Struct, frozen=True, kw_only=True):
    """One group. `expires_at`: until when it has to be complete; it moves when the leader pays."""

    id: int
    revision: int
    offer_id: int
    goods_id: int
    leader_id: int
    people: int
    hours: int
    way_back: Way = Way.WALLET
    state: GroupState = GroupState.UNPAID
    seats: tuple[Seat, ...] = ()
    opened_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None
    changed_at: datetime

    @property
    def paid(self) -> tuple[Seat, ...]:
        return tuple(seat for seat in self.seats if seat.is_paid)

    @property
    def is_under_way(self) -> bool:
        return self.state in (GroupState.UNPAID, GroupState.RUNNING)

    def seat_of(self, order_id: int) -> Seat | None:
        return next((seat for seat in self.seats if seat.order_id == order_id), None)

    def become(self, now: datetime, **changes: object) -> BuyerGroup:
        return replace(self, **changes, changed_at=now, revision=self.revision + 1)

    def check_joinable(self, user_id: int, goods_ids: Sequence[int], now: datetime) -> None:
        """Raises OtherGoods, GroupOver, GroupNotOpen, AlreadyInGroup and GroupFull."""
        if list(goods_ids) != [self.goods_id]:
            raise OtherGoods()
        if not self.is_under_way or self.state is GroupState.RUNNING and now >= self.expires_at:
            raise GroupOver()
        if self.state is GroupState.UNPAID and user_id != self.leader_id:
            raise GroupNotOpen()
        if any(seat.user_id == user_id for seat in self.seats):
            raise AlreadyInGroup()
        if len(self.seats) >= self.people:
            raise GroupFull()

    def seated(self, user_id: int, order_id: int, now: datetime) -> BuyerGroup:
        """With a place held for that order."""
        return self.become(now, seats=(*self.seats, Seat(user_id=user_id, order_id=order_id, at=now)))

    def paid_for(self, order_id: int, now: datetime) -> BuyerGroup:
        """That place is taken. It opens by its leader's, and is complete by the last one. Raises GroupOver."""
        if not self.is_under_way or self.seat_of(order_id) is None or self.state is GroupState.RUNNING and now >= self.expires_at:
            raise GroupOver()
        seats = tuple(replace(seat, is_paid=True) if seat.order_id == order_id else seat for seat in self.seats)
        opens = self.state is GroupState.UNPAID
        expires_at = now + timedelta(hours=self.hours) if opens else self.expires_at
        after = self.become(now, seats=seats, state=GroupState.RUNNING, expires_at=expires_at)
        return replace(after, state=GroupState.COMPLETE, ended_at=now) if len(after.paid) == self.people else after

    def left_by(self, order_id: int, now: datetime) -> BuyerGroup:
        """That place is free again. A group that nobody has paid for any more is none."""
        seats = tuple(seat for seat in self.seats if seat.order_id != order_id)
        is_given_up = self.state is GroupState.RUNNING and not any(seat.is_paid for seat in seats)
        ending = {"state": GroupState.ENDING} if is_given_up else {}
        return self.become(now, seats=seats, **ending)

    def run_out(self, now: datetime) -> BuyerGroup:
        return self.become(now, state=GroupState.ENDING)

    def failed(self, now: datetime) -> BuyerGroup:
        return self.become(now, state=GroupState.FAILED, ended_at=now)


class Counts(Struct, frozen=True):
    """Groups of an offer: those that run, and those that are complete."""

    running: int = 0
    complete: int = 0


class GroupQuery(Struct, frozen=True, kw_only=True):
    """Which groups; None asks for any. Those whose leader has not paid are in no answer."""

    goods_id: int | None = None
    state: GroupState | None = None
    offer_id: int | None = None
    group_id: int | None = None
    order_id: int | None = None
    member_id: int | None = None


class OfferStore(Protocol):
    """Where offers are kept."""

    async def list_of_goods(self, goods_ids: Sequence[int]) -> list[GroupOffer]:
        """All that are in use, the newest first."""

    async def find_offer(self, offer_id: int) -> GroupOffer | None: ...


class GroupStore(Protocol):
    """Where groups are kept."""

    async def next_group_id(self) -> int: ...

    async def add_group(self, group: BuyerGroup) -> None: ...

    async def find_group(self, group_id: int, within: Transaction | None = None) -> BuyerGroup | None: ...

    async def find_unpaid(self, offer_id: int, leader_id: int) -> BuyerGroup | None:
        """Of that leader's, one in which no place is held."""

    async def save_group(self, before: BuyerGroup, after: BuyerGroup, within: Transaction | None = None) -> bool:
        """False if it was changed since `before` was read."""

    async def page_groups(self, query: GroupQuery, page: PageQuery) -> Page[BuyerGroup]:
        """The newest first."""

    async def count_groups(self, offer_ids: Sequence[int]) -> dict[int, Counts]: ...

    async def list_expired(self, now: datetime, most: int) -> list[int]:
        """Of groups that run and should not any more."""

    async def list_ending(self, most: int) -> list[int]: ...


class People(Protocol):
    """Users by their numbers."""

    async def find_users(self, user_ids: Collection[int]) -> dict[int, User]: ...


class GroupBuyingService:
    """Opening groups and looking at them; joining one is placing an order (server/domain/mall/campaigns/deals.py)."""

    def __init__(self, offers: OfferStore, groups: GroupStore, people: People, clock: Clock):
        self._offers = offers
        self._groups = groups
        self._people = people
        self._clock = clock

    async def list_open(self, goods_ids: Sequence[int]) -> list[GroupOffer]:
        """The newest open one of each goods, in the order of the goods."""
        now, newest = self._clock.now(), dict[int, GroupOffer]()
        for one in await self._offers.list_of_goods(goods_ids):
            if one.is_open_at(now):
                newest.setdefault(one.goods_id, one)
        return [newest[goods_id] for goods_id in dict.fromkeys(goods_ids) if goods_id in newest]

    async def count_groups(self, offers: Sequence[GroupOffer]) -> Mapping[int, Counts]:
        """By the offers' numbers."""
        return await self._groups.count_groups([offer.id for offer in offers])

    async def open(self, leader_id: int, goods_id: int) -> BuyerGroup:
        """A group that waits for its leader's payment; the one of before, if nothing was ordered in it. Raises OfferMissing."""
        found = await self.list_open([goods_id])
        if not found:
            raise OfferMissing("offer")
        [offer] = found
        known = await self._groups.find_unpaid(offer.id, leader_id)
        if known is not None:
            return known
        now = self._clock.now()
        made = BuyerGroup(
            id=await self._groups.next_group_id(),
            revision=1,
            offer_id=offer.id,
            goods_id=goods_id,
            leader_id=leader_id,
            people=offer.people,
            hours=offer.hours,
            way_back=offer.way_back,
            opened_at=now,
            expires_at=now + timedelta(hours=offer.hours),
            changed_at=now,
        )
        await self._groups.add_group(made)
        return made

    async def list_members(self, group_id: int) -> list[tuple[Seat, User | None]]:
        """Who has paid, in that order; none of a group that there is not."""
        found = await self._groups.find_group(group_id)
        seats = () if found is None else found.paid
        people = await self._people.find_users({seat.user_id for seat in seats})
        return [(seat, people.get(seat.user_id)) for seat in seats]

    async def find_leaders(self, groups: Iterable[BuyerGroup]) -> Mapping[int, User]:
        """By their numbers."""
        return await self._people.find_users({group.leader_id for group in groups})

    async def page_groups(self, query: GroupQuery, page: PageQuery) -> Page[BuyerGroup]:
        """Groups that were opened by a payment, the newest first."""
        return await self._groups.page_groups(query, page)
