"""Whether everyone sees the true prices soon after the last bid."""
from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence

from server.simulation.connection import Connection, ServerAway
from server.simulation.tally import Acknowledged
from server.simulation.watchers import Watcher

CONVERGED_SECONDS = 2.0  # what the live channel promises
LOOK_AGAIN_SECONDS = 0.05

Prices = dict[int, tuple[int, int]]  # goods → seq, price


class Comparison:
    """Compares watchers, the group's state and the lots' prices with every bid that was acknowledged, until all agree or time is over."""

    def __init__(self, connection: Connection, group_id: int, watchers: Sequence[Watcher], acknowledged: Iterable[Acknowledged]):
        self._connection = connection
        self._group_id = group_id
        self._truth = newest_of(acknowledged)
        self._is_truth_read = False
        self.watchers_behind = list(watchers)
        self.prices_behind = set(self._truth)

    @property
    def prices_agree(self) -> bool:
        return not self.prices_behind

    @property
    def is_converged(self) -> bool:
        return self.prices_agree and not self.watchers_behind

    async def make(self, seconds: float | None = None) -> None:
        """Takes so long at most; usually as long as the promise allows."""
        deadline = time.monotonic() + (CONVERGED_SECONDS if seconds is None else seconds)
        while not self.is_converged and time.monotonic() < deadline:
            try:
                await self._look()
            except ServerAway:
                pass  # there is time left, perhaps
            await asyncio.sleep(LOOK_AGAIN_SECONDS)

    async def _look(self) -> None:
        state = await self._read_state()
        if not self._is_truth_read:
            self._truth |= {goods_id: max(state[goods_id], self._truth.get(goods_id, (0, 0))) for goods_id in state}
            self._is_truth_read = True
        self.watchers_behind = [watcher for watcher in self.watchers_behind if not watcher.agrees_with(self._truth)]
        for goods_id in sorted(self.prices_behind):
            answer = await self._connection.get(f"/api/group/current/price/{goods_id}")
            if answer.data == state[goods_id][1] and is_as_new(state[goods_id], self._truth[goods_id]):
                self.prices_behind.discard(goods_id)

    async def _read_state(self) -> Prices:
        answer = await self._connection.get(f"/api/live/group/{self._group_id}")
        return {lot["goods_id"]: (lot["seq"], lot["price"]) for lot in answer.data["state"]}


def newest_of(acknowledged: Iterable[Acknowledged]) -> Prices:
    """Each lot's newest acknowledged bid."""
    newest: Prices = {}
    for bid in acknowledged:
        newest[bid.goods_id] = max(newest.get(bid.goods_id, (0, 0)), (bid.seq, bid.price))
    return newest


def is_as_new(known: tuple[int, int], truth: tuple[int, int]) -> bool:
    """Whether a price is the true one, or of a later bid."""
    return known[0] > truth[0] or known == truth
