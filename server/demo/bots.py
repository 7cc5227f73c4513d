"""Bots: a few collectors who bid in the demo, through the same doors as every visitor."""
from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import random
import signal
import time
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from msgspec import convert
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPResponse
from tornado.websocket import WebSocketClientConnection, WebSocketClosedError, WebSocketError, websocket_connect

from server.config import Config
from server.domain.auctions.prices import StepFrom, step_at

log = logging.getLogger(__name__)

COLLECTORS = ("钱塘藏家", "京城老票证", "冠号猎人", "荷花满堂", "豹子号控", "渣打老李", "龙钞小王子", "岭南评级党")
PACE_SECONDS = (1.0, 4.0)  # between two bids, somewhere
VISIT_SECONDS = 120.0  # then they see which group is the current one
IDLE_SECONDS = 30.0  # when there is nothing to bid on
REQUEST_SECONDS = 10.0
RETRY_SECONDS = (1.0, 20.0)  # while the server is away, doubling
RESTRAINT = 0.85  # of the top price: what is above is left to visitors
RAISE = (0.0005, 0.004)  # of the room that is left, so that the demo's lots come to the restraint only after a day
PROXY_SHARE = 0.12  # of the bids carry a maximum
STRANGER_WEIGHT = 3  # a lot that a visitor leads is answered sooner


class ServerAway(Exception):
    """The server does not answer, or asks for patience."""


@dataclass
class Lot:
    """What a bot knows of a lot: only what every watcher is told. `leader` is a nickname; "" is somebody."""

    id: int
    group_id: int
    low_price: int
    top_price: int
    step: int
    steps: list[StepFrom]
    price: int = 0
    leader: str | None = None
    is_open: bool = True

    @classmethod
    def of(cls, goods: dict[str, Any]) -> Lot:
        steps = convert(goods.get("steps", []), list[StepFrom])
        lot = cls(goods["id"], goods["group_id"], goods["low_price"], goods["top_price"], goods["step"], steps)
        lot.take(goods["bid"] or {})
        return lot

    @property
    def limit(self) -> int:
        """The bots go no further."""
        return int(self.top_price * RESTRAINT)

    @property
    def room(self) -> int:
        return self.limit - max(self.price, self.low_price)

    @property
    def is_inviting(self) -> bool:
        return self.is_open and self.room >= self._step

    @property
    def _step(self) -> int:
        return step_at(max(self.price, self.low_price), self.step, self.steps)

    @property
    def weight(self) -> int:
        return STRANGER_WEIGHT if self.leader is not None and self.leader not in COLLECTORS else 1

    def take(self, news: dict[str, Any]) -> None:
        """A state or an event of the live channel, or the bid of an answer."""
        self.price = news.get("price", self.price)
        self.leader = news.get("nickname", self.leader)
        if "status" in news:
            self.is_open = news["status"] == "open"

    def choose_offer(self) -> tuple[int, int | None]:
        """A price, and sometimes a maximum above it."""
        raises = max(1, round(self.room * random.uniform(*RAISE) / self._step)) * self._step
        price = self.low_price if self.leader is None else self.price + raises
        maximum = price + 5 * raises
        has_maximum = random.random() < PROXY_SHARE and maximum <= self.limit
        return price, maximum if has_maximum else None


