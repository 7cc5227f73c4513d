"""A sale of 3,000 lots against one of 34: the landing page, its list, joining the live channel, and bids beside watchers.

    python -m bench.large [--lots 3000] [--watchers 1000] [--rate 100] [--seconds 5] [--rounds 3]

Both sales stand on servers of their own and are measured in turn. Watchers listen as a page does: from the cursor that came with its list.
"""
from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from contextlib import AsyncExitStack

import msgspec
import uvloop
from msgspec import Struct

from bench.bidders import Bidders
from bench.delay import percentiles
from bench.served import CHANNEL, FIRST_GOODS, GROUP, LOTS, served
from bench.watchers import Watchers
from server.process.open_files import raise_limit_of_open_files
from tests.processes.server import ServerProcess

BIDDERS = 64
ASKED = 200  # times each page, one after the other
PAGES = {
    "landing page": "/",
    "first page of the list": f"/api/group/catalogue/{GROUP}",
    "a search": f"/api/group/catalogue/{GROUP}?text=U9T00690",
    "poll of a page": f"/api/group?group_id={GROUP}&page=2",
}


class _Cursor(Struct):
    cursor: str | None


class _Listed(Struct):
    data: _Cursor


class Client:
    """One connection that is kept."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self._reader, self._writer = reader, writer

    @classmethod
    async def of(cls, server: ServerProcess) -> Client:
        return cls(*await asyncio.open_connection("127.0.0.1", server.config.port, limit=2**24))

    async def get(self, path: str) -> bytes:
        self._writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        if not head.startswith(b"http/1.1 200"):
            raise SystemExit(f"{path} was refused: {head.decode()}")
        return await self._reader.readexactly(int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0]))


class Sale:
    """One server with its lots and bidders; `seen` keeps, by what was measured, a figure of each round."""

    def __init__(self, server: ServerProcess, lots: int, bidders: Bidders, client: Client):
        self._server = server
        self.lots = lots
        self._bidders = bidders
        self._client = client
        self.seen: dict[str, list[float]] = {}

    async def measure(self, options: argparse.Namespace) -> None:
        for name, path in PAGES.items():
            took = []
            for _ in range(ASKED):
                began_at = time.monotonic()
                size = len(await self._client.get(path))
                took.append(time.monotonic() - began_at)
            self._note(f"{name}, ms", statistics.median(took) * 1000)
            self._note(f"{name}, KB", size / 1024)
        listed = msgspec.json.decode(await self._client.get(PAGES["first page of the list"]), type=_Listed)
        began_at = time.monotonic()
        watchers = await Watchers.start(self._server.config.port, options.watchers, CHANNEL, cursor=listed.data.cursor)
        self._note(f"until {options.watchers} watchers listen, s", time.monotonic() - began_at)
        bids = await self._bidders.at_rate(options.rate, round(options.rate * options.seconds))
        middle, last = percentiles([bid.answered_at - bid.sent_at for bid in bids])
        self._note("bid answered p50, ms", middle)
        self._note("bid answered p99, ms", last)
        await watchers.stop()

    def _note(self, name: str, figure: float) -> None:
        self.seen.setdefault(name, []).append(figure)


async def run(options: argparse.Namespace) -> None:
    async with AsyncExitStack() as stack:
        sales = []
        for lots in (LOTS, options.lots):
            server = await stack.enter_async_context(served(workers=1, lots=lots))
            goods = range(FIRST_GOODS, FIRST_GOODS + lots)
            sales.append(Sale(server, lots, await Bidders.of(server, BIDDERS, goods), await Client.of(server)))
        for number in range(options.rounds + 1):
            for sale in sales:
                if number == 1:
                    sale.seen.clear()  # the first round is for caches and for what is imported late
                await sale.measure(options)
    few, many = sales
    print(f"{options.watchers} watchers, {options.rate} bids a second for {options.seconds:g} s, one worker\n")
    print(f"| | {few.lots} lots | {many.lots} lots | ratio |\n| --- | ---: | ---: | ---: |")
    for name, figures in few.seen.items():
        one, other = statistics.median(figures), statistics.median(many.seen[name])
        print(f"| {name} | {one:.2f} | {other:.2f} | {other / one:.2f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lots", type=int, default=3000)
    parser.add_argument("--watchers", type=int, default=1000)
    parser.add_argument("--rate", type=int, default=100, help="bids a second")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    raise_limit_of_open_files()
    uvloop.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
