"""A thousand sockets that stop reading: what they cost is bounded, and everybody else hears every newest price."""
from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from realtime.hub import LAGGING_BYTES
from server.process.open_files import raise_limit_of_open_files
from tests.processes.load import Load
from tests.processes.server import ServerProcess
from tests.processes.watchers import GROUP, until_all_hold_the_truth, watching
from tests.realtime.raw import TEXT, command, frame

pytestmark = [pytest.mark.processes, pytest.mark.gen_test(timeout=300)]

LOTS = [145, 146, 147]
STALLED, READING = 1000, 10
SMALL_BUFFER = 4096
LONGEST_FRAME = 4096  # three lots, and a cursor
PING_BYTES = 2  # without a payload; who answers none is gone before there is another
SPARE_BYTES = 16 * 2**20  # what the worker takes for the bids themselves, and for garbage not yet collected
HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    process = ServerProcess(tmp_path / "data", workers=1)
    process.launch()
    yield process
    process.stop()


@pytest.fixture
def sockets() -> Iterator[list[socket.socket]]:
    raise_limit_of_open_files()
    opened: list[socket.socket] = []
    yield opened
    for one in opened:
        one.close()


async def open_and_read_nothing(server: ServerProcess) -> socket.socket:
    opened = socket.socket()
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
    opened.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(opened, ("127.0.0.1", server.config.port))
    await loop.sock_sendall(opened, HANDSHAKE + frame(TEXT, command(1, "subscribe", channel=GROUP)))
    return opened


async def until_metric(server: ServerProcess, name: str, value: float) -> None:
    async with asyncio.timeout(120):
        while await server.read_metric(name) != value:
            await asyncio.sleep(0.1)


async def test_a_thousand_sockets_that_stop_reading_cost_a_bounded_queue_and_no_price(
    server: ServerProcess, sockets: list[socket.socket]
) -> None:
    await server.wait_until_ready()
    await server.open_group(lots=len(LOTS))
    [worker] = server.children("worker")
    async with watching(server, READING) as watchers:
        sockets += await asyncio.gather(*(open_and_read_nothing(server) for _ in range(STALLED)))
        await until_metric(server, 'auction_sockets{kind="websocket",worker="0"}', STALLED + READING)
        load = Load(server, LOTS)
        await load.start(10)
        await until_metric(server, 'auction_sockets_behind{worker="0"}', STALLED)
        queued, memory = await server.read_metric('auction_socket_queue_bytes{worker="0"}'), worker.memory_info().rss
        assert queued <= STALLED * (LAGGING_BYTES + LONGEST_FRAME)
        await load.until_acknowledged(300)
        # Not a byte more is kept for them, however much happens: but a ping.
        assert await server.read_metric('auction_socket_queue_bytes{worker="0"}') <= queued + STALLED * PING_BYTES
        assert worker.memory_info().rss <= memory + SPARE_BYTES
        await load.stop()
        await until_all_hold_the_truth(server, watchers, LOTS)
        await until_metric(server, 'auction_sockets{kind="websocket",worker="0"}', READING)
        assert await server.read_metric('auction_closes_total{code="4008",kind="websocket",worker="0"}') == STALLED
        assert not any(watcher.codes for watcher in watchers)
