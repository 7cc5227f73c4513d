"""Rate limits kept in this process's memory."""
from __future__ import annotations

import time
from collections import OrderedDict

USERS_KEPT = 50_000


class BidLimiter:
    """A token bucket for each user: so many bids a second on average, twice as many at once."""

    def __init__(self, per_second: int):
        self._per_second = per_second
        self._burst = per_second * 2
        self._buckets: OrderedDict[int, tuple[float, float]] = OrderedDict()

    def admit(self, user_id: int) -> bool:
        now = time.monotonic()
        left, since = self._buckets.pop(user_id, (float(self._burst), now))
        left = min(self._burst, left + (now - since) * self._per_second)
        is_admitted = left >= 1
        self._buckets[user_id] = (left - 1 if is_admitted else left, now)
        if len(self._buckets) > USERS_KEPT:
            self._buckets.popitem(last=False)
        return is_admitted
