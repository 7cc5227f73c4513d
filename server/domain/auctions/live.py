"""The live channel's truth: what a listener may know now, and what it missed since a cursor."""
from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from datetime import datetime
from typing import Literal
from zlib import crc32

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from server.domain.aftersale.news import NewsStore
from server.domain.auctions.cursors import Cursor, Source, in_order
from server.domain.auctions.floor import Floor, FloorGroup
from server.domain.auctions.goods import ExtendedBy, LotState, LotStatus, LotStore, Said, withdrawn_because
from server.domain.auctions.groups import GroupStore
from server.domain.auctions.moments import Moments, Recent, Stand
from server.domain.auctions.participations import ParticipationStore
from server.domain.auctions.record import Act, Bid, RecordStore, has_extended
from server.domain.clock import Clock, Stamp, from_ms, to_ms
from server.domain.events import BidNews, Event, LotAnnounced, LotChanged, SaleNews

BIDS_SHOWN = 50
MOST_NOTICES = 200  # who missed more is told that this recovery is not whole
RECOVERIES_AT_ONCE = 5  # of a process: however many come back, the database has time for bids
REMEMBERED = 10_000  # users who missed more than that


class SaidView(Struct, frozen=True):
    """What an operator did to a lot last, and why, in words for everyone; `at` in ms."""

    act: Act
    reason: str
    at: int

    @classmethod
    def of(cls, said: Said) -> SaidView:
        return cls(said.act, said.reason, to_ms(said.at))


class LotView(Struct, frozen=True):
    """A lot as listeners see it. Prices in fen, `end_at` in ms and what moved it last; `bids` is how many were accepted."""

    goods_id: int
    seq: int
    price: int
    user_id: int | None
    nickname: str | None
    status: LotStatus
    end_at: int
    extended_by: ExtendedBy | None
    bids: int
    is_paused: bool
    said: SaidView | None

    @classmethod
    def of(cls, state: LotState, now: datetime) -> LotView:
        return cls(
            state.goods_id,
            state.seq,
            state.price,
            state.user_id,
            state.nickname,
            state.status_at(now),
            to_ms(state.end_at),
            state.extended_by,
            state.seq - state.acts,
            state.paused_at is not None,
            SaidView.of(state.said) if state.said is not None else None,
        )


class BidView(Struct, frozen=True, omit_defaults=True):
    """A bid of a lot's history; `at` in ms. With an `act` it is what an operator did, and who leads after it (user 0: nobody).

    `back_to`: the entry that stands again after a void. `is_proxy`: bid automatically; `is_extended`: it moved the lot's end.
    """

    seq: int
    user_id: int
    nickname: str
    price: int
    at: int
    act: Act | None = None
    reason: str | None = None
    back_to: int | None = None
    is_proxy: bool = False
    is_extended: bool = False

    @classmethod
    def of(cls, bid: Bid, *, is_extended: bool) -> BidView:
        told = bid.intervention
        return cls(
            bid.seq,
            bid.user_id,
            bid.nickname,
            bid.price,
            to_ms(bid.arrived_at),
            act=told.act if told is not None else None,
            reason=told.reason if told is not None else None,
            back_to=told.back_to if told is not None else None,
            is_proxy=bid.is_proxy,
            is_extended=is_extended,
        )


