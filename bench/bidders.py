"""Bidders over REST on connections of their own, cheap enough to stand beside a thousand watchers."""
from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence

import msgspec
from msgspec import Struct

from bench.served import GOODS
from tests.processes.server import ServerProcess

FIRST_PRICE = 100


class Bid(Struct, frozen=True):
    """An accepted one; moments of time.monotonic()."""

    goods_id: int
    seq: int
    price: int
    sent_at: float
    answered_at: float


class _Placed(Struct):
    seq: int
    price: int


class _Answer(Struct):
    data: _Placed


class Bidder:
    """One user on one connection: an offer at a time."""

    def __init__(self, token: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self._token = token
        self._reader, self._writer = reader, writer

    async def offer(self, goods_id: int, price: int) -> Bid | None:
        """None if another offer was quicker; any other refusal ends the measurement."""
        body = msgspec.json.encode({"goods_id": goods_id, "group_id": 7, "price": price})
        head = (
            f"POST /api/group HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            f"Authorization: Bearer {self._token}\r\nIdempotency-Key: {goods_id}-{price}\r\n\r\n"
        )
        sent_at = time.monotonic()
        self._writer.write(head.encode() + body)
        headers = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = int(headers.partition(b"content-length: ")[2].partition(b"\r\n")[0])
        answer = await self._reader.readexactly(length)
        answered_at = time.monotonic()
        if headers.startswith(b"http/1.1 409"):
            return None
        if not headers.startswith(b"http/1.1 200"):
            raise SystemExit(f"a bid was refused: {answer.decode()}")
        placed = msgspec.json.decode(answer, type=_Answer).data
        return Bid(goods_id, placed.seq, placed.price, sent_at, answered_at)


class Bidders:
    """So many of them. Bids go round the lots, and prices of each lot rise by 1."""

    def __init__(self, bidders: list[Bidder], goods: Sequence[int] = GOODS):
        self._free: asyncio.Queue[Bidder] = asyncio.Queue()
        for bidder in bidders:
            self._free.put_nowait(bidder)
        self._goods = goods
        self._turn = 0
        self.states: dict[int, tuple[int, int]] = {}  # goods_id → seq and price after the last bid

    @classmethod
    async def of(cls, server: ServerProcess, count: int, goods: Sequence[int] = GOODS) -> Bidders:
        bidders = []
        for number in range(count):
            token = await server.sign_in(f"bidder {number}")
            bidders.append(Bidder(token, *await asyncio.open_connection("127.0.0.1", server.config.port)))
        return cls(bidders, goods)

    async def storm(self, count: int) -> list[Bid]:
        """So many offers, as fast as they are answered; gives those that were accepted."""
        return _accepted(await asyncio.gather(*(self._next() for _ in range(count))))

    async def at_rate(self, per_second: float, count: int) -> list[Bid]:
        """Each at its time, however long the ones before take."""
        started = time.monotonic()
        tasks = []
        for number in range(count):
            await asyncio.sleep(max(0.0, started + number / per_second - time.monotonic()))
            tasks.append(asyncio.create_task(self._next()))
        return _accepted(await asyncio.gather(*tasks))

    async def _next(self) -> Bid | None:
        bidder = await self._free.get()
        turn, self._turn = self._turn, self._turn + 1
        goods_id, price = self._goods[turn % len(self._goods)], FIRST_PRICE + turn // len(self._goods)
        bid = await bidder.offer(goods_id, price)
        self._free.put_nowait(bidder)
        if bid is not None:
            self.states[goods_id] = max(self.states.get(goods_id, (0, 0)), (bid.seq, bid.price))
        return bid


def _accepted(bids: Iterable[Bid | None]) -> list[Bid]:
    return [bid for bid in bids if bid is not None]
