"""Bids: the service that takes offers."""
from __future__ import annotations

import time
from datetime import datetime
from typing import Protocol

from msgspec.structs import replace

from server.domain.accounts.users import User
from server.domain.auctions.commits import LotDesks
from server.domain.auctions.drafts import Placed
from server.domain.auctions.offers import (
    BidObserver,
    BidRefused,
    KeyReused,
    MaxBelowPrice,
    MaximumChange,
    Offer,
    RateLimited,
    Unobserved,
)
from server.domain.auctions.proof.notary import Notary
from server.domain.auctions.proof.statements import snake_case, state_refused
from server.domain.auctions.record import make_salt
from server.domain.auctions.refusals import RefusalLog
from server.domain.clock import Clock, since_ms
from server.domain.errors import DomainError
from server.domain.events import BidWasRefused


class RateLimiter(Protocol):
    """Decides who asks too often."""

    def admit(self, user_id: int) -> bool: ...


class BidService:
    """Bidding: an offer is answered only when it is durable; none is lost, doubled or reordered. Each answer has a receipt."""

    def __init__(
        self,
        desks: LotDesks,
        refusals: RefusalLog,
        clock: Clock,
        limiter: RateLimiter,
        notary: Notary,
        *,
        worker: str,
        observer: BidObserver = Unobserved(),
    ):
        self._desks = desks
        self._refusals = refusals
        self._clock = clock
        self._limiter = limiter
        self._notary = notary
        self._worker = worker
        self._observer = observer

    async def place_bid(
        self,
        bidder: User,
        group_id: int,
        goods_id: int,
        price: int,
        *,
        max_price: int | None = None,
        key: str | None = None,
        arrived_at: datetime | None = None,
        request_id: str = "",
    ) -> Placed:
        """Offers `price` (fen) for the bidder. The same key gives the first answer again, with a receipt that says the same.

        Raises NotFound, BidRefused (one of its kinds), MaxBelowPrice, KeyReused, RateLimited, and Unavailable when the
        database does not answer in time: then the bid may or may not stand, and asking again with the same key tells.
        """
        started = time.perf_counter()
        offer = Offer(
            goods_id=goods_id,
            group_id=group_id,
            user_id=bidder.id,
            nickname=bidder.nickname,
            price=price,
            max_price=max_price,
            arrived_at=arrived_at or self._clock.now(),
            key=key,
            salt=make_salt(),
            request_id=request_id,
        )
        try:
            if max_price is not None and max_price < price:
                raise MaxBelowPrice()
            if not self._limiter.admit(bidder.id):
                raise RateLimited()
            placed = await self._desks.desk(goods_id).take(offer)
            receipt = await self._notary.sign(placed.statement)
        except Exception as error:
            self._observer.answered(snake_case(type(error).__name__) if isinstance(error, DomainError) else "failed")
            if isinstance(error, (BidRefused, KeyReused, MaxBelowPrice, RateLimited)):
                self._tell_refused(offer, error, started)
                error.receipt = await self._notary.sign(error.statement or state_refused(offer, error))
            raise
        self._observer.answered("accepted")
        return replace(placed, receipt=receipt)

    async def change_maximum(
        self,
        leader: User,
        group_id: int,
        goods_id: int,
        max_price: int | None,
        *,
        key: str | None = None,
        arrived_at: datetime | None = None,
        request_id: str = "",
    ) -> int | None:
        """Sets the leader's maximum (fen), or cancels it with None; gives what it is now. Nobody else hears of it.

        The same key gives the first answer again. Raises NotFound, LotRefusal (NotLeading, MaximumTooLow,
        AboveTopPrice, or why the lot takes nothing now), KeyReused, RateLimited, and Unavailable as `place_bid` does.
        """
        if not self._limiter.admit(leader.id):
            raise RateLimited()
        change = MaximumChange(
            goods_id=goods_id,
            group_id=group_id,
            user_id=leader.id,
            max_price=max_price,
            arrived_at=arrived_at or self._clock.now(),
            key=key,
            salt=make_salt(),
            request_id=request_id,
        )
        return (await self._desks.desk(goods_id).take_change(change)).max_price

    def _tell_refused(self, offer: Offer, refusal: DomainError, started: float) -> None:
        self._refusals.add(
            BidWasRefused(
                number=self._refusals.next_number(),
                goods_id=offer.goods_id,
                group_id=offer.group_id,
                user_id=offer.user_id,
                nickname=offer.nickname,
                price=offer.price,
                reason=snake_case(type(refusal).__name__),
                arrived_at=offer.arrived_at,
                worker=self._worker,
                request_id=offer.request_id,
                latency_ms=since_ms(started),
            )
        )
