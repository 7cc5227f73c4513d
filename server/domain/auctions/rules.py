"""The rules of a bid and of the end of a lot. Pure: no clock, no storage."""
from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from server.domain.auctions.chain import settlement_hash
from server.domain.auctions.goods import ExtendedBy, Lot, LotStatus
from server.domain.auctions.offers import (
    AboveTopPrice,
    BelowLowPrice,
    BidRefused,
    BidTooLow,
    Ended,
    GroupMismatch,
    LotClosed,
    LotPaused,
    LotWithdrawn,
    NotStarted,
    Offer,
)
from server.domain.auctions.record import Bid

SETTLE_AFTER = timedelta(seconds=1)  # what arrived in time is decided first


class Decision(Struct, frozen=True):
    """What becomes of an offer: the lot after it, the bids it makes, and why it is refused, if it is.

    A refused offer can still make a bid: an equal, earlier maximum answers it.
    """

    lot: Lot
    bids: tuple[Bid, ...] = ()
    refusal: BidRefused | None = None


def decide(
    lot: Lot, offer: Offer, participation_id: int, *, now: datetime, worker: str = "", barred: type[BidRefused] | None = None
) -> Decision:
    """Applies the rules of a bid (bidding contract, rules 1–7) to one offer. Gives a new lot; changes nothing.

    `barred`: why this bidder may not bid, whatever is offered.
    """
    refusal = find_closed(lot, offer.group_id, offer.arrived_at) or (barred(lot) if barred is not None else _find_misfit(lot, offer))
    if refusal is not None:
        return Decision(lot, refusal=refusal)
    book = _Book(lot, offer, participation_id, worker)
    refused = False
    if lot.leader_id is None or lot.leader_id == offer.user_id:
        book.bid_challenger(offer.price, is_proxy=False)
        ceiling = offer.ceiling if offer.max_price or not lot.has_bid else max(lot.ceiling, offer.price)
    elif offer.price > lot.ceiling:
        book.bid_challenger(offer.price, is_proxy=False)
        ceiling = offer.ceiling
    elif offer.ceiling > lot.ceiling:
        book.bid_challenger(offer.price, is_proxy=False)
        book.bid_leader(lot.ceiling)
        book.bid_challenger(min(offer.ceiling, lot.ceiling + lot.step_at(lot.ceiling)), is_proxy=True)
        ceiling = offer.ceiling
    else:
        refused = offer.price == lot.ceiling  # of two equal maxima the earlier leads
        if not refused:
            book.bid_challenger(offer.price, is_proxy=False)
            if offer.ceiling < lot.ceiling:
                book.bid_challenger(offer.ceiling, is_proxy=True)
        book.bid_leader(min(lot.ceiling, offer.ceiling + lot.step_at(offer.ceiling)))
        ceiling = lot.ceiling
    after = book.lot_after(ceiling, now)
    bids = book.chained(after)
    after = replace(after, head=bids[-1].hash)
    if after.is_bought_out:
        after = settled(after, now)
    if refused:
        refusal = LotClosed(after) if after.is_bought_out else BidTooLow(after)
    return Decision(after, bids, refusal)


def settle(lot: Lot, now: datetime) -> Lot | None:
    """The lot with winner and price fixed; None unless it is open and its end is long enough ago."""
    if not lot.state.is_running or now < lot.end_at + SETTLE_AFTER:
        return None
    return settled(lot, now)


def settled(lot: Lot, now: datetime, status: LotStatus | None = None) -> Lot:
    """With the end of its record: won or unsold, unless another status is given."""
    after = replace(lot, status=status or (LotStatus.WON if lot.has_bid else LotStatus.UNSOLD), settled_at=now)
    return replace(after, head=settlement_hash(after, lot.head))


def find_closed(lot: Lot, group_id: int, arrived_at: datetime) -> BidRefused | None:
    """Why nobody could have any wish of this lot then, in this group; None where they could."""
    if group_id != lot.group_id:
        return GroupMismatch(lot)
    if arrived_at < lot.start_at:
        return NotStarted(lot)
    if lot.status is LotStatus.WITHDRAWN:
        return LotWithdrawn(lot)
    if lot.paused_at is not None:
        return LotPaused(lot)
    if lot.status is not LotStatus.OPEN:
        return LotClosed(lot) if lot.is_bought_out else Ended(lot)
    return Ended(lot) if arrived_at >= lot.end_at else None


