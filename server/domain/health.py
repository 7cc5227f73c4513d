"""Whether this process can do its work."""
from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from msgspec import Struct

from server.domain.auctions.floor import Floor
from server.domain.clock import Clock

LOOKED_WITHIN = timedelta(seconds=5)  # a look comes every second


class Health(Struct, frozen=True):
    """`is_ready`: requests may be sent here. `redis` may be away: prices then travel through MongoDB alone."""

    is_ready: bool
    mongodb: bool
    redis: bool
    is_draining: bool


class HealthService:
    """Answers the load balancer."""

    def __init__(self, floor: Floor, is_redis_there: Callable[[], bool], clock: Clock):
        self._floor = floor
        self._is_redis_there = is_redis_there
        self._clock = clock
        self._is_draining = False

    def drain(self) -> None:
        """From now on this process is not ready."""
        self._is_draining = True

    def check(self) -> Health:
        """By what the last look found, which reads prices and makes a journalled write: a database that only answers is of no use."""
        looked_at = self._floor.looked_at
        mongodb = not self._floor.is_stale and looked_at is not None and self._clock.now() - looked_at < LOOKED_WITHIN
        return Health(mongodb and not self._is_draining, mongodb, self._is_redis_there(), self._is_draining)
