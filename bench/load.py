"""A closed-loop load of bidders, in a process of its own and much cheaper than any server it asks.

Raw connections, preformatted requests, answers looked at only as far as needed. Each bidder offers the next price of one
counter as soon as its last offer is answered. Reads its task as JSON from standard input, writes the figures as JSON.
"""
from __future__ import annotations

import asyncio
import base64
import itertools
import sys
import time
from array import array
from collections.abc import Iterator
from typing import Any

import msgspec
import uvloop
from msgspec import Struct

WARM_UP_SECONDS = 1.0
ANSWER_SECONDS = 30.0  # a server that does not answer for so long has failed the run
LENGTH = b"Content-Length: "
TEXT, CLOSE, PING = 0x1, 0x8, 0x9


class Task(Struct, kw_only=True):
    """What to ask of whom. One bidder for each token; `wire` is http or socket."""

    wire: str
    port: int
    path: str
    tokens: list[str]
    seconds: float
    first_price: int
    goods_id: int = 1
    group_id: int = 1


class Figures(Struct, kw_only=True):
    """What came of it, without the warm-up. Latencies in ms; `next_price` is above every price offered."""

    seconds: float
    accepted: int
    refused: int
    failed: int
    p50_ms: float
    p99_ms: float
    next_price: int

    @property
    def answered(self) -> int:
        return self.accepted + self.refused + self.failed


class Load:
    """Counts the answers of all bidders."""

    def __init__(self, task: Task):
        self.task = task
        self.prices: Iterator[int] = itertools.count(task.first_price)
        self.is_measuring = False
        self.latencies = array("q")  # ns
        self.accepted = self.refused = self.failed = 0
        self.loop = asyncio.get_running_loop()
        self.broken: asyncio.Future[None] = self.loop.create_future()

    def count(self, status: bytes, sent_at: int) -> None:
        if not self.is_measuring:
            return
        self.latencies.append(time.perf_counter_ns() - sent_at)
        if status == b"200":
            self.accepted += 1
        elif status == b"409":
            self.refused += 1
        else:
            self.failed += 1

    def break_off(self, reason: str) -> None:
        if not self.broken.done():
            self.broken.set_exception(RuntimeError(reason))

    async def run(self) -> Figures:
        kind = HttpBidder if self.task.wire == "http" else SocketBidder
        bidders = [kind(self, token) for token in self.task.tokens]
        for bidder in bidders:
            await self.loop.create_connection(lambda: bidder, "127.0.0.1", self.task.port)
        await asyncio.wait_for(asyncio.gather(*(bidder.ready for bidder in bidders)), ANSWER_SECONDS)
        for bidder in bidders:
            bidder.offer()
        await self._wait(WARM_UP_SECONDS)
        self.is_measuring, began_at = True, time.perf_counter()
        await self._wait(self.task.seconds)
        seconds = time.perf_counter() - began_at
        self.is_measuring = False
        figures = self._figures(seconds)
        for bidder in bidders:
            bidder.is_stopping = True
        await asyncio.wait_for(asyncio.gather(*(bidder.done for bidder in bidders)), ANSWER_SECONDS)
        return msgspec.structs.replace(figures, next_price=next(self.prices))

    async def _wait(self, seconds: float) -> None:
        await asyncio.wait([self.broken], timeout=seconds)
        if self.broken.done():
            self.broken.result()

    def _figures(self, seconds: float) -> Figures:
        ordered = sorted(self.latencies)

        def percentile(share: float) -> float:
            return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] / 1e6, 2) if ordered else 0.0

        return Figures(
            seconds=seconds,
            accepted=self.accepted,
            refused=self.refused,
            failed=self.failed,
            p50_ms=percentile(0.50),
            p99_ms=percentile(0.99),
            next_price=0,
        )


