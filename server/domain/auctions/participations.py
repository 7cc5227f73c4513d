"""Participations: one user's part in one lot. A projection of the record, kept a moment behind it."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from server.domain.auctions.goods import Lot, LotStatus, LotStore
from server.domain.auctions.groups import Group, GroupStore
from server.domain.auctions.record import Bid, RecordStore
from server.domain.paging import Page, PageQuery

LEADING, OUTBID = 1, 2
STILL_OPEN, WON, LOST = 0, 1, 2


class Participation(Struct, frozen=True, kw_only=True):
    """`price` is the user's highest bid on the lot, in fen; `seq` that bid's number."""

    id: int
    user_id: int
    group_id: int
    goods_id: int
    price: int
    seq: int
    settled_at: datetime | None = None  # when the user was told won or lost

    @classmethod
    def after_bid(cls, bid: Bid) -> Participation:
        return cls(
            id=bid.participation_id,
            user_id=bid.user_id,
            group_id=bid.group_id,
            goods_id=bid.goods_id,
            price=bid.price,
            seq=bid.seq,
        )

    def status_on(self, lot: Lot) -> int:
        """1 leading, 2 outbid: by the lot itself, which is never behind."""
        return LEADING if lot.leader_id == self.user_id else OUTBID

    def max_price_on(self, lot: Lot) -> int | None:
        """The user's maximum while they lead with one; a beaten maximum is spent."""
        return lot.ceiling if lot.leader_id == self.user_id and lot.ceiling > lot.price else None

    def bid_status_on(self, lot: Lot) -> int:
        """0 still open, 1 won, 2 lost."""
        if lot.status is LotStatus.OPEN:
            return STILL_OPEN
        return WON if lot.status is LotStatus.WON and lot.leader_id == self.user_id else LOST


class Joined(Struct, frozen=True):
    """A participation with what is shown beside it."""

    participation: Participation
    lot: Lot
    group: Group | None = None


class ParticipationStore(Protocol):
    """Where participations are kept."""

    async def list_by_user_and_group(self, user_id: int, group_id: int) -> list[Participation]:
        """In the order they began."""

    async def page_by_users(self, user_ids: Sequence[int], page: PageQuery) -> Page[Participation]:
        """Of any of them. Newest group first, then in the order they began."""

    async def add_first(self, participations: list[Participation]) -> None:
        """Stores those of bidders who most likely have none on their lot yet; for the others as save_newest."""

    async def save_newest(self, participations: Iterable[Participation]) -> None:
        """Stores each, unless a newer bid of that user is stored already."""

    async def list_by_goods(self, goods_id: int) -> list[Participation]: ...

    async def list_settled(self, user_id: int, settled_after: datetime) -> list[Participation]:
        """The user's participations that were settled after that moment, in that order."""

    async def settle(self, goods_id: int, at: datetime) -> None:
        """Marks those of a lot that are not settled yet."""

    async def next_id(self) -> int:
        """A number no participation has had."""


class ParticipationService:
    """Reading what a user takes part in, true to the last accepted bid."""

    def __init__(self, participations: ParticipationStore, lots: LotStore, record: RecordStore, groups: GroupStore):
        self._participations = participations
        self._lots = lots
        self._record = record
        self._groups = groups

    async def list_joined(self, user_id: int, group_id: int) -> list[Joined]:
        """The user's participations in one group, in the order they began."""
        stored = await self._participations.list_by_user_and_group(user_id, group_id)
        return await self._with_lots(stored)

    async def find_joined(self, user_id: int, lot: Lot) -> Joined | None:
        """The user's part in one lot."""
        joined = await self.list_joined(user_id, lot.group_id)
        return next((one for one in joined if one.lot.id == lot.id), None)

    async def page_joined(self, user_ids: Sequence[int], page: PageQuery) -> Page[Joined]:
        """All participations of these users, newest group first."""
        found = await self._participations.page_by_users(user_ids, page)
        groups = {group.id: group for group in await self._groups.list_groups_by_id([one.group_id for one in found.items])}
        joined = await self._with_lots(found.items)
        shown = [replace(one, group=groups[one.lot.group_id]) for one in joined if one.lot.group_id in groups]
        return Page(found.number, shown, found.total)

    async def _with_lots(self, stored: list[Participation]) -> list[Joined]:
        lots = {lot.id: lot for lot in await self._lots.list_lots_by_id([one.goods_id for one in stored])}
        return [
            Joined(await self._caught_up(one, lots[one.goods_id]), lots[one.goods_id]) for one in stored if one.goods_id in lots
        ]

    async def _caught_up(self, stored: Participation, lot: Lot) -> Participation:
        """The participation with the user's bids that the projection has not reached."""
        if lot.leader_id == stored.user_id:
            return replace(stored, price=lot.price, seq=lot.leading_seq)
        is_void = not lot.stands(stored.seq)
        if lot.projected_seq >= lot.seq and not is_void:
            return stored
        whole = await self._lots.get_lot(lot.id)
        bids = (*await self._record.list_bids(lot.id, after_seq=0 if is_void else lot.projected_seq), *whole.outbox)
        own = [bid for bid in bids if bid.user_id == stored.user_id and bid.intervention is None and bid.seq <= lot.seq]
        standing = [bid for bid in own if lot.stands(bid.seq) and (is_void or bid.seq > stored.seq)]
        if standing:
            return Participation.after_bid(max(standing, key=lambda bid: bid.seq))
        return replace(stored, price=0) if is_void else stored
