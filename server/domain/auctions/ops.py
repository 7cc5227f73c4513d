"""What operators read as it happens: every accepted and every refused bid, and what people write to the mall."""
from __future__ import annotations

from datetime import datetime
from typing import Protocol

from msgspec import Struct

from server.domain.auctions.cursors import Cursor, Source, in_order
from server.domain.auctions.floor import Floor
from server.domain.auctions.moments import Moments, Recent
from server.domain.auctions.record import Act, Bid, RecordStore
from server.domain.auctions.refusals import RefusalStore
from server.domain.clock import Stamp, from_ms, to_ms
from server.domain.events import BidNews, BidWasRefused, Event, LotChanged, SupportSaid

CHANNEL = "ops"
NEWEST_SHOWN = 50
MOST_MISSED = 2000  # an operator who missed more starts anew


class BidTaken(Struct, frozen=True, kw_only=True, tag_field="type", tag="bid"):
    """An accepted bid. `at` in ms; `latency_ms` from arrival to durable, null when read from the record."""

    channel: str = CHANNEL
    goods_id: int
    group_id: int
    seq: int
    user_id: int
    nickname: str
    price: int
    is_proxy: bool
    at: int
    worker: str
    request_id: str
    latency_ms: float | None = None

    @property
    def source(self) -> Source:
        return self.goods_id

    @property
    def number(self) -> int:
        return self.seq

    @classmethod
    def of(cls, goods_id: int, group_id: int, bid: Bid | BidNews) -> BidTaken:
        return cls(
            goods_id=goods_id,
            group_id=group_id,
            seq=bid.seq,
            user_id=bid.user_id,
            nickname=bid.nickname,
            price=bid.price,
            is_proxy=bid.is_proxy,
            at=to_ms(bid.arrived_at),
            worker=bid.worker,
            request_id=bid.request_id,
            latency_ms=bid.latency_ms if isinstance(bid, BidNews) else None,
        )


class BidRefused(Struct, frozen=True, kw_only=True, tag_field="type", tag="refused"):
    """A refused offer, with the error id of the bidding document. `n` numbers those of a worker."""

    channel: str = CHANNEL
    n: int
    goods_id: int
    group_id: int
    user_id: int
    nickname: str
    price: int
    reason: str
    at: int
    worker: str
    request_id: str
    latency_ms: float

    @property
    def source(self) -> Source:
        return self.worker

    @property
    def number(self) -> int:
        return self.n

    @classmethod
    def of(cls, refusal: BidWasRefused) -> BidRefused:
        return cls(
            n=refusal.number,
            goods_id=refusal.goods_id,
            group_id=refusal.group_id,
            user_id=refusal.user_id,
            nickname=refusal.nickname,
            price=refusal.price,
            reason=refusal.reason,
            at=to_ms(refusal.arrived_at),
            worker=refusal.worker,
            request_id=refusal.request_id,
            latency_ms=refusal.latency_ms,
        )


class ActTaken(Struct, frozen=True, kw_only=True, tag_field="type", tag="action"):
    """What an operator did to a lot: an entry among its bids. `user_id` leads after it (0: nobody), at that price."""

    channel: str = CHANNEL
    goods_id: int
    group_id: int
    seq: int
    act: Act
    reason: str
    operator_id: int
    back_to: int | None
    user_id: int
    nickname: str
    price: int
    at: int
    worker: str
    request_id: str

    @property
    def source(self) -> Source:
        return self.goods_id

    @property
    def number(self) -> int:
        return self.seq


class SupportHeard(Struct, frozen=True, kw_only=True, tag_field="type", tag="support"):
    """Somebody has written to the mall: the `n`-th thing that was said in that talk. `user_id` is 0 of who is no member."""

    channel: str = CHANNEL
    talk_id: int
    n: int
    user_id: int
    text: str
    at: int

    @property
    def source(self) -> Source:
        return f"talk:{self.talk_id}"

    @property
    def number(self) -> int:
        return self.n

    @classmethod
    def of(cls, said: SupportSaid) -> SupportHeard:
        return cls(talk_id=said.talk_id, n=said.number, user_id=said.user_id, text=said.text, at=to_ms(said.at))


