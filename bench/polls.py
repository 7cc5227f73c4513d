"""What phones poll all day against an empty Tornado handler.

    python -m bench.polls [--lots 34,3000] [--connections 32] [--seconds 2] [--rounds 3]

Closed loop over kept connections, for each number of lots on a server of its own: every route with its whole answer, as a visitor and
signed in, and with the ETag of the last one, answered 304. The caller takes part in ten lots. The baseline is a Tornado handler that
answers a GET with nothing. The ratios are taken round by round.
"""
from __future__ import annotations

import argparse
import asyncio
import contextlib
import statistics
import sys
import time
from collections.abc import AsyncIterator
from typing import Any

import uvloop

from bench.served import FIRST_GOODS, served
from server.process.embedded import EmbeddedServices
from tests.processes.server import ServerProcess, free_port

WARM_UP_SECONDS = 0.5
JOINED = 10  # lots that the caller takes part in
FOR_USERS = ("/api/group", "/api/group/my")
FOR_ANYONE = (
    *("/api/group", "/api/group?page=2&limit=15", "/api/group?limit=100", "/api/group/category", "/api/group/history"),
    *("/api/banners", "/api/wechat", f"/api/group/current/price/{FIRST_GOODS}"),
)
UNCHANGED = ("/api/group", "/api/group, signed in")
LENGTH = b"\r\ncontent-length: "


class Client(asyncio.Protocol):
    """Asks again as soon as it is answered; counts."""

    def __init__(self, request: bytes, status: bytes):
        self._request = request
        self._status = status
        self._received = b""
        self.count = 0
        self.unexpected = b""
        self.closed = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        transport.write(self._request)

    def data_received(self, chunk: bytes) -> None:
        received = self._received = self._received + chunk
        end = received.find(b"\r\n\r\n")
        if end < 0:
            return
        at = received[:end].lower().find(LENGTH)
        length = int(received[at + len(LENGTH) : end].partition(b"\r\n")[0]) if at >= 0 else 0
        if len(received) < end + 4 + length:
            return
        self._received = b""
        if received[9:12] != self._status:
            self.unexpected = received
            return
        self.count += 1
        self._transport.write(self._request)

    def connection_lost(self, error: Exception | None) -> None:
        self.closed.set_result(None)

    def stop(self) -> None:
        self._transport.abort()


async def per_second(port: int, request: bytes, status: bytes, options: argparse.Namespace) -> float:
    loop = asyncio.get_running_loop()
    clients = [Client(request, status) for _ in range(options.connections)]
    for client in clients:
        await loop.create_connection(lambda: client, "127.0.0.1", port)
    await asyncio.sleep(WARM_UP_SECONDS)
    before, began_at = sum(client.count for client in clients), time.perf_counter()
    await asyncio.sleep(options.seconds)
    rate = (sum(client.count for client in clients) - before) / (time.perf_counter() - began_at)
    for client in clients:
        client.stop()
        await client.closed
        if client.unexpected:
            raise SystemExit(f"not what was asked for: {client.unexpected!r}")
    return rate


async def find_tag(port: int, request: bytes) -> bytes:
    """The answer's ETag, once it comes from memory: what others wrote is learned a moment later."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    tag = b""
    while not tag:
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        await reader.readexactly(int(head.partition(LENGTH)[2].partition(b"\r\n")[0]))
        tag = head.partition(b"\r\netag: ")[2].partition(b"\r\n")[0]
    writer.close()
    return tag


@contextlib.asynccontextmanager
async def empty_handler(server: ServerProcess) -> AsyncIterator[int]:
    """Gives the port."""
    mongodb_url = EmbeddedServices(server.config).start_or_join().mongodb_url
    assert mongodb_url is not None
    port = free_port()
    command = [sys.executable, "-m", "bench.baselines", "--port", str(port), "--mongodb-url", mongodb_url]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    await process.stdout.readline()
    yield port
    process.terminate()
    await process.wait()


def get(path: str, extra: bytes = b"") -> bytes:
    return b"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%s\r\n" % (path.encode(), extra)


async def list_ways(server: ServerProcess, token: str) -> dict[str, tuple[int, bytes, bytes]]:
    """Name → port, request and status."""
    port, signed_in = server.config.port, b"Authorization: Bearer %s\r\n" % token.encode()
    asked = {path: get(path) for path in FOR_ANYONE} | {f"{path}, signed in": get(path, signed_in) for path in FOR_USERS}
    ways = {}
    for name, request in asked.items():
        tag = await find_tag(port, request)
        ways[name] = port, request, b"200"
        if name in UNCHANGED:
            ways[f"{name}, unchanged"] = port, request[:-2] + b"If-None-Match: %s\r\n\r\n" % tag, b"304"
    return ways


async def measure(lots: int, options: argparse.Namespace) -> None:
    rates: dict[str, list[float]] = {}
    async with served(workers=1, lots=lots) as server, empty_handler(server) as baseline_port:
        bidder = await server.sign_in("bidder")
        for goods_id in range(FIRST_GOODS, FIRST_GOODS + JOINED):
            await server.post("/api/group", {"goods_id": goods_id, "group_id": 7, "price": 100}, token=bidder)
        ways = {"empty handler": (baseline_port, get("/empty"), b"200")} | await list_ways(server, bidder)
        for _ in range(options.rounds):
            for name, way in ways.items():
                rates.setdefault(name, []).append(await per_second(*way, options))
    print(f"\n{lots} lots, {options.connections} connections, {options.rounds} rounds of {options.seconds:g} s\n")
    print("| way | answers/s | of the empty handler |")
    print("| --- | ---: | ---: |")
    for name, some in rates.items():
        ratio = statistics.median(rate / empty for rate, empty in zip(some, rates["empty handler"]))
        print(f"| {name} | {statistics.median(some):,.0f} | {ratio:.2f} |")


async def run(options: argparse.Namespace) -> None:
    for lots in options.lots:
        await measure(lots, options)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--lots", type=lambda text: [int(one) for one in text.split(",")], default=[34, 3000])
    uvloop.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
