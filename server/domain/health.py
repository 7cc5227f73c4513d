"""Whether this process can do its work."""
from __future__ import annotations

from collections.abc import Awaitable, Callable

from msgspec import Struct

from server.domain.auctions.floor import Floor


class Health(Struct, frozen=True):
    """`is_ready`: requests may be sent here. `redis` may be away: prices then travel through MongoDB alone."""

    is_ready: bool
    mongodb: bool
    redis: bool
    is_draining: bool


class HealthService:
    """Answers the load balancer."""

    def __init__(self, floor: Floor, is_redis_there: Callable[[], bool], ping_database: Callable[[], Awaitable[bool]]):
        self._floor = floor
        self._is_redis_there = is_redis_there
        self._ping_database = ping_database
        self._is_draining = False

    def drain(self) -> None:
        """From now on this process is not ready."""
        self._is_draining = True

    async def check(self) -> Health:
        mongodb = not self._floor.is_stale and await self._ping_database()
        return Health(mongodb and not self._is_draining, mongodb, self._is_redis_there(), self._is_draining)
