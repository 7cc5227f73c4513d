"""Offers that came a moment too late, for operators: what might have been bid, had a lot's end been a little later."""
from __future__ import annotations

from datetime import timedelta

from msgspec import Struct

from server.domain.auctions.goods import Lot, LotStatus, LotStore
from server.domain.auctions.groups import GroupStore
from server.domain.auctions.refusals import RefusalStore
from server.domain.clock import Clock, to_ms
from server.domain.events import BidWasRefused

MISSED_WITHIN = timedelta(seconds=3)  # after a lot's end
NEWEST_OF_A_LOT = 50  # refusals that are looked at


class MissedBid(Struct, frozen=True, kw_only=True):
    """An offer after a lot's end, and what became of it: why it was refused, and what the lot was sold for. Money in fen, times in ms.

    `worker` and `n` name the refusal, as the `ops` channel does. `hammer_price` is null where the lot was not sold, or not yet.
    """

    goods_id: int
    sn: str
    user_id: int
    nickname: str
    price: int
    at: int
    late_ms: int
    reason: str
    latency_ms: float
    hammer_price: int | None
    winner_id: int | None
    worker: str
    n: int


class MissedService:
    """Finds them among the refusals."""

    def __init__(self, groups: GroupStore, lots: LotStore, refusals: RefusalStore, clock: Clock):
        self._groups = groups
        self._lots = lots
        self._refusals = refusals
        self._clock = clock

    async def list_of_group(self, group_id: int) -> list[MissedBid]:
        """Newest first. Raises NotFound."""
        await self._groups.get_group(group_id)
        now = self._clock.now()
        over = [lot for lot in await self._lots.list_lots(group_id) if lot.end_at <= now or lot.settled_at is not None]
        found = [
            missed_of(lot, refusal)
            for lot in over
            for refusal in await self._refusals.list_of_lot(lot.id, NEWEST_OF_A_LOT)
            if lot.end_at <= refusal.arrived_at <= lot.end_at + MISSED_WITHIN
        ]
        return sorted(found, key=lambda missed: -missed.at)


def missed_of(lot: Lot, refusal: BidWasRefused) -> MissedBid:
    return MissedBid(
        goods_id=lot.id,
        sn=lot.sn,
        user_id=refusal.user_id,
        nickname=refusal.nickname,
        price=refusal.price,
        at=to_ms(refusal.arrived_at),
        late_ms=to_ms(refusal.arrived_at) - to_ms(lot.end_at),
        reason=refusal.reason,
        latency_ms=refusal.latency_ms,
        hammer_price=lot.price if lot.status is LotStatus.WON else None,
        winner_id=lot.leader_id if lot.status is LotStatus.WON else None,
        worker=refusal.worker,
        n=refusal.number,
    )
