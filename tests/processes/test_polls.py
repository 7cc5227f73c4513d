"""Polls of two workers: whatever fails between them, nobody is told a price that is older than two seconds."""
from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from server.domain.auctions.floor import CURRENT_FOR
from tests.processes.server import ServerProcess

pytestmark = [pytest.mark.processes, pytest.mark.gen_test(timeout=300)]

GOODS = 145
FIRST_ANSWER_SECONDS = 3
PHONES = 24  # so many connections reach both workers


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    process = ServerProcess(tmp_path / "data")
    process.launch()
    yield process
    process.stop()


class Phone:
    """One connection, so one worker."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, server: ServerProcess) -> Phone:
        return cls(*await asyncio.open_connection("127.0.0.1", server.config.port))

    def ask(self) -> None:
        self._writer.write(b"GET /api/group HTTP/1.1\r\nHost: localhost\r\n\r\n")

    async def read_price(self) -> int:
        """Of the first goods; 0 without a bid."""
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        body = await self._reader.readexactly(int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0]))
        assert head.startswith(b"http/1.1 200"), body
        bid = json.loads(body)["data"]["list"][0]["bid"]
        return bid["price"] if bid else 0

    async def poll(self) -> int:
        self.ask()
        return await self.read_price()

    def close(self) -> None:
        self._writer.close()


async def bid(server: ServerProcess, token: str, price: int) -> None:
    status, answer = await server.post("/api/group", {"goods_id": GOODS, "group_id": 7, "price": price}, token=token)
    assert status == 200, answer


async def let_it_grow_old() -> None:
    await asyncio.sleep(CURRENT_FOR.total_seconds())


async def test_with_redis_away_prices_are_never_older_than_two_seconds(server: ServerProcess) -> None:
    await server.wait_until_ready()
    await server.open_group(lots=2)
    token = await server.sign_in("alice")
    phones = [await Phone.open(server) for _ in range(PHONES)]
    [redis] = server.children("redis-server")
    redis.suspend()  # its sockets stay open and nothing comes
    try:
        for price in (100, 101, 102):
            await bid(server, token, price)
            await let_it_grow_old()
            assert [await phone.poll() for phone in phones] == [price] * PHONES
    finally:
        redis.resume()
        for phone in phones:
            phone.close()


async def test_a_worker_that_was_paused_tells_no_price_of_before(server: ServerProcess) -> None:
    await server.wait_until_ready()
    await server.open_group(lots=2)
    token = await server.sign_in("alice")
    phones = [await Phone.open(server) for _ in range(PHONES)]
    for phone in phones:
        await phone.poll()
    paused, *_ = server.children("worker")
    paused.suspend()
    try:
        for phone in phones:
            phone.ask()
        asked = [asyncio.create_task(phone.read_price()) for phone in phones]
        await bid_elsewhere(server, token, 100, paused)
        await let_it_grow_old()
        there = [phone for phone, price in zip(phones, asked) if not price.done()]
        assert there
        for phone in there:
            phone.ask()
    finally:
        paused.resume()
    await asyncio.gather(*asked)
    # Asked while it stood still, after the bid was answered.
    assert [await phone.read_price() for phone in there] == [100] * len(there)
    assert [await phone.poll() for phone in phones] == [100] * PHONES
    for phone in phones:
        phone.close()


async def bid_elsewhere(server: ServerProcess, token: str, price: int, paused: psutil.Process) -> None:
    """On the worker that runs: a connection that the other one got is given up."""
    while True:
        try:
            async with asyncio.timeout(FIRST_ANSWER_SECONDS):
                await bid(server, token, price)
                return
        except TimeoutError:
            assert paused.is_running()
