"""Bids: what is offered, why it can be refused, and the service that takes offers."""
from __future__ import annotations

import re
import time
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

import msgspec
from msgspec import Struct

from server.domain.accounts.users import User
from server.domain.auctions.goods import Lot
from server.domain.auctions.record import sha256
from server.domain.clock import Clock
from server.domain.errors import Conflict, DomainError, InvalidInput, TooMany
from server.domain.events import BidWasRefused

if TYPE_CHECKING:
    from server.domain.auctions.commits import LotDesks
    from server.domain.auctions.drafts import Placed
    from server.domain.auctions.refusals import RefusalLog

MAX_PRICE = 2**53 - 1  # fen; what JavaScript's numbers hold exactly


class BidRefused(Conflict):
    """The rules refuse an offer; `current` and `minimum` are the lot's price and least next offer, in fen."""

    def __init__(self, lot: Lot):
        super().__init__(lot.id)
        self.current = lot.current_price
        self.minimum = lot.minimum_offer


class GroupMismatch(BidRefused):
    """The goods do not belong to the group named."""


class NotStarted(BidRefused):
    """The group is not yet in progress."""


class Ended(BidRefused):
    """The offer arrived after the lot's end."""


class LotClosed(BidRefused):
    """The lot was won before its end (封顶)."""


class BelowLowPrice(BidRefused):
    """The first offer is less than the low price."""


class BidTooLow(BidRefused):
    """The offer does not beat the price by the step, or meets the leader's equal and earlier maximum."""


class AboveTopPrice(BidRefused):
    """The offer, or its maximum, is above the top price."""

    def __init__(self, lot: Lot):
        super().__init__(lot)
        self.top_price = lot.top_price


class NotLeading(BidRefused):
    """Only who leads has a maximum to change."""


class MaximumTooLow(BidTooLow):
    """A maximum cannot be less than what it already answers: the price, which is `minimum` here."""

    def __init__(self, lot: Lot):
        super().__init__(lot)
        self.minimum = lot.current_price


class MaxBelowPrice(InvalidInput):
    """The proxy maximum is less than the price offered with it."""

    def __init__(self) -> None:
        super().__init__({"max_price": ["less than price"]})


class KeyReused(InvalidInput):
    """An idempotency key came again with another request."""

    def __init__(self) -> None:
        super().__init__({"request_id": ["used before with another request"]})


class RateLimited(TooMany):
    """A user offers faster than allowed."""


class Offer(Struct, frozen=True, kw_only=True):
    """What a bidder asks for. Amounts in fen; `arrived_at` is when the server received it."""

    goods_id: int
    group_id: int
    user_id: int
    nickname: str
    price: int
    max_price: int | None = None
    arrived_at: datetime
    key: str | None = None
    request_id: str = ""

    @property
    def ceiling(self) -> int:
        return max(self.price, self.max_price or 0)

    @property
    def fingerprint(self) -> str | None:
        """Tells requests with the same key apart."""
        if self.key is None:
            return None
        return sha256(msgspec.json.encode((self.goods_id, self.group_id, self.price, self.max_price)))[:32]


class MaximumChange(Struct, frozen=True, kw_only=True):
    """What a leader asks for: a maximum in fen, or None for none. `arrived_at` is when the server received it."""

    goods_id: int
    group_id: int
    user_id: int
    max_price: int | None
    arrived_at: datetime
    key: str | None = None
    request_id: str = ""

    @property
    def fingerprint(self) -> str | None:
        """Tells requests with the same key apart, also from offers."""
        if self.key is None:
            return None
        return sha256(msgspec.json.encode(("maximum", self.goods_id, self.group_id, self.max_price)))[:32]


class RateLimiter(Protocol):
    """Decides who asks too often."""

    def admit(self, user_id: int) -> bool: ...


class BidObserver(Protocol):
    """Counts and times what is decided; never waits and never fails."""

    def answered(self, outcome: str) -> None:
        """`outcome` is "accepted", the name of the error, or "failed" for one that nobody foresaw."""

    def committed(self, offers: int, decision_seconds: Sequence[float]) -> None:
        """So many offers were decided by one write; each accepted one took so long from its arrival until it was durable."""

    def settled(self, late_seconds: float) -> None:
        """A lot was settled, so long after it was due."""


class Unobserved:
    """A BidObserver that looks away."""

    def answered(self, outcome: str) -> None: ...

    def committed(self, offers: int, decision_seconds: Sequence[float]) -> None: ...

    def settled(self, late_seconds: float) -> None: ...


class BidService:
    """Bidding: an offer is answered only when it is durable; none is lost, doubled or reordered."""

    def __init__(
        self,
        desks: LotDesks,
        refusals: RefusalLog,
        clock: Clock,
        limiter: RateLimiter,
        *,
        worker: str,
        observer: BidObserver = Unobserved(),
    ):
        self._desks = desks
        self._refusals = refusals
        self._clock = clock
        self._limiter = limiter
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
        """Offers `price` (fen) for the bidder. The same key gives the first answer again.

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
            request_id=request_id,
        )
        try:
            if max_price is not None and max_price < price:
                raise MaxBelowPrice()
            if not self._limiter.admit(bidder.id):
                raise RateLimited()
            placed = await self._desks.desk(goods_id).take(offer)
        except Exception as error:
            self._observer.answered(snake_case(type(error).__name__) if isinstance(error, DomainError) else "failed")
            if isinstance(error, (BidRefused, KeyReused, MaxBelowPrice, RateLimited)):
                self._tell_refused(offer, error, started)
            raise
        self._observer.answered("accepted")
        return placed

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

        The same key gives the first answer again. Raises NotFound, BidRefused (one of its kinds: NotLeading, MaximumTooLow,
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


def snake_case(name: str) -> str:
    """BidTooLow → bid_too_low, as the documents name errors."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def since_ms(started: float) -> float:
    """Milliseconds since that reading of time.perf_counter(), to the microsecond."""
    return round((time.perf_counter() - started) * 1000, 3)
