"""From kill -9 of the whole server with its embedded services, under load, until a bid is accepted again.

    python -m bench.recovery [--rounds 8] [--bidders 16]

The baseline is the start of a server on an empty folder until a bid could be taken; the ratios are taken round by round.
"""
from __future__ import annotations

import argparse
import asyncio
import signal
import statistics
import tempfile
import time
from pathlib import Path

import uvloop
from tornado.httpclient import HTTPClientError

from tests.processes.load import Load
from tests.processes.server import ServerProcess

GOODS = 145
LOAD_BIDS = 2000  # acknowledged before each kill


async def seconds_of_a_start() -> float:
    """Of a server that has nothing to recover."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        server = ServerProcess(Path(folder) / "data", workers=1)
        began_at = time.monotonic()
        server.launch()
        await server.wait_until_ready()
        seconds = time.monotonic() - began_at
        server.stop()
        return seconds


async def seconds_to_a_bid(server: ServerProcess, token: str, price: int) -> float:
    """After a kill and a start at once, until that price is accepted."""
    server.stop(signal.SIGKILL)
    began_at = time.monotonic()
    server.launch()
    while True:
        try:
            offer = {"goods_id": GOODS, "group_id": 7, "price": price}
            status, answer = await server.post("/api/group", offer, token=token, key=str(price))
        except (OSError, HTTPClientError):
            status = 0
        if status == 200:
            return time.monotonic() - began_at
        if status not in (0, 503):
            raise SystemExit(f"a bid was refused: {answer}")
        await asyncio.sleep(0.02)


async def run(options: argparse.Namespace) -> None:
    starts, recoveries = [], []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        server = ServerProcess(Path(folder) / "data", workers=1)
        server.launch()
        await server.wait_until_ready()
        await server.open_group(lots=4, seconds=24 * 3600)
        token = await server.sign_in("the first to bid again")
        for number in range(1, options.rounds + 1):
            load = Load(server, [GOODS, GOODS + 1, GOODS + 2, GOODS + 3])
            await load.start(options.bidders)
            await load.until_acknowledged(LOAD_BIDS)
            price = number * 10_000_000
            took = asyncio.create_task(seconds_to_a_bid(server, token, price))
            recoveries.append(await took)
            await load.stop()
            starts.append(await seconds_of_a_start())
            print(f"round {number}: {recoveries[-1]:.1f} s, an empty server {starts[-1]:.1f} s", flush=True)
        server.stop()
    ratio = statistics.median(recovery / start for recovery, start in zip(recoveries, starts))
    print(f"\nmedian {statistics.median(recoveries):.1f} s, longest {max(recoveries):.1f} s: {ratio:.2f} of an empty server's start")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--bidders", type=int, default=16)
    uvloop.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
