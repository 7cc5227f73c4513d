"""Who watched: how many looked at each running lot, sampled now and then by one process for all."""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from msgspec import Struct

from server.domain.auctions.floor import Floor
from server.domain.clock import Clock

SAMPLE_SECONDS = 5.0
LEASE = timedelta(seconds=15)  # whoever samples and gives no sign for longer has died


class WatchSample(Struct, frozen=True):
    """So many listeners looked at a lot from then on."""

    goods_id: int
    at: datetime
    count: int


class WatchStore(Protocol):
    """Where samples are kept, for a year."""

    async def take_turn(self, worker: str, now: datetime, until: datetime) -> bool:
        """Whether this process samples until then: nobody else does."""

    async def add_samples(self, samples: Sequence[WatchSample]) -> None: ...

    async def list_samples(self, goods_id: int) -> list[WatchSample]:
        """In order."""


class WatchSampler:
    """A sample is a change since the last one: of a lot that nobody comes to or leaves there is one."""

    def __init__(self, store: WatchStore, floor: Floor, count: Callable[[], Mapping[int, int]], clock: Clock, *, worker: str):
        self._store = store
        self._floor = floor
        self._count = count
        self._clock = clock
        self._worker = worker
        self._last: dict[int, int] = {}  # of each lot, while this process samples

    async def sample(self) -> None:
        """Raises Unavailable."""
        running = {known.state.goods_id for known in self._floor.lots if known.state.is_running}
        if not running and not self._last:
            return
        now = self._clock.now()
        if not await self._store.take_turn(self._worker, now, now + LEASE):
            self._last = {}
            return
        counted = self._count()
        counts = {goods_id: counted.get(goods_id, 0) for goods_id in running}
        changed = [WatchSample(goods_id, now, count) for goods_id, count in counts.items() if self._last.get(goods_id) != count]
        if changed:
            await self._store.add_samples(changed)
        self._last = counts
