"""Views: how often goods were looked at, counted in memory and written now and then. A process that is killed loses its last seconds."""
from __future__ import annotations

from collections import Counter

from server.domain.errors import Unavailable
from server.domain.mall.goods.counts import CountStore

WRITE_SECONDS = 5.0


class Views:
    """Those that this process has seen, and not written yet."""

    def __init__(self, counts: CountStore):
        self._counts = counts
        self._seen: Counter[int] = Counter()

    def note(self, goods_id: int) -> None:
        self._seen[goods_id] += 1

    async def write(self) -> None:
        """Raises Unavailable; what was not written waits for the next time."""
        while self._seen:
            goods_id, number = self._seen.popitem()
            try:
                await self._counts.tell(goods_id, views=number)
            except Unavailable:
                self._seen[goods_id] += number
                raise