def _find_misfit(lot: Lot, offer: Offer) -> BidRefused | None:
    if offer.ceiling > lot.top_price:
        return AboveTopPrice(lot)
    if offer.price < lot.low_price:
        return BelowLowPrice(lot)
    if offer.price < lot.minimum_offer:
        return BidTooLow(lot)
    return None


class _Step(Struct):
    user_id: int
    nickname: str
    participation_id: int
    price: int
    is_proxy: bool


class _Book:
    """Collects the bids that one offer makes; each must beat the one before, so steps that do not are left out."""

    def __init__(self, lot: Lot, offer: Offer, participation_id: int, worker: str):
        self._lot = lot
        self._offer = offer
        self._participation_id = participation_id
        self._worker = worker
        self._steps: list[_Step] = []
        self._price = lot.price

    def bid_challenger(self, price: int, *, is_proxy: bool) -> None:
        self._add(_Step(self._offer.user_id, self._offer.nickname, self._participation_id, price, is_proxy))

    def bid_leader(self, price: int) -> None:
        lot = self._lot
        assert lot.leader_id is not None and lot.leader_nickname is not None and lot.leader_participation_id is not None
        self._add(_Step(lot.leader_id, lot.leader_nickname, lot.leader_participation_id, price, True))

    def _add(self, step: _Step) -> None:
        if step.price > self._price:
            self._steps.append(step)
            self._price = step.price

    def lot_after(self, ceiling: int, now: datetime) -> Lot:
        lot, last = self._lot, self._steps[-1]
        window = timedelta(seconds=lot.extend_window_seconds)
        latest = min(self._offer.arrived_at + window, lot.latest_end_at)
        end_at = max(lot.end_at, latest) if last.price < lot.top_price else lot.end_at
        return replace(
            lot,
            seq=lot.seq + len(self._steps),
            price=last.price,
            leader_id=last.user_id,
            leader_nickname=last.nickname,
            leader_participation_id=last.participation_id,
            ceiling=ceiling,
            end_at=end_at,
            extended_by=ExtendedBy.LATE_BID if end_at > lot.end_at else lot.extended_by,
            changed_at=now,
        )

    def chained(self, after: Lot) -> tuple[Bid, ...]:
        bids: list[Bid] = []
        previous_hash = self._lot.head
        for index, step in enumerate(self._steps):
            is_last = index == len(self._steps) - 1
            outbid = self._find_outbid() if is_last else None
            is_offer = step.user_id == self._offer.user_id
            bid = Bid(
                goods_id=after.id,
                group_id=after.group_id,
                seq=self._lot.seq + index + 1,
                offer_seq=self._lot.seq + 1,
                user_id=step.user_id,
                participation_id=step.participation_id,
                nickname=step.nickname,
                price=step.price,
                max_price=self._offer.max_price if is_offer else None,
                is_proxy=step.is_proxy,
                arrived_at=self._offer.arrived_at,
                key=self._offer.key if is_offer and not step.is_proxy else None,
                fingerprint=self._offer.fingerprint if is_offer and not step.is_proxy else None,
                outbid_user_id=outbid.user_id if outbid else None,
                outbid_price=outbid.price if outbid else None,
                end_at=after.end_at,
                previous_hash=previous_hash,
                salt=self._offer.salt,
                worker=self._worker,
                request_id=self._offer.request_id,
            ).sealed()
            previous_hash = bid.hash
            bids.append(bid)
        return tuple(bids)

    def _find_outbid(self) -> _Step | None:
        """Who hears "outbid": the one of leader and challenger that does not lead in the end, at their last price."""
        winner = self._steps[-1].user_id
        for step in reversed(self._steps):
            if step.user_id != winner:
                return step
        lot = self._lot
        if lot.leader_id is None or lot.leader_id == winner:
            return None
        return _Step(lot.leader_id, lot.leader_nickname or "", lot.leader_participation_id or 0, lot.price, False)
