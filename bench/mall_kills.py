"""The mall killed again and again under buyers, and whether its books agree afterwards.

    python -m bench.mall_kills [--rounds 20] [--buyers 30] [--orders 30]

Buyers order with coupons and points, pay from their wallet or on line, close, send back, buy in groups, recharge and withdraw, and ask
again where no answer comes. Round by round, once so many more orders are paid, kill -9 ends a worker, the database, or everything, in
turn. Then: all that was acknowledged is there, and `run.py verify` finds nothing. The exit status is 1 where that is not so.
"""
from __future__ import annotations

import argparse
import asyncio
import itertools
import sys
import tempfile
import time
from pathlib import Path

from tests.processes.buyers import Buyers, assert_kept, kill
from tests.processes.server import ServerProcess

KILLED = ("worker", "database", "everything")


async def run(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        server = ServerProcess(Path(folder) / "data", workers=2, is_embedded=True)
        server.launch()
        try:
            await server.wait_until_ready()
            buyers, began_at = Buyers(server), time.monotonic()
            await buyers.start(options.buyers)
            for what, _ in zip(itertools.cycle(KILLED), range(options.rounds)):
                await buyers.until_paid(options.orders)
                await kill(server, what)
                print(f"{time.monotonic() - began_at:5.0f} s: {len(buyers.paid)} orders paid, {what} killed", flush=True)
            await buyers.until_paid(options.orders)
            await buyers.stop()
            await assert_kept(server, buyers)
        finally:
            server.stop()
    told = f"{len(buyers.placed)} orders, {len(buyers.paid)} paid, {len(buyers.closed)} closed, {len(buyers.settled)} payments, "
    told += f"{len(buyers.refunded)} refunds, {len(buyers.withdrawn)} withdrawals"
    print(f"{options.rounds} kills under {options.buyers} buyers; acknowledged: {told}")
    print(f"all of it is there; {buyers.interrupted} attempts were repeated; run.py verify finds nothing")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--buyers", type=int, default=30)
    parser.add_argument("--orders", type=int, default=30)
    try:
        asyncio.run(run(parser.parse_args()))
    except AssertionError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
