"""The rule of the leader's maximum, changed without bidding (bidding contract, rule 7). Pure."""
from __future__ import annotations

from msgspec.structs import replace

from server.domain.auctions.goods import Lot
from server.domain.auctions.offers import (
    AboveTopPrice,
    BidRefused,
    LotRefusal,
    MaximumChange,
    MaximumTooLow,
    NotLeading,
)
from server.domain.auctions.record import MaximumSet
from server.domain.auctions.rules import find_closed


def change_maximum(
    lot: Lot, change: MaximumChange, *, worker: str = "", barred: type[BidRefused] | None = None
) -> tuple[Lot, MaximumSet]:
    """The lot with the new ceiling, and the entry of its chain. Raises LotRefusal, one of its kinds.

    An equal maximum that comes later loses to it, whenever it was changed: one that came earlier and was equal has been
    answered already, so that the price stands at it.
    """
    refusal = _find_refusal(lot, change, barred)
    if refusal is not None:
        raise refusal
    entry = MaximumSet(
        goods_id=lot.id,
        group_id=lot.group_id,
        number=lot.maxima_count + 1,
        after_seq=lot.seq,
        user_id=change.user_id,
        max_price=change.max_price,
        arrived_at=change.arrived_at,
        key=change.key,
        fingerprint=change.fingerprint,
        previous_hash=lot.head,
        salt=change.salt,
        worker=worker,
        request_id=change.request_id,
    ).sealed()
    ceiling = change.max_price if change.max_price is not None else lot.price
    return replace(lot, ceiling=ceiling, maxima_count=entry.number, head=entry.hash), entry


def _find_refusal(lot: Lot, change: MaximumChange, barred: type[BidRefused] | None) -> LotRefusal | None:
    refusal: LotRefusal | None = find_closed(lot, change.group_id, change.arrived_at)
    if refusal is not None:
        return refusal
    if lot.leader_id != change.user_id:
        return NotLeading(lot)
    if change.max_price is None:
        return None
    if barred is not None and change.max_price > lot.ceiling:
        return barred(lot)
    if change.max_price > lot.top_price:
        return AboveTopPrice(lot)
    return MaximumTooLow(lot) if change.max_price < lot.price else None
