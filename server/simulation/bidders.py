"""Bidders: each signs in as a sandbox user and bids now here, now there, over HTTP or over a websocket."""
from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import random
import time
import uuid
from typing import NamedTuple, Protocol

import msgspec
from msgspec import Struct
from tornado.httpclient import HTTPError
from tornado.websocket import WebSocketClientConnection, WebSocketClosedError, WebSocketError, websocket_connect

from server.simulation.connection import ANSWER_SECONDS, Address, Connection, ServerAway
from server.simulation.market import Frame, Lot, Market, decode_frame
from server.simulation.tally import Acknowledged, Tally

TRIES = 4  # of one offer, with the same key, while no answer comes
PAUSE_SECONDS = 0.5  # between them
RATE_LIMITED = ("rate_limited", "too_many_requests")
EXPIRED = ("token_expired", "token_invalid", "unauthenticated")
OVER = ("ended", "lot_closed")


class Accepted(Struct):
    """The part of an acceptance that can be checked later."""

    user_id: int
    price: int
    seq: int = 0


class Reply(NamedTuple):
    """What an offer was answered; `error` is empty when it was accepted."""

    error: str
    accepted: Accepted | None = None
    current: int = 0
    retry_after_seconds: float = 1.0


class Door(Protocol):
    """A way to the server."""

    is_socket: bool

    async def offer(self, token: str, lot: Lot, price: int, key: str) -> Reply:
        """Raises ServerAway when no answer comes."""

    def close(self) -> None: ...


class HttpDoor:
    """POST /api/group."""

    is_socket = False

    def __init__(self, address: Address):
        self._connection = Connection(address)

    async def offer(self, token: str, lot: Lot, price: int, key: str) -> Reply:
        body = {"goods_id": lot.id, "group_id": lot.group_id, "price": price}
        answer = await self._connection.post("/api/group", body, token=token, key=key)
        if answer.status == 200:
            return Reply("", msgspec.convert(answer.data, Accepted))
        if answer.status >= 500:
            raise ServerAway(f"status {answer.status}")
        failure = answer.json
        return Reply(failure["error"], current=failure["data"].get("current", 0), retry_after_seconds=answer.retry_after_seconds)

    def close(self) -> None:
        self._connection.close()


class SocketDoor:
    """The `bid` command."""

    is_socket = True

    def __init__(self, address: Address):
        self._url = address.socket_url
        self._socket: WebSocketClientConnection | None = None
        self._ids = itertools.count(1)

    async def offer(self, token: str, lot: Lot, price: int, key: str) -> Reply:
        facts = {"goods_id": lot.id, "group_id": lot.group_id, "price": price, "request_id": key}
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                frame = await self._ask("bid", token, facts)
        except (WebSocketClosedError, WebSocketError, HTTPError, OSError) as error:
            self.close()
            raise ServerAway(str(error) or type(error).__name__) from error
        if frame.ok:
            accepted = msgspec.json.decode(frame.participation, type=Accepted)
            return Reply("", msgspec.structs.replace(accepted, seq=frame.seq))
        if frame.error in EXPIRED:
            self.close()
        elif frame.error in ("unavailable", "internal_error"):
            raise ServerAway(frame.error)
        return Reply(frame.error, current=frame.current)

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    async def _ask(self, op: str, token: str, facts: dict[str, object]) -> Frame:
        """Raises OSError when the server closes the socket."""
        if self._socket is None:
            self._socket = await websocket_connect(self._url, connect_timeout=ANSWER_SECONDS)
            signed_in = await self._ask("auth", token, {"token": token})
            if not signed_in.ok:
                return signed_in
        number = next(self._ids)
        await self._socket.write_message(json.dumps({"id": number, "op": op, **facts}))
        while True:
            message = await self._socket.read_message()
            if message is None:
                raise ConnectionResetError(f"closed {self._socket.close_code}")
            frame = decode_frame(message)
            if frame.id == number:
                return frame


class Bidder:
    """Bids at random moments on random lots, at what the market says, until it is told to stop."""

    def __init__(self, name: str, door: Door, address: Address, market: Market, tally: Tally, *, pace_seconds: float):
        self.name = name
        self._door = door
        self._address = address
        self._market = market
        self._tally = tally
        self._pace_seconds = pace_seconds
        self._token = ""

    async def sign_in(self) -> None:
        """Waits as long as the server asks for. Raises ServerAway."""
        connection = Connection(self._address)
        try:
            while (answer := await connection.post("/api/auth/login", {"code": self.name})).status == 429:
                await asyncio.sleep(answer.retry_after_seconds)
            self._token = answer.data["access_token"]
        finally:
            connection.close()

    async def run(self, stopping: asyncio.Event) -> None:
        """Ends after the answer to the last offer."""
        try:
            await _wait(stopping, random.uniform(0, self._pace_seconds))
            while not stopping.is_set():
                lots = self._market.open_lots
                if lots:
                    await self._bid(random.choice(lots), stopping)
                await _wait(stopping, random.expovariate(1 / self._pace_seconds) if self._pace_seconds else 0)
        finally:
            self._door.close()

    async def _bid(self, lot: Lot, stopping: asyncio.Event) -> None:
        price, key = lot.choose_offer(), uuid.uuid4().hex
        for _ in range(TRIES):
            started = time.monotonic()
            try:
                reply = await self._door.offer(self._token, lot, price, key)
            except ServerAway as error:
                self._tally.errors[str(error)] += 1
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            self._tally.answer_ms.append((time.monotonic() - started) * 1000)
            await self._take(reply, lot, price, stopping)
            return

    async def _take(self, reply: Reply, lot: Lot, price: int, stopping: asyncio.Event) -> None:
        if reply.accepted is not None:
            accepted = reply.accepted
            self._tally.acknowledged.append(Acknowledged(lot.id, accepted.seq, price, accepted.user_id, time.monotonic()))
            self._tally.over_socket += self._door.is_socket
        elif reply.error in RATE_LIMITED:
            self._tally.rate_limited += 1
            await _wait(stopping, reply.retry_after_seconds)
        elif reply.error in EXPIRED:
            with contextlib.suppress(ServerAway):
                await self.sign_in()
        else:
            self._tally.refused[reply.error] += 1
            lot.price = max(lot.price, reply.current)
            if reply.error in OVER:
                lot.is_open = False


async def _wait(stopping: asyncio.Event, seconds: float) -> None:
    """Less when it is time to stop."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), seconds)