class Crowd:
    """All bots of one server. They come back when it does."""

    def __init__(self, url: str):
        self._url = url.rstrip("/")
        self._http = AsyncHTTPClient()
        self._tokens: dict[str, str] = {}
        self._lots: dict[int, Lot] = {}
        self._socket_closed = asyncio.Event()
        self._pause = RETRY_SECONDS[0]  # before the next visit; back to this with each bid that is answered

    async def bid_for_ever(self) -> None:
        """Until it is cancelled."""
        _, most = RETRY_SECONDS
        while True:
            try:
                await self._visit()
            except (ServerAway, WebSocketError, WebSocketClosedError, HTTPClientError, OSError, ValueError) as error:
                log.info("the bots wait for the server: %s", str(error) or type(error).__name__)
            await asyncio.sleep(self._pause * random.uniform(0.5, 1.0))
            self._pause = min(self._pause * 2, most)

    async def _visit(self) -> None:
        """Bids in the current group for a while, or until nothing is open there or the connection is lost."""
        group = await self._find_group()
        if group is None:
            await asyncio.sleep(IDLE_SECONDS)
            return
        self._lots = {lot.id: lot for lot in await self._list_lots()}
        socket = await self._watch(group["id"])
        log.debug("%s bots bid on %s lots of issue %s", len(COLLECTORS), len(self._lots), group["issue"])
        ends_at = time.monotonic() + VISIT_SECONDS
        try:
            while time.monotonic() < ends_at and not self._socket_closed.is_set() and any(lot.is_open for lot in self._lots.values()):
                await self._wait(random.uniform(*PACE_SECONDS))
                await self._bid_somewhere()
        finally:
            socket.close()

    async def _find_group(self) -> dict[str, Any] | None:
        status, answer = await self._ask("GET", "/api/group/category")
        return answer["data"] if status == 200 and answer["data"]["status"] == 1 else None

    async def _list_lots(self) -> list[Lot]:
        lots: list[Lot] = []
        page = total = 1
        while len(lots) < total:
            _, answer = await self._ask("GET", f"/api/group?limit=100&page={page}")
            goods, total, page = answer["data"]["list"], answer["data"]["total"], page + 1
            if not goods:
                break
            lots += [Lot.of(one) for one in goods]
        return lots

    async def _watch(self, group_id: int) -> WebSocketClientConnection:
        parts = urlsplit(self._url)
        closed = self._socket_closed = asyncio.Event()

        def hear(message: str | bytes | None) -> None:
            if message is None:
                closed.set()
            else:
                self._hear(json.loads(message))

        url = f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}/ws"
        socket = await websocket_connect(url, on_message_callback=hear, connect_timeout=REQUEST_SECONDS)
        await socket.write_message(json.dumps({"id": 1, "op": "subscribe", "channel": f"group:{group_id}"}))
        return socket

    def _hear(self, frame: dict[str, Any]) -> None:
        for news in (*frame.get("state", ()), *frame.get("push", ())):
            lot = self._lots.get(news.get("goods_id"))
            if lot is not None and news.get("type") != "extended":
                lot.take(news)

    async def _bid_somewhere(self) -> None:
        inviting = [lot for lot in self._lots.values() if lot.is_inviting]
        if not inviting:
            await self._wait(IDLE_SECONDS)
            return
        lot = random.choices(inviting, [lot.weight for lot in inviting])[0]
        bidder = random.choice([name for name in COLLECTORS if name != lot.leader])
        price, maximum = lot.choose_offer()
        offer = {"goods_id": lot.id, "group_id": lot.group_id, "price": price, "max_price": maximum, "request_id": uuid.uuid4().hex}
        status, answer = await self._ask("POST", "/api/group", offer, token=await self._token(bidder))
        self._pause = RETRY_SECONDS[0]
        if status == 401:
            self._tokens.pop(bidder, None)
        elif status == 409 and answer["error"] in ("ended", "lot_closed"):
            lot.is_open = False
        elif status == 409:
            lot.take({"price": answer["data"]["current"], "nickname": lot.leader or ""})

    async def _token(self, name: str) -> str:
        if name not in self._tokens:
            status, answer = await self._ask("POST", "/api/auth/login", {"code": name})
            if status != 200:
                return ""  # banned, perhaps: the others go on
            self._tokens[name] = answer["data"]["access_token"]
        return self._tokens[name]

    async def _ask(self, method: str, path: str, body: Any = None, token: str | None = None) -> tuple[int, dict[str, Any]]:
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        response: HTTPResponse = await self._http.fetch(
            self._url + path,
            method=method,
            headers=headers,
            body=None if body is None else json.dumps(body),
            request_timeout=REQUEST_SECONDS,
            raise_error=False,
        )
        if response.code == 429 or response.code >= 500:
            raise ServerAway(f"{path} answers {response.code}")
        return response.code, json.loads(response.body)

    async def _wait(self, seconds: float) -> None:
        """Less when the connection is lost."""
        # Not wait_for: until Python 3.12 it forgets that it was cancelled if the connection is lost at that moment.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._socket_closed.wait()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--url", required=True, help="of the server to bid on")


def bid(config: Config, options: argparse.Namespace) -> int:
    """Until SIGTERM or SIGINT."""
    asyncio.run(_bid_until_told(options.url))
    return 0


async def _bid_until_told(url: str) -> None:
    loop = asyncio.get_running_loop()
    bidding = loop.create_task(Crowd(url).bid_for_ever())
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, bidding.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await bidding
