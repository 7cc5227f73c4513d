"""A rolling restart under watchers and a bid storm: what is lost, and how the watchers come back.

    python -m bench.restart [--watchers 1000] [--bidders 20] [--workers 2]

Every worker is replaced in turn while bidders bid and retry. Then: each bid that was acknowledged stands once in the record, as it
was told; `run.py verify` finds nothing; every watcher, come back with its cursor after the delay it was told, holds each lot's
true state. The exit status is 1 where that is not so.
"""
from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from collections import Counter
from collections.abc import Sequence

import uvloop

from bench.served import CHANNEL, GOODS, served
from bench.sink import Comeback, State
from bench.watchers import Watchers
from server.process.open_files import raise_limit_of_open_files
from tests.processes.load import Load, assert_all_recorded
from tests.processes.server import ServerProcess

BIDS_BEFORE, BIDS_AFTER = 200, 200
CONVERGE_SECONDS = 120  # for reading all of the storm, on a busy machine


async def run(options: argparse.Namespace) -> int:
    async with served(workers=options.workers) as server:
        watchers = await Watchers.start(server.config.port, options.watchers, CHANNEL, records=True, comes_back=True)
        load = Load(server, list(GOODS))
        await load.start(options.bidders)
        await load.until_acknowledged(BIDS_BEFORE)
        began_at = time.monotonic()
        await replace_workers(server)
        seconds = time.monotonic() - began_at
        await load.until_acknowledged(BIDS_AFTER)
        await load.stop()
        async with asyncio.timeout(CONVERGE_SECONDS):
            report = await watchers.until_held(await read_truth(server))
        await watchers.stop()
        await assert_all_recorded(server, load.acknowledged)
        found = server.verify()
    print(f"{options.workers} workers replaced in {seconds:.1f} s under {options.watchers} watchers and {options.bidders} bidders\n")
    print(f"- {len(load.acknowledged)} bids acknowledged, each recorded once; {load.interrupted} attempts repeated")
    print(f"- run.py verify: {found['bids']} bids, {len(found['findings'])} findings")
    print(f"- every watcher holds the truth; {report.frames / options.watchers:.0f} frames to each")
    print_comebacks(report.comebacks)
    return found["status"]


async def replace_workers(server: ServerProcess) -> None:
    """Until all are others."""
    before = {process.pid for process in server.children("worker")}
    server.replace_workers()
    while before & {process.pid for process in server.children("worker")}:
        await asyncio.sleep(0.1)


async def read_truth(server: ServerProcess) -> dict[int, State]:
    async with server.stores() as stores:
        states = [(await stores.auctions.lots.get_lot(goods_id)).state for goods_id in GOODS]
    return {state.goods_id: (state.seq, state.price) for state in states}


def print_comebacks(comebacks: Sequence[Comeback]) -> None:
    codes = ", ".join(f"{count} × {code}" for code, count in sorted(Counter(one.code for one in comebacks).items()))
    print(f"- sent away: {codes}")
    told = [one.delay_ms for one in comebacks if one.delay_ms is not None]
    if len(told) > 1:
        quarters = ", ".join(f"{cut:.0f}" for cut in statistics.quantiles(told, n=4))
        print(f"- delays told, ms: least {min(told)}, quartiles {quarters}, most {max(told)}")
    seconds = Counter(int(one.back_at) for one in comebacks)
    print(f"- away for at most {max((one.back_at - one.closed_at for one in comebacks), default=0):.1f} s")
    print(f"- back within one second: at most {max(seconds.values(), default=0)} of {len(comebacks)}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--watchers", type=int, default=1000)
    parser.add_argument("--bidders", type=int, default=20)
    parser.add_argument("--workers", type=int, default=2)
    raise_limit_of_open_files()
    return uvloop.run(run(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
