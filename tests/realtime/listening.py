"""A websocket client of another make than the server's, for tests of the live channel."""
from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable
from typing import Any

import websockets
from websockets.asyncio.client import ClientConnection, connect

PATIENCE_SECONDS = 30


class Listener:
    """One connection: commands with their replies, and pushed events in the order they came."""

    def __init__(self, connection: ClientConnection):
        self._connection = connection
        self._numbers = itertools.count(1)
        self._replies: dict[int, dict[str, Any]] = {}
        self.events: list[dict[str, Any]] = []
        self.cursors: dict[str, str] = {}

    @classmethod
    async def open(cls, url: str, **options: Any) -> Listener:
        return cls(await connect(url.replace("http", "ws", 1) + "/ws", **options))

    async def ask(self, op: str, **facts: Any) -> dict[str, Any]:
        """Sends a command; gives its reply."""
        number = next(self._numbers)
        await self.send({"id": number, "op": op, **facts})
        return await self.reply_to(number)

    async def reply_to(self, number: int) -> dict[str, Any]:
        """The reply to the command with that number."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while number not in self._replies:
                await self._read()
        reply = self._replies.pop(number)
        if reply["ok"] and "cursor" in reply:
            self.cursors[reply["channel"]] = reply["cursor"]
        return reply

    async def send(self, frame: Any) -> None:
        await self._connection.send(frame if isinstance(frame, (str, bytes)) else json.dumps(frame))

    async def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first event, of those that came or will come, for which it holds."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            seen = 0
            while True:
                for event in self.events[seen:]:
                    if wanted(event):
                        return event
                seen = len(self.events)
                await self._read()

    async def until_price(self, price: int, channel: str | None = None) -> dict[str, Any]:
        return await self.until(
            lambda event: event["type"] == "price" and event["price"] == price and channel in (None, event["channel"])
        )

    async def until_closed(self) -> tuple[int, str]:
        """Close code and reason."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while True:
                    await self._read()
        except websockets.ConnectionClosed as closed:
            assert closed.rcvd is not None, "the connection ended without a close frame"
            return closed.rcvd.code, closed.rcvd.reason

    def of_type(self, *types: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["type"] in types]

    async def close(self) -> None:
        await self._connection.close()

    async def _read(self) -> None:
        frame = json.loads(await self._connection.recv())
        assert isinstance(frame["ts"], int)
        if "push" in frame:
            self.events += frame["push"]
            self.cursors |= frame["cursor"]
        else:
            self._replies[frame["id"]] = frame
