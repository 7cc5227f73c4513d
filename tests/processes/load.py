"""Bidders that never give up: each offers until it is answered, with the same key."""
from __future__ import annotations

import asyncio
import itertools
import uuid
from collections import Counter

from msgspec import Struct
from tornado.httpclient import HTTPClientError

from tests.processes.server import ServerProcess

RETRY_SECONDS = 0.05


class Acknowledged(Struct, frozen=True):
    """An accepted bid as its bidder was told of it."""

    goods_id: int
    user_id: int
    seq: int
    price: int


class Load:
    """Bidders on some lots; prices rise from one counter, so that most offers are good when they are made."""

    def __init__(self, server: ServerProcess, goods_ids: list[int]):
        self._server = server
        self._goods_ids = itertools.cycle(goods_ids)
        self._prices = itertools.count(100)
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._changed = asyncio.Condition()
        self.acknowledged: list[Acknowledged] = []
        self.refused: Counter[str] = Counter()
        self.interrupted = 0

    async def start(self, bidders: int) -> None:
        tokens = await asyncio.gather(*(self._server.sign_in(f"bidder {number}") for number in range(bidders)))
        self._tasks = [asyncio.create_task(self._bid(token)) for token in tokens]

    async def until_acknowledged(self, more: int) -> None:
        """Until so many more bids have been accepted."""
        wanted = len(self.acknowledged) + more
        async with self._changed:
            await asyncio.wait_for(self._changed.wait_for(lambda: len(self.acknowledged) >= wanted), 120)

    async def until_refused(self, reason: str, times: int) -> None:
        """Until offers have been refused so often for that reason."""
        async with self._changed:
            await asyncio.wait_for(self._changed.wait_for(lambda: self.refused[reason] >= times), 120)

    async def stop(self) -> None:
        """Every bidder gets the answer that is on its way."""
        self._stopping.set()
        await asyncio.wait_for(asyncio.gather(*self._tasks), 120)

    async def _bid(self, token: str) -> None:
        while not self._stopping.is_set():
            goods_id, price, key = next(self._goods_ids), next(self._prices), uuid.uuid4().hex
            status, answer = await self._until_answered(token, goods_id, price, key)
            if status == 200:
                data = answer["data"]
                async with self._changed:
                    self.acknowledged.append(Acknowledged(goods_id, data["user_id"], data["seq"], data["price"]))
                    self._changed.notify_all()
            else:
                async with self._changed:
                    self.refused[answer["error"]] += 1
                    self._changed.notify_all()

    async def _until_answered(self, token: str, goods_id: int, price: int, key: str) -> tuple[int, dict]:
        body = {"goods_id": goods_id, "group_id": 7, "price": price}
        while True:
            try:
                status, answer = await self._server.post("/api/group", body, token=token, key=key)
                if status != 503:
                    return status, answer
            except (OSError, HTTPClientError):
                pass
            self.interrupted += 1
            await asyncio.sleep(RETRY_SECONDS)


async def assert_all_recorded(server: ServerProcess, acknowledged: list[Acknowledged]) -> None:
    """Each acknowledged bid stands once in its lot's record, as it was told."""
    async with server.stores() as stores:
        recorded = {}
        for goods_id in {one.goods_id for one in acknowledged}:
            lot = await stores.auctions.lots.get_lot(goods_id)
            for bid in (*await stores.auctions.record.list_bids(goods_id), *lot.outbox):
                recorded[goods_id, bid.seq] = Acknowledged(goods_id, bid.user_id, bid.seq, bid.price)
    missing = [one for one in acknowledged if recorded.get((one.goods_id, one.seq)) != one]
    assert not missing
    assert len({(one.goods_id, one.seq) for one in acknowledged}) == len(acknowledged)
