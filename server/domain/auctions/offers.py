"""Offers: what a bidder asks for, and why it can be refused."""
from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec
from msgspec import Struct

from server.domain.auctions.goods import Lot
from server.domain.auctions.proof.receipts import RefusedBid
from server.domain.auctions.record import Act, sha256
from server.domain.errors import Conflict, InvalidInput, TooMany


class LotRefusal(Conflict):
    """The rules refuse what is asked of a lot; `current` and `minimum` are its price and least next offer, in fen."""

    def __init__(self, lot: Lot):
        super().__init__(lot.id)
        self.lot = lot
        self.current = lot.current_price
        self.minimum = lot.minimum_offer


class BidRefused(LotRefusal, RefusedBid):
    """They refuse an offer."""


class GroupMismatch(BidRefused):
    """The goods do not belong to the group named."""


class NotStarted(BidRefused):
    """The group is not yet in progress."""


class Ended(BidRefused):
    """The offer arrived after the lot's end."""


class LotClosed(BidRefused):
    """The lot was won before its end (封顶)."""


class LotPaused(BidRefused):
    """An operator has paused the lot."""


class LotWithdrawn(BidRefused):
    """An operator has taken the lot off the sale."""


class NotApproved(BidRefused):
    """Only bidders whom an operator has approved may bid."""


class DepositNeeded(BidRefused):
    """Only bidders who have left a deposit may bid."""

    def __init__(self, lot: Lot):
        super().__init__(lot)
        self.deposit = lot.admission.deposit


class LeadLimitReached(BidRefused):
    """With this offer the bidder might come to owe more for all lots of the group than one may."""

    def __init__(self, lot: Lot):
        super().__init__(lot)
        self.limit = lot.admission.lead_limit


class BelowLowPrice(BidRefused):
    """The first offer is less than the low price."""


class BidTooLow(BidRefused):
    """The offer does not beat the price by the step, or meets the leader's equal and earlier maximum."""


class AboveTopPrice(BidRefused):
    """The offer, or its maximum, is above the top price."""

    def __init__(self, lot: Lot):
        super().__init__(lot)
        self.top_price = lot.top_price


class NotLeading(LotRefusal):
    """Only who leads has a maximum to change."""


class MaximumTooLow(BidTooLow):
    """A maximum cannot be less than what it already answers: the price, which is `minimum` here."""

    def __init__(self, lot: Lot):
        super().__init__(lot)
        self.minimum = lot.current_price


class MaxBelowPrice(InvalidInput, RefusedBid):
    """The proxy maximum is less than the price offered with it."""

    def __init__(self) -> None:
        super().__init__({"max_price": ["less than price"]})


class KeyReused(InvalidInput, RefusedBid):
    """An idempotency key came again with another request."""

    def __init__(self) -> None:
        super().__init__({"request_id": ["used before with another request"]})


class RateLimited(TooMany, RefusedBid):
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
    salt: str = ""  # of the secrets in the entries that it makes
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
    salt: str = ""
    request_id: str = ""

    @property
    def fingerprint(self) -> str | None:
        """Tells requests with the same key apart, also from offers."""
        if self.key is None:
            return None
        return sha256(msgspec.json.encode(("maximum", self.goods_id, self.group_id, self.max_price)))[:32]


class Instruction(Struct, frozen=True, kw_only=True):
    """What an operator wants done to a lot, with words for everyone. The same `id` does it once."""

    id: str
    goods_id: int
    act: Act
    operator_id: int
    reason: str
    arrived_at: datetime
    seconds: int = 0  # of an extension
    back_to: int | None = None  # of a void
    salt: str = ""
    request_id: str = ""

    @property
    def user_id(self) -> int:
        return self.operator_id

    @property
    def key(self) -> None:
        """It goes by its id."""

    @property
    def fingerprint(self) -> None: ...


class BidObserver(Protocol):
    """Counts and times what is decided; never waits and never fails."""

    def answered(self, outcome: str) -> None:
        """`outcome` is "accepted", the name of the error, or "failed" for one that nobody foresaw."""

    def committed(self, offers: int, decision_seconds: Sequence[float]) -> None:
        """So many offers were decided by one write; each accepted one took so long from its arrival until it was durable."""

    def missed(self) -> None:
        """A commit came to nothing because another process had changed the lot first."""

    def handed_over(self, offers: int) -> None:
        """So many offers went to the process where their lot is at home."""

    def taken_back(self, offers: int) -> None:
        """Of these, so many are decided here after all."""

    def settled(self, late_seconds: float) -> None:
        """A lot was settled, so long after it was due."""


class Unobserved:
    """A BidObserver that looks away."""

    def answered(self, outcome: str) -> None: ...

    def committed(self, offers: int, decision_seconds: Sequence[float]) -> None: ...

    def missed(self) -> None: ...

    def handed_over(self, offers: int) -> None: ...

    def taken_back(self, offers: int) -> None: ...

    def settled(self, late_seconds: float) -> None: ...
