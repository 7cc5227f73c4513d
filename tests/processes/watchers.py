"""Watchers that come back whenever they are sent away, and remember the newest prices."""
from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator

import websockets

from realtime.codes import GOING_AWAY
from tests.processes.server import ServerProcess
from tests.realtime.listening import Listener

GROUP = "group:7"


class Watcher:
    """A client that comes back with its cursor whenever the server sends it away."""

    def __init__(self, server: ServerProcess):
        self._server = server
        self._listener: Listener | None = None
        self.prices: dict[int, int] = {}
        self.cursor: str | None = None
        self.codes: list[int] = []
        self.delays_ms: list[int] = []  # as it was told to keep; this one comes back at once

    async def watch(self) -> None:
        while True:
            try:
                self._listener = await Listener.open(self._server.url)
                reply = await self._listener.ask("subscribe", channel=GROUP, cursor=self.cursor)
                self._learn(reply["state"])
                while True:
                    await self._listener.until(lambda event: False)
            except websockets.ConnectionClosed as closed:
                self.codes.append(closed.rcvd.code if closed.rcvd else 0)
                if closed.rcvd is not None and closed.rcvd.code == GOING_AWAY:
                    self.delays_ms.append(json.loads(closed.rcvd.reason)["delay_ms"])
            except (OSError, websockets.InvalidMessage):
                await asyncio.sleep(0.05)
            finally:
                self._take()
                if self._listener is not None:
                    await self._listener.close()

    def holds(self, truth: dict[int, int]) -> bool:
        self._take()
        return self.prices == truth

    def _take(self) -> None:
        if self._listener is not None:
            self._learn([event for event in self._listener.of_type("price")])
            self._listener.events.clear()
            self.cursor = self._listener.cursors.get(GROUP, self.cursor)

    def _learn(self, states: list[dict]) -> None:
        for state in states:
            price = max(state["price"], self.prices.get(state["goods_id"], 0))
            self.prices[state["goods_id"]] = price


@contextlib.asynccontextmanager
async def watching(server: ServerProcess, count: int) -> AsyncIterator[list[Watcher]]:
    watchers = [Watcher(server) for _ in range(count)]
    tasks = [asyncio.create_task(patiently(watcher)) for watcher in watchers]
    try:
        yield watchers
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def patiently(watcher: Watcher) -> None:
    """Listening in vain for longer than a listener's patience is no fault here."""
    while True:
        with contextlib.suppress(TimeoutError):
            await watcher.watch()


async def until_all_hold_the_truth(server: ServerProcess, watchers: list[Watcher], goods_ids: list[int]) -> None:
    async with asyncio.timeout(60):
        while True:
            truth = {goods_id: (await server.get(f"/api/group/current/price/{goods_id}"))["data"] for goods_id in goods_ids}
            if all(watcher.holds(truth) for watcher in watchers):
                return
            await asyncio.sleep(0.05)
