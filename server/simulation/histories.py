"""The public histories of the lots, read often enough that no bid passes unseen: only the last 50 are shown."""
from __future__ import annotations

import asyncio
from collections.abc import Iterable

from server.simulation.connection import Connection, ServerAway
from server.simulation.market import Market
from server.simulation.tally import Acknowledged

SHOWN = 50  # bids in a lot's public history
READ_AFTER = SHOWN // 2  # new bids
TRIES = 5
RETRY_SECONDS = 1.0  # a server that restarts is back by then


class Histories:
    """Collects every bid that the public history of a lot has shown."""

    def __init__(self, connection: Connection, market: Market):
        self._connection = connection
        self._market = market
        self._moved = asyncio.Event()
        self._read_to = {goods_id: lot.seq for goods_id, lot in market.lots.items()}
        self._shown: dict[tuple[int, int], tuple[int, int]] = {}  # goods, seq → user, price
        self._gaps: list[tuple[int, int, int]] = []  # goods, and the first and last seq that were shown to nobody here

    def notice(self) -> None:
        """The market moves."""
        self._moved.set()

    async def follow(self) -> None:
        """Reads along until it is cancelled."""
        while True:
            await self._moved.wait()
            self._moved.clear()
            for goods_id, lot in self._market.lots.items():
                while lot.seq - self._read_to[goods_id] >= READ_AFTER:
                    try:
                        await self.read(goods_id)
                    except ServerAway:
                        await asyncio.sleep(RETRY_SECONDS)

    async def read_rest(self, goods_ids: Iterable[int]) -> None:
        """The last look; what the server does not show by then counts as not looked for."""
        for goods_id in goods_ids:
            for left in reversed(range(TRIES)):
                try:
                    await self.read(goods_id)
                    break
                except ServerAway:
                    if not left:
                        self._gaps.append((goods_id, self._read_to[goods_id] + 1, self._market.lots[goods_id].seq))
                    else:
                        await asyncio.sleep(RETRY_SECONDS)

    async def read(self, goods_id: int) -> None:
        """Raises ServerAway."""
        bids = (await self._connection.get(f"/api/live/goods/{goods_id}")).data["bids"]
        self.take(goods_id, [(bid["seq"], bid["user_id"], bid["price"]) for bid in bids])

    def take(self, goods_id: int, bids: list[tuple[int, int, int]]) -> None:
        """What the history shows now: seq, user and price of each bid, newest first."""
        if not bids:
            return
        newest, oldest = bids[0][0], bids[-1][0]
        if oldest > self._read_to[goods_id] + 1:
            self._gaps.append((goods_id, self._read_to[goods_id] + 1, oldest - 1))
        self._read_to[goods_id] = max(newest, self._read_to[goods_id])
        self._shown |= {(goods_id, seq): (user_id, price) for seq, user_id, price in bids}

    def find_missing(self, acknowledged: Iterable[Acknowledged]) -> list[Acknowledged]:
        """Those that the history does not show at their price."""
        wrong = (bid for bid in acknowledged if self._shown.get((bid.goods_id, bid.seq)) != (bid.user_id, bid.price))
        return [bid for bid in wrong if not self._is_unread(bid)]

    def count_unread(self, acknowledged: Iterable[Acknowledged]) -> int:
        """Those that passed between two looks."""
        return sum(self._is_unread(bid) for bid in acknowledged)

    def _is_unread(self, bid: Acknowledged) -> bool:
        if (bid.goods_id, bid.seq) in self._shown:
            return False
        return any(goods_id == bid.goods_id and first <= bid.seq <= last for goods_id, first, last in self._gaps)