OpsEntry = BidTaken | ActTaken | BidRefused | SupportHeard


def entry_of(goods_id: int, group_id: int, bid: Bid | BidNews) -> BidTaken | ActTaken:
    """What operators are told of an entry of a lot's record."""
    told = bid.intervention
    if told is None:
        return BidTaken.of(goods_id, group_id, bid)
    return ActTaken(
        goods_id=goods_id,
        group_id=group_id,
        seq=bid.seq,
        act=told.act,
        reason=told.reason,
        operator_id=told.operator_id,
        back_to=told.back_to,
        user_id=bid.user_id,
        nickname=bid.nickname,
        price=bid.price,
        at=to_ms(bid.arrived_at),
        worker=bid.worker,
        request_id=bid.request_id,
    )


class OpsMissed(Struct, frozen=True):
    """What an operator is told first: with `recovered` all that happened since the cursor, else the newest bids."""

    cursor: Cursor
    recovered: bool
    entries: list[OpsEntry]


def ops_entries_of(event: Event) -> list[OpsEntry]:
    """What an event tells operators."""
    if isinstance(event, LotChanged):
        return [entry_of(event.state.goods_id, event.state.group_id, bid) for bid in event.bids]
    if isinstance(event, BidWasRefused):
        return [BidRefused.of(event)]
    if isinstance(event, SupportSaid):
        return [SupportHeard.of(event)]
    return []


class SupportRecord(Protocol):
    """What people have written to the mall."""

    async def list_heard(self, since: datetime, most: int) -> list[SupportSaid]:
        """The newest first."""


class OpsService:
    """Reads accepted and refused bids of all lots, and what people write to the mall."""

    def __init__(self, floor: Floor, record: RecordStore, refusals: RefusalStore, support: SupportRecord, moments: Moments):
        self._support = support
        self._record = record
        self._refusals = refusals
        self._moments = moments
        self._recent: Recent[OpsEntry] = Recent()
        floor.listen(self._remember)

    def _remember(self, event: Event) -> None:
        """Keeps the last moments' entries: the database may not show them yet."""
        for entry in ops_entries_of(event):
            self._recent.add(entry)

    async def list_missed(self, cursor: str | None) -> OpsMissed:
        """What happened after the cursor, each once, those of one lot or worker in order. Raises Unavailable."""
        now, stand = self._moments.now(), self._moments.stand
        known = Cursor.decode(cursor, CHANNEL, stand)
        found: dict[tuple[Source, int], tuple[datetime, OpsEntry]] = {}
        if stand.is_new or known is not None and known.is_new:
            known = None  # to look through all that ever happened takes too long
        else:
            since = min(stand.horizon, from_ms(known.horizon)) if known is not None else stand.horizon
            for bid, at in await self._record.list_delivered(since, MOST_MISSED + 1):
                found[bid.goods_id, bid.seq] = (at, entry_of(bid.goods_id, bid.group_id, bid))
            for refusal, at in await self._refusals.list_refusals(since, MOST_MISSED + 1):
                found[refusal.worker, refusal.number] = (at, BidRefused.of(refusal))
            for said in await self._support.list_heard(since, MOST_MISSED + 1):
                heard = SupportHeard.of(said)
                found[heard.source, heard.number] = (said.at, heard)
        for entry in self._recent:
            found.setdefault((entry.source, entry.number), (now, entry))
        here = Cursor.at(CHANNEL, stand, ((Stamp(at), source, number) for (source, number), (at, _) in found.items()))
        if known is None or len(found) > MOST_MISSED:
            newest = [entry_of(bid.goods_id, bid.group_id, bid) for bid in await self._record.list_newest(NEWEST_SHOWN)]
            return OpsMissed(here, False, [*reversed(newest)])
        missed = in_order(entry for at, entry in found.values() if not known.knows(entry.source, entry.number, at))
        return OpsMissed(here, True, missed)
