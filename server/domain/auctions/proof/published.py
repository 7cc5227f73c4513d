"""A lot's whole record as it is published once the lot is settled: what everyone needs to check it, and no secret of anybody."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from server.domain.auctions.chain import genesis_form, genesis_hash, settlement_form
from server.domain.auctions.goods import Lot, LotStore
from server.domain.auctions.proof.heads import HeadStore
from server.domain.auctions.proof.receipts import Receipt
from server.domain.auctions.record import Bid, MaximumSet, RecordStore
from server.domain.errors import Conflict


class LotNotSettled(Conflict):
    """A record is published once the lot is settled and all of it has arrived."""


class PublishedEntry(Struct, frozen=True):
    """`hash` is that of `form`, and `seq` the bid, or the one that a changed maximum follows.

    An entry of before secrets had a hash of their own has no form: only its place in the chain can be checked.
    """

    kind: Literal["bid", "maximum"]
    seq: int
    previous_hash: str
    hash: str
    form: str | None = None


class PublishedLot(Struct, frozen=True, kw_only=True):
    """Or a part of it: `entries` after the number asked for, and `next` to ask with for the rest.

    `terms` is what the first entry is chained to the hash of, `settlement` what the head is the hash of, `head` the head as it was
    signed when the lot was settled.
    """

    goods_id: int
    group_id: int
    terms: str
    entries: list[PublishedEntry]
    next: int | None = None
    settlement: str
    head: Receipt | None = None


class PublishedRecords:
    """Reads records for whoever wants to check them."""

    def __init__(self, lots: LotStore, record: RecordStore, heads: HeadStore):
        self._lots = lots
        self._record = record
        self._heads = heads

    async def get_lot(self, goods_id: int, *, after_seq: int = 0, limit: int = 0) -> PublishedLot:
        """Raises NotFound and LotNotSettled. All of it if `limit` is 0."""
        lot = await self._lots.get_lot(goods_id)
        if lot.announced_at is None:
            raise LotNotSettled()
        bids = await self._record.list_bids(goods_id, after_seq=after_seq, limit=limit)
        last = bids[-1].seq if bids else after_seq
        is_whole = not limit or last >= lot.seq
        maxima = await self._record.list_maxima(goods_id) if lot.maxima_count else []
        entries = publish_entries(bids, [one for one in maxima if after_seq < one.after_seq and (is_whole or one.after_seq <= last)])
        head = await self._heads.find_head(goods_id)
        return PublishedLot(
            goods_id=goods_id,
            group_id=lot.group_id,
            terms=genesis_form(lot).decode(),
            entries=entries,
            next=None if is_whole else last,
            settlement=settlement_form(lot, await self._find_last_hash(lot, bids, maxima)).decode(),
            head=head.signed if head is not None else None,
        )

    async def _find_last_hash(self, lot: Lot, bids: Sequence[Bid], maxima: Sequence[MaximumSet]) -> str:
        """What the settlement is chained to."""
        if maxima and maxima[-1].after_seq >= lot.seq:
            return maxima[-1].hash
        if lot.seq == 0:
            return genesis_hash(lot)
        last = bids[-1] if bids and bids[-1].seq == lot.seq else await self._record.find_bid(lot.id, lot.seq)
        return last.hash if last is not None else ""


def publish_entries(bids: Sequence[Bid], maxima: Sequence[MaximumSet]) -> list[PublishedEntry]:
    """In the order of the chain."""
    entries = [(bid.seq, 0, _publish_bid(bid)) for bid in bids]
    entries += [
        (one.after_seq, one.number, PublishedEntry("maximum", one.after_seq, one.previous_hash, one.hash, _form(one))) for one in maxima
    ]
    return [entry for *_, entry in sorted(entries, key=lambda one: one[:2])]


def _publish_bid(bid: Bid) -> PublishedEntry:
    return PublishedEntry("bid", bid.seq, bid.previous_hash, bid.hash, _form(bid))


def _form(entry: Bid | MaximumSet) -> str | None:
    has_secrets = isinstance(entry, MaximumSet) or entry.intervention is not None
    has_secrets = has_secrets or (entry.key, entry.max_price) != (None, None)
    return entry.canonical().decode() if entry.salt or not has_secrets else None
