"""From kill -9 of the whole server with its embedded services, under load, until a bid is accepted again.

    python -m bench.recovery [--rounds 8] [--bidders 16]

Bidders bid on, and repeat what is not answered, on four lots through all rounds; the first bid is awaited on a fifth. The baseline is
the start of a server on an empty folder until a bid could be taken; the ratios are taken round by round.
"""
from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import statistics
import sys
import tempfile
import time
from pathlib import Path

import psutil
import uvloop
from tornado.httpclient import HTTPClientError

from tests.processes.load import Load, assert_all_recorded
from tests.processes.server import ServerProcess

GOODS = (145, 146, 147, 148)  # of the load
FIRST_GOODS = 149  # of the bidder who waits for the server
FIRST_PRICE = 100
LOAD_BIDS = 2000  # acknowledged before each kill


async def seconds_of_a_start() -> float:
    """Of a server that has nothing to recover."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        server = ServerProcess(Path(folder) / "data", workers=1, is_embedded=True)
        began_at = time.monotonic()
        server.launch()
        await server.wait_until_ready()
        seconds = time.monotonic() - began_at
        server.stop()
        return seconds


async def seconds_to_a_bid(server: ServerProcess, token: str, price: int) -> float:
    """After a kill of all its processes and a start at once, until that price is accepted."""
    family = server.children()
    server.stop(signal.SIGKILL)
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    began_at = time.monotonic()
    server.launch()
    while True:
        try:
            offer = {"goods_id": FIRST_GOODS, "group_id": 7, "price": price}
            status, answer = await server.post("/api/group", offer, token=token, key=str(price))
        except (OSError, HTTPClientError):
            status = 0
        if status == 200:
            return time.monotonic() - began_at
        if status not in (0, 503):
            raise SystemExit(f"a bid was refused: {answer}")
        await asyncio.sleep(0.02)


async def run(options: argparse.Namespace) -> int:
    starts, recoveries = [], []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        server = ServerProcess(Path(folder) / "data", workers=1, is_embedded=True)
        server.launch()
        await server.wait_until_ready()
        await server.open_group(lots=len(GOODS) + 1, seconds=24 * 3600)
        token = await server.sign_in("the first to bid again")
        load = Load(server, list(GOODS))
        await load.start(options.bidders)
        for number in range(1, options.rounds + 1):
            await load.until_acknowledged(LOAD_BIDS)
            recoveries.append(await seconds_to_a_bid(server, token, FIRST_PRICE + number))
            # The other server competes with this one and its load as the recovery did with the load.
            starts.append(await seconds_of_a_start())
            print(f"round {number}: {recoveries[-1]:.1f} s, an empty server {starts[-1]:.1f} s", flush=True)
        await load.stop()
        await assert_all_recorded(server, load.acknowledged)
        found = server.verify()
        server.stop()
    print(f"\n{len(load.acknowledged)} bids acknowledged, each recorded once; run.py verify: {len(found['findings'])} findings")
    ratio = statistics.median(recovery / start for recovery, start in zip(recoveries, starts))
    print(f"median {statistics.median(recoveries):.1f} s, longest {max(recoveries):.1f} s: {ratio:.2f} of an empty server's start")
    return int(found["status"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--bidders", type=int, default=16)
    return uvloop.run(run(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