class Bidder(asyncio.Protocol):
    """One connection: an offer, its answer, the next offer."""

    def __init__(self, load: Load, token: str):
        self.load = load
        self.token = token.encode()
        self.received = b""
        self.sent_at = 0
        self.is_stopping = False
        self.ready: asyncio.Future[None] = load.loop.create_future()
        self.done: asyncio.Future[None] = load.loop.create_future()
        self.transport: Any = None  # set when connected

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.load.break_off(f"the server closed a connection: {error or self.received[:200]!r}")

    def offer(self) -> None:
        """Sends the next offer, over the wire of its kind."""
        raise NotImplementedError  # abstract: a kind of connection says how

    def answered(self, status: bytes) -> None:
        self.load.count(status, self.sent_at)
        if self.is_stopping:
            self.done.set_result(None)
            self.transport.close()
        else:
            self.offer()


class HttpBidder(Bidder):
    """POST with JSON, token and idempotency key; every request has the same length."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        task = self.load.task
        body = b'{"goods_id":%d,"group_id":%d,"price":' % (task.goods_id, task.group_id)
        length = len(body) + len(str(task.first_price)) + 1
        self._before_key = (
            b"POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
            b"Authorization: Bearer %s\r\nIdempotency-Key: " % (task.path.encode(), task.port, length, self.token)
        )
        self._before_price = b"\r\n\r\n" + body
        self.ready.set_result(None)

    def offer(self) -> None:
        price = b"%d" % next(self.load.prices)
        self.sent_at = time.perf_counter_ns()
        self.transport.write(self._before_key + price + self._before_price + price + b"}")

    def data_received(self, data: bytes) -> None:
        self.received = received = self.received + data if self.received else data
        end = received.find(b"\r\n\r\n")
        if end < 0:
            return
        at = received.find(LENGTH, 0, end) + len(LENGTH)
        if len(received) < end + 4 + int(received[at : received.find(b"\r", at)]):
            return
        self.received = b""
        self.answered(received[9:12])


class SocketBidder(Bidder):
    """The `bid` command over a websocket (RFC 6455); the mask is zero, which the server has to apply all the same."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        task = self.load.task
        key = base64.b64encode(self.token[-16:])
        transport.write(
            b"GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\nAuthorization: Bearer %s\r\n\r\n"
            % (task.path.encode(), task.port, key, self.token)
        )
        self._command = b'{"id":1,"op":"bid","goods_id":%d,"group_id":%d,"request_id":"' % (task.goods_id, task.group_id)
        length = len(self._command) + 2 * len(str(task.first_price)) + len(b'","price":}')
        assert length < 126  # longer ones spell their length otherwise
        self._head = bytes((0x81, 0x80 | length)) + bytes(4)

    def offer(self) -> None:
        price = b"%d" % next(self.load.prices)
        self.sent_at = time.perf_counter_ns()
        self.transport.write(self._head + self._command + price + b'","price":' + price + b"}")

    def data_received(self, data: bytes) -> None:
        self.received = self.received + data if self.received else data
        if not self.ready.done():
            end = self.received.find(b"\r\n\r\n")
            if end < 0:
                return
            if not self.received.startswith(b"HTTP/1.1 101"):
                return self.load.break_off(f"no websocket: {self.received[:200]!r}")
            self.received = self.received[end + 4 :]
            self.ready.set_result(None)
        while len(self.received) >= 2:
            length, start = self.received[1], 2
            if length == 126:
                length, start = int.from_bytes(self.received[2:4], "big"), 4
            if len(self.received) < start + length:
                return
            kind, payload = self.received[0] & 0xF, self.received[start : start + length]
            self.received = self.received[start + length :]
            self._take(kind, payload)

    def _take(self, kind: int, payload: bytes) -> None:
        if kind == TEXT and payload.startswith(b'{"id":1,'):
            is_refusal = b'"current"' in payload[:200]
            self.answered(b"200" if payload.startswith(b'{"id":1,"ok":true') else b"409" if is_refusal else b"500")
        elif kind == PING:
            self.transport.write(b"\x8a\x80" + bytes(4))
        elif kind == CLOSE:
            self.load.break_off(f"the server closed a socket: {payload!r}")


async def run(task: Task) -> Figures:
    return await Load(task).run()


if __name__ == "__main__":
    print(msgspec.json.encode(uvloop.run(run(msgspec.json.decode(sys.stdin.buffer.read(), type=Task)))).decode())
