"""A lot's story, for operators: everything that was asked of it and done to it, when it came and when it was durable, and who watched."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct

from server.domain.auctions.audience import WatchSample, WatchStore
from server.domain.auctions.goods import Lot, LotStatus, LotStore
from server.domain.auctions.groups import GroupStore
from server.domain.auctions.prices import StepFrom
from server.domain.auctions.record import Act, Bid, MaximumSet, RecordStore
from server.domain.auctions.refusals import RefusalStore
from server.domain.clock import to_ms
from server.domain.events import BidWasRefused

MOST_REFUSALS = 5000  # of one lot, the newest: whoever floods it does not fill a page


class StoryEntry(Struct, frozen=True, kw_only=True):
    """One thing that happened. Money in fen, times in ms since 1970 UTC; null where it does not apply, or is not known.

    `arrived_at` is when it reached the server, `committed_at` when it was durable: not known of what another process has found after
    the one that took it had died, and of bids of before. `price` is what was offered; of an action and of the end who leads after it
    (`user_id`, 0: nobody), and at what.
    """

    kind: Literal["bid", "refused", "maximum", "action", "end"]
    seq: int | None = None
    offer_seq: int | None = None  # the first bid of the same offer: one offer makes several, by proxy
    user_id: int
    nickname: str = ""
    price: int | None = None
    is_proxy: bool = False
    is_void: bool = False  # taken back later
    arrived_at: int
    committed_at: int | None = None
    end_at: int | None = None  # of the lot, after it
    moved_ms: int = 0  # how far it moved that end
    reason: str | None = None  # of a refusal its error, of an action the operator's words
    act: Act | None = None
    operator_id: int | None = None
    back_to: int | None = None
    status: LotStatus | None = None  # of the end


class Watched(Struct, frozen=True):
    """So many looked at it from then on."""

    at: int
    count: int


class Story(Struct, frozen=True, kw_only=True):
    """`entries` by their arrival, those of the record in its order. `watchers` are samples, some seconds apart."""

    goods_id: int
    group_id: int
    issue: int
    sn: str
    category: str
    low_price: int
    top_price: int
    step: int
    steps: tuple[StepFrom, ...]
    start_at: int
    end_at: int
    status: LotStatus
    price: int
    leader_id: int | None
    leader_nickname: str | None
    head: str
    entries: list[StoryEntry]
    watchers: list[Watched]


class StoryService:
    """Puts it together from the record, the refusals, and samples of who watched."""

    def __init__(self, lots: LotStore, groups: GroupStore, record: RecordStore, refusals: RefusalStore, watchers: WatchStore):
        self._lots = lots
        self._groups = groups
        self._record = record
        self._refusals = refusals
        self._watchers = watchers

    async def tell(self, goods_id: int) -> Story:
        """Also of a lot that runs, as far as it has come. Raises NotFound."""
        lot = await self._lots.get_lot(goods_id)
        group = await self._groups.get_group(lot.group_id)
        recorded = {bid.seq: bid for bid in await self._record.list_bids(goods_id)}
        bids = {bid.seq: bid for bid in lot.outbox} | recorded
        maxima = {one.number: one for one in (*await self._record.list_maxima(goods_id), *lot.maxima)}
        refusals = await self._refusals.list_of_lot(goods_id, MOST_REFUSALS)
        commits = await self._record.list_commits(goods_id, lot.seq)
        samples = await self._watchers.list_samples(goods_id)
        return Story(
            goods_id=lot.id,
            group_id=lot.group_id,
            issue=group.issue,
            sn=lot.sn,
            category=lot.category,
            low_price=lot.low_price,
            top_price=lot.top_price,
            step=lot.step,
            steps=lot.steps,
            start_at=to_ms(lot.start_at),
            end_at=to_ms(lot.end_at),
            status=lot.status,
            price=lot.current_price,
            leader_id=lot.leader_id,
            leader_nickname=lot.leader_nickname,
            head=lot.head,
            entries=tell_entries(lot, [bids[seq] for seq in sorted(bids)], list(maxima.values()), refusals, commits),
            watchers=[_watched(one) for one in samples],
        )


def tell_entries(
    lot: Lot, bids: Sequence[Bid], maxima: Sequence[MaximumSet], refusals: Sequence[BidWasRefused], commits: Mapping[int, datetime]
) -> list[StoryEntry]:
    """All of it by its time. What stands in the record keeps that order, whatever the clocks of two processes said.

    `commits`: when each bid was durable, where that is known.
    """
    told: list[tuple[datetime, StoryEntry]] = []
    latest, end_before = lot.start_at, None
    for bid in bids:
        latest = max(latest, bid.arrived_at)
        moved = 0 if end_before is None else to_ms(bid.end_at) - to_ms(end_before)
        told.append((latest, _tell_bid(lot, bid, moved, commits.get(bid.seq))))
        end_before = bid.end_at
    told += [(one.arrived_at, _tell_maximum(one)) for one in maxima]
    if lot.settled_at is not None:
        ended_at = lot.settled_at if lot.status is LotStatus.WITHDRAWN else lot.end_at
        told.append((max(latest, ended_at), _tell_end(lot, ended_at, lot.settled_at)))
    told += [(one.arrived_at, _tell_refusal(one)) for one in refusals]
    told.sort(key=lambda one: one[0])  # of two at one moment the end is before what came too late
    return [entry for _, entry in told]


def _tell_end(lot: Lot, ended_at: datetime, settled_at: datetime) -> StoryEntry:
    return StoryEntry(
        kind="end",
        user_id=lot.leader_id or 0,
        nickname=lot.leader_nickname or "",
        price=lot.price if lot.has_bid else None,
        arrived_at=to_ms(ended_at),
        committed_at=to_ms(settled_at),
        status=lot.status,
    )


def _tell_bid(lot: Lot, bid: Bid, moved_ms: int, committed_at: datetime | None) -> StoryEntry:
    told = bid.intervention
    return StoryEntry(
        kind="bid" if told is None else "action",
        seq=bid.seq,
        offer_seq=bid.offer_seq,
        user_id=bid.user_id,
        nickname=bid.nickname,
        price=bid.price if bid.user_id else None,
        is_proxy=bid.is_proxy and told is None,
        is_void=not lot.stands(bid.seq),
        arrived_at=to_ms(bid.arrived_at),
        committed_at=to_ms(committed_at) if committed_at is not None else None,
        end_at=to_ms(bid.end_at),
        moved_ms=moved_ms,
        reason=told.reason if told is not None else None,
        act=told.act if told is not None else None,
        operator_id=told.operator_id if told is not None else None,
        back_to=told.back_to if told is not None else None,
    )


def _tell_maximum(one: MaximumSet) -> StoryEntry:
    """That there was one; how far it goes stays the bidder's secret."""
    return StoryEntry(kind="maximum", seq=one.after_seq, user_id=one.user_id, arrived_at=to_ms(one.arrived_at))


def _tell_refusal(one: BidWasRefused) -> StoryEntry:
    at = to_ms(one.arrived_at)
    return StoryEntry(
        kind="refused",
        user_id=one.user_id,
        nickname=one.nickname,
        price=one.price,
        arrived_at=at,
        committed_at=at + round(one.latency_ms),
        reason=one.reason,
    )


def _watched(one: WatchSample) -> Watched:
    return Watched(to_ms(one.at), one.count)
