"""Rate limits kept in this process's memory."""
from __future__ import annotations

import math
import time
from collections import OrderedDict
from typing import Generic, Hashable, TypeVar

from server.domain.accounts.attempts import network_of
from server.domain.errors import TooMany
from server.domain.paces import Pace

KEPT = 50_000

Who = TypeVar("Who", bound=Hashable)


class TokenBuckets(Generic[Who]):
    """A bucket for each who asks: so many requests a second on average, `burst` at once."""

    def __init__(self, per_second: float, burst: int):
        self._per_second = per_second
        self._burst = burst
        self._buckets: OrderedDict[Who, tuple[float, float]] = OrderedDict()

    def admit(self, who: Who) -> bool:
        now = time.monotonic()
        left, since = self._buckets.pop(who, (float(self._burst), now))
        left = min(self._burst, left + (now - since) * self._per_second)
        is_admitted = left >= 1
        self._buckets[who] = (left - 1 if is_admitted else left, now)
        if len(self._buckets) > KEPT:
            self._buckets.popitem(last=False)
        return is_admitted


class BidLimiter(TokenBuckets[int]):
    """For each user so many bids a second on average, twice as many at once."""

    def __init__(self, per_second: int):
        super().__init__(per_second, per_second * 2)


class NewcomerLimiter(TokenBuckets[str]):
    """For each address one picture, or one form, in two seconds on average; enough at once for an office that registers together."""

    def __init__(self) -> None:
        super().__init__(0.5, 30)

    def admit(self, who: str) -> bool:
        return super().admit(network_of(who))


class AddressPaces:
    """Implements Paces. Several processes allow that many times as much."""

    def __init__(self, sign_ins_per_minute: int):
        self._sign_ins_per_second = sign_ins_per_minute / 60
        self._buckets: dict[Pace, TokenBuckets[str]] = {}

    def admit(self, pace: Pace, address: str) -> None:
        """Half a minute's worth at once."""
        per_second = self._sign_ins_per_second * pace.share
        buckets = self._buckets.setdefault(pace, TokenBuckets(per_second, math.ceil(per_second * 30)))
        if not buckets.admit(network_of(address)):
            raise TooMany(math.ceil(1 / per_second))
