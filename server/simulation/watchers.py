"""Watchers: each holds a websocket, listens to a group and remembers the newest price of each lot."""
from __future__ import annotations

import asyncio
import bisect
import contextlib
import json
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable

from tornado.httpclient import HTTPError
from tornado.websocket import WebSocketClientConnection, WebSocketError, websocket_connect

from server.simulation.market import Frame, News, decode_frame
from server.simulation.tally import Acknowledged

CONNECT_SECONDS = 15.0
RECONNECT_SECONDS = (0.2, 2.0)  # spread, so that not all come back at once
FINAL_CODES = range(4020, 4040)  # the server asks not to come back


class Watcher:
    """Comes back with its cursor whenever the connection is lost."""

    def __init__(self, url: str, channel: str, *, keeps_times: bool, on_news: Callable[[Iterable[News]], None] | None = None):
        self._url = url
        self._channel = channel
        self._on_news = on_news
        self._cursor: str | None = None
        self._socket: WebSocketClientConnection | None = None
        self.is_subscribed = asyncio.Event()
        self.prices: dict[int, tuple[int, int]] = {}  # goods → seq, price
        self.times: dict[int, list[tuple[int, float]]] | None = {} if keeps_times else None  # goods → seq, when it came
        self.lost: Counter[str] = Counter()  # connections, by reason

    async def run(self) -> None:
        """Until it is cancelled, or sent away for good."""
        while True:
            try:
                code = await self._listen()
                reason = f"closed {code}"
            except (WebSocketError, HTTPError, OSError) as error:
                code, reason = None, type(error).__name__
            self.lost[reason] += 1
            if code in FINAL_CODES:
                return
            await asyncio.sleep(random.uniform(*RECONNECT_SECONDS))

    async def _listen(self) -> int | None:
        socket = self._socket = await websocket_connect(self._url, connect_timeout=CONNECT_SECONDS)
        try:
            subscribe = {"id": 1, "op": "subscribe", "channel": self._channel, "cursor": self._cursor}
            await socket.write_message(json.dumps(subscribe))
            while (message := await socket.read_message()) is not None:
                self.hear(decode_frame(message))
            return socket.close_code
        finally:
            socket.close()

    def hear(self, frame: Frame) -> None:
        """Takes what a frame tells of prices; older news than it has are ignored."""
        now = time.monotonic()
        for news in frame.news:
            if news.seq < self.prices.get(news.goods_id, (-1, 0))[0]:
                continue
            self.prices[news.goods_id] = (news.seq, news.price)
            if self.times is not None:
                self.times.setdefault(news.goods_id, []).append((news.seq, now))
        if self._on_news is not None:
            self._on_news(frame.news)
        cursor = frame.cursor.get(self._channel) if isinstance(frame.cursor, dict) else frame.cursor
        self._cursor = cursor or self._cursor
        if frame.id == 1:
            self.is_subscribed.set()

    def agrees_with(self, truth: dict[int, tuple[int, int]]) -> bool:
        """Whether it has each lot's price of then, or a later one."""
        known = ((self.prices.get(goods_id, (-1, 0)), then) for goods_id, then in truth.items())
        return all(price[0] > then[0] or price == then for price, then in known)

    def delays_ms(self, acknowledged: Iterable[Acknowledged]) -> list[float]:
        """How long after the bidder it knew of each bid, in ms; 0 where it knew before. Needs `keeps_times`."""
        assert self.times is not None
        delays = []
        for bid in acknowledged:
            times = self.times.get(bid.goods_id, [])
            place = bisect.bisect_left(times, (bid.seq, 0.0))
            if place < len(times):
                delays.append(max(0.0, (times[place][1] - bid.answered_at) * 1000))
        return delays


@contextlib.asynccontextmanager
async def running(watchers: list[Watcher]) -> AsyncIterator[None]:
    """Keeps them listening meanwhile."""
    tasks = [asyncio.create_task(watcher.run()) for watcher in watchers]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