class Notice(Struct, frozen=True):
    """A notification of one user. `id` is unique; `your_price` is what the user had offered, when outbid.

    `voided`: bids of theirs were taken back, or of others so that they lead again (`is_leading`); `withdrawn`: the lot is off the sale.
    `settlement` and `second_offer`: after the sale the one with that number (`thing_id`) is at that `step`, to be seen to `until` (ms);
    `price` is its amount, `goods_id` its first lot.
    """

    type: Literal["outbid", "won", "lost", "voided", "withdrawn", "settlement", "second_offer"]
    id: str
    goods_id: int
    group_id: int
    price: int
    at: int
    channel: str = "me"
    your_price: int | None | UnsetType = UNSET
    reason: str | UnsetType = UNSET
    is_leading: bool | UnsetType = UNSET
    thing_id: int | UnsetType = UNSET
    step: str | UnsetType = UNSET
    until: int | None | UnsetType = UNSET

    @property
    def source(self) -> Source:
        return self.goods_id if self.thing_id is UNSET else self.id.partition(":")[0]

    @property
    def number(self) -> int:
        """Its place among the notices of its lot, or of what it is about after the sale."""
        return int(self.id.partition(":")[2])

    @classmethod
    def outbid(cls, group_id: int, goods_id: int, bid: Bid | BidNews) -> Notice:
        at = to_ms(bid.arrived_at)
        return cls("outbid", f"{goods_id}:{bid.seq}", goods_id, group_id, bid.price, at, your_price=bid.outbid_price)

    @classmethod
    def voided(cls, group_id: int, goods_id: int, bid: Bid | BidNews, user_id: int) -> Notice:
        assert bid.intervention is not None
        reason, is_leading, at = bid.intervention.reason, bid.user_id == user_id, to_ms(bid.arrived_at)
        return cls("voided", f"{goods_id}:{bid.seq}", goods_id, group_id, bid.price, at, reason=reason, is_leading=is_leading)

    @classmethod
    def ended(
        cls, goods_id: int, group_id: int, seq: int, price: int, at: datetime, *, is_won: bool, because: str | None = None
    ) -> Notice:
        kind: Literal["won", "lost", "withdrawn"] = "withdrawn" if because is not None else "won" if is_won else "lost"
        reason: str | UnsetType = because if because is not None else UNSET
        # One more than the last bid's: after every outbid of the lot.
        return cls(kind, f"{goods_id}:{seq + 1}", goods_id, group_id, price, to_ms(at), reason=reason)

    @classmethod
    def after_sale(cls, news: SaleNews) -> Notice:
        until = to_ms(news.until) if news.until is not None else None
        told = cls(news.about, news.id, news.goods_id, news.group_id, news.amount, to_ms(news.at))
        return replace(told, thing_id=news.thing_id, step=news.step, until=until)


class Snapshot(Struct, frozen=True):
    """What a listener is told on subscribing: with `recovered`, only what its cursor did not know."""

    cursor: str
    recovered: bool
    state: list[LotView]
    bids: list[BidView] | None = None
    announcement: str | None = None  # an operator's words to all who look at the group


class Missed(Struct, frozen=True):
    """A user's notices after a cursor, oldest first, and the marks to go on with."""

    cursor: Cursor
    recovered: bool
    notices: list[Notice]


class RecentNotices:
    """The last moments' notices of each user: the database may not show them yet."""

    def __init__(self, recent: Recent[tuple[int, Notice]] | None = None):
        self._recent: Recent[tuple[int, Notice]] = recent if recent is not None else Recent()
        self._by_user: dict[int, deque[Notice]] = {}

    def add(self, user_id: int, notice: Notice) -> None:
        self._by_user.setdefault(user_id, deque()).append(notice)
        for oldest, _ in self._recent.add((user_id, notice)):
            notices = self._by_user[oldest]
            notices.popleft()
            if not notices:
                del self._by_user[oldest]

    def list_notices(self, user_id: int) -> list[Notice]:
        return list(self._by_user.get(user_id, ()))


def notices_of(event: Event) -> list[tuple[int, Notice]]:
    """The notices that an event means, each with its user."""
    if isinstance(event, LotChanged):
        state = event.state
        return [
            (bid.outbid_user_id, Notice.outbid(state.group_id, state.goods_id, bid))
            for bid in event.bids
            if bid.outbid_user_id is not None
        ] + [
            (user_id, Notice.voided(state.group_id, state.goods_id, bid, user_id))
            for bid in event.bids
            if bid.intervention is not None
            for user_id in bid.intervention.concerned
        ]
    if isinstance(event, SaleNews):
        return [(event.user_id, Notice.after_sale(event))]
    if isinstance(event, LotAnnounced):
        because = event.withdrawn_because
        ended = [(event.winner_id, True)] if event.winner_id is not None else []
        ended += [(loser_id, False) for loser_id in event.loser_ids]
        return [
            (user_id, Notice.ended(event.goods_id, event.group_id, event.seq, event.price, event.at, is_won=is_won, because=because))
            for user_id, is_won in ended
        ]
    return []


class LiveService:
    """Snapshots and recovery, the same for socket, REST and server-sent events."""

    def __init__(
        self,
        floor: Floor,
        groups: GroupStore,
        lots: LotStore,
        record: RecordStore,
        participations: ParticipationStore,
        news: NewsStore,
        moments: Moments,
        clock: Clock,
    ):
        self._floor = floor
        self._groups = groups
        self._lots = lots
        self._record = record
        self._participations = participations
        self._news = news
        self._moments = moments
        self._clock = clock
        self._recent = RecentNotices()
        self._recovering = asyncio.Semaphore(RECOVERIES_AT_ONCE)
        self._too_many_since: OrderedDict[int, datetime] = OrderedDict()  # by user: a moment since when they missed more than most
        floor.listen(self._remember)

    async def get_group(self, group_id: int, cursor: str | None = None) -> Snapshot:
        """The state of a group's lots. Raises NotFound."""
        channel = f"group:{group_id}"
        stand = self._moments.stand
        group = await self._read_group(group_id)
        now = self._clock.now()
        known = Cursor.decode(cursor, channel, stand)
        changed = group.states if known is None else _unknown_to(known, group.list_changed_after(*known.settled, also=known.marks))
        views = [LotView.of(state, now) for state in changed]
        announcement = await self._find_announcement(group_id)
        if cursor and known is not None and not changed:
            return Snapshot(cursor, True, [], announcement=announcement)
        young = group.list_changed_after(stand.horizon, stand.era)
        return Snapshot(_cursor_of(channel, young, stand), known is not None, views, announcement=announcement)

    async def get_watched(self, user_id: int, goods_ids: list[int], cursor: str | None = None) -> Snapshot:
        """The state of the lots on a watch list. Another list has other cursors, so that nothing of what came onto it is missed."""
        channel = f"watched:{user_id}:{crc32(repr(sorted(goods_ids)).encode()):08x}"
        stand = self._moments.stand
        states = await self._read_lots(goods_ids)
        now = self._clock.now()
        known = Cursor.decode(cursor, channel, stand)
        changed = states if known is None else _unknown_to(known, states)
        if cursor and known is not None and not changed:
            return Snapshot(cursor, True, [])
        return Snapshot(_cursor_of(channel, states, stand), known is not None, [LotView.of(state, now) for state in changed])

    async def get_goods(self, goods_id: int, cursor: str | None = None) -> Snapshot:
        """The state of one lot and its last bids, newest first. Raises NotFound."""
        channel = f"goods:{goods_id}"
        stand = self._moments.stand
        state = await self._read_goods(goods_id)
        known = Cursor.decode(cursor, channel, stand)
        if cursor and known is not None and not _unknown_to(known, [state]):
            return Snapshot(cursor, True, [], [])
        bids = await self._list_last_bids(goods_id, state.seq)
        view = LotView.of(state, self._clock.now())
        return Snapshot(_cursor_of(channel, [state], stand), known is not None, [view], bids)

    async def list_missed(self, user_id: int, cursor: str | None = None) -> Missed:
        """The user's notices after the cursor; none without one.

        `recovered` is False, and there are none, when the cursor is of no use or there are too many of them.
        """
        if cursor:
            async with self._recovering:
                return await self._list_missed(user_id, cursor)
        return await self._list_missed(user_id, None)

    async def _list_missed(self, user_id: int, cursor: str | None) -> Missed:
        channel = f"me:{user_id}"
        now, stand = self._moments.now(), self._moments.stand
        known = Cursor.decode(cursor, channel, stand)
        found: dict[str, tuple[datetime, Notice]] = {}
        if stand.is_new or known is not None and known.is_new:
            known = None  # to look through all that the user ever was told takes too long
        else:
            # Without a cursor nothing is missed, but it is told what is known already.
            since = stand.horizon if known is None else min(stand.horizon, from_ms(known.horizon))
            if not self._is_too_long_ago(user_id, since):
                found = await self._list_notices(user_id, since)
                if len(found) > MOST_NOTICES:
                    self._note_too_many(user_id, since)
            if self._is_too_long_ago(user_id, since):
                known, found = None, {}
        for notice in self._recent.list_notices(user_id):
            found.setdefault(notice.id, (now, notice))
        here = Cursor.at(channel, stand, ((Stamp(at), notice.source, notice.number) for at, notice in found.values()))
        missed = []
        if known is not None:
            missed = in_order(notice for at, notice in found.values() if not known.knows(notice.source, notice.number, at))
        return Missed(here, known is not None or not cursor, missed)

    def _is_too_long_ago(self, user_id: int, since: datetime) -> bool:
        """Whether the user is known to have missed more than most since then: notices become no fewer."""
        too_many_since = self._too_many_since.get(user_id)
        return too_many_since is not None and since <= too_many_since

    def _note_too_many(self, user_id: int, since: datetime) -> None:
        self._too_many_since[user_id] = since
        self._too_many_since.move_to_end(user_id)
        if len(self._too_many_since) > REMEMBERED:
            self._too_many_since.popitem(last=False)

    async def _list_notices(self, user_id: int, since: datetime) -> dict[str, tuple[datetime, Notice]]:
        """What the database has of the user's notices since then, each with when; one more than the most, if there are more."""
        found: dict[str, tuple[datetime, Notice]] = {}
        for bid, delivered_at in await self._record.list_outbid(user_id, since, MOST_NOTICES + 1):
            if bid.intervention is None:
                notice = Notice.outbid(bid.group_id, bid.goods_id, bid)
            else:
                notice = Notice.voided(bid.group_id, bid.goods_id, bid, user_id)
            found[notice.id] = (delivered_at, notice)
        for news in await self._news.list_news(user_id, since, MOST_NOTICES + 1):
            found[news.id] = (news.at, Notice.after_sale(news))
        settled = await self._participations.list_settled(user_id, since)
        lots = {lot.id: lot for lot in await self._lots.list_lots_by_id([one.goods_id for one in settled])}
        for one in settled:
            lot = lots[one.goods_id]
            assert one.settled_at is not None
            is_won, because = lot.leader_id == user_id, withdrawn_because(lot)
            notice = Notice.ended(lot.id, lot.group_id, lot.seq, lot.current_price, one.settled_at, is_won=is_won, because=because)
            found[notice.id] = (one.settled_at, notice)
        return found

    @property
    def stand(self) -> Stand:
        """Where listeners stand who have been sent everything so far."""
        return self._moments.stand

    def group_cursor(self, group_id: int) -> str:
        """Where a listener stands who has been sent everything of a running group."""
        group, stand = self._floor.find_group(group_id), self.stand
        young = group.list_changed_after(stand.horizon, stand.era) if group is not None else []
        return _cursor_of(f"group:{group_id}", young, stand)

    def goods_cursor(self, goods_id: int) -> str:
        known = self._floor.find_lot(goods_id)
        states = [known.state] if known is not None else []
        return _cursor_of(f"goods:{goods_id}", states, self.stand)

    async def _read_group(self, group_id: int) -> FloorGroup:
        """As it is on the floor, or as one that is not there, or not surely true, would be. Raises NotFound."""
        known = self._floor.find_group(group_id)
        if known is not None and self._floor.is_current:
            return known
        return FloorGroup(await self._groups.get_group(group_id), await self._lots.list_lots(group_id), self._clock.now())

    async def _find_announcement(self, group_id: int) -> str | None:
        known = self._floor.find_group(group_id)
        group = known.group if known is not None else await self._groups.get_group(group_id)
        return group.announcement.text if group.announcement is not None else None

    async def _read_goods(self, goods_id: int) -> LotState:
        known = self._floor.find_lot(goods_id)
        if known is not None and self._floor.is_current:
            return known.state
        return (await self._lots.get_lot(goods_id)).state

    async def _read_lots(self, goods_ids: list[int]) -> list[LotState]:
        """Those that exist, in that order."""
        on_floor = {one: self._floor.find_lot(one) for one in goods_ids} if self._floor.is_current else {}
        states = {one: known.state for one, known in on_floor.items() if known is not None}
        missing = [one for one in goods_ids if one not in states]
        if missing:
            states |= {lot.id: lot.state for lot in await self._lots.list_lots_by_id(missing)}
        return [states[one] for one in goods_ids if one in states]

    async def _list_last_bids(self, goods_id: int, seq: int) -> list[BidView]:
        count = BIDS_SHOWN + 1  # whether the last one moved the end is told by the one before
        recorded = await self._record.list_newest_bids(goods_id, seq, count)
        bids = {bid.seq: bid for bid in recorded}
        if len(bids) < min(count, seq):  # one of them, not always the last: others may be written into the record at this moment
            bids |= {bid.seq: bid for bid in (await self._lots.get_lot(goods_id)).outbox}
            # What left the outbox in between is in the record now.
            bids |= {bid.seq: bid for bid in await self._record.list_newest_bids(goods_id, seq, count)}
        if not bids:
            return []
        window = await self._find_window(goods_id)
        newest = sorted(bids, reverse=True)[:BIDS_SHOWN]
        return [BidView.of(bids[one], is_extended=has_extended(bids[one], bids.get(one - 1), window)) for one in newest]

    async def _find_window(self, goods_id: int) -> int:
        known = self._floor.find_lot(goods_id)
        lot = known.lot if known is not None else await self._lots.get_lot(goods_id)
        return lot.extend_window_seconds

    def _remember(self, event: Event) -> None:
        for user_id, notice in notices_of(event):
            self._recent.add(user_id, notice)


def _unknown_to(cursor: Cursor, states: list[LotState]) -> list[LotState]:
    return [state for state in states if not cursor.knows(state.goods_id, state.revision, state.changed_at, state.changed_era)]


def _cursor_of(channel: str, states: list[LotState], stand: Stand) -> str:
    young = [state for state in states if not stand.has_settled(state.changed_at, state.changed_era)]
    known = [(Stamp(state.changed_at, state.changed_era), state.goods_id, state.revision) for state in young]
    return Cursor.at(channel, stand, known).encode()
