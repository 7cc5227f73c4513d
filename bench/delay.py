"""From a bid to the last watcher: at a steady rate, and in a burst.

    python -m bench.delay [--watchers 1000] [--stalled 1000] [--rate 50] [--seconds 8] [--burst 5000] [--rounds 3]

Bids come over REST and go round the 34 lots of one group; every watcher listens to all of it. Each round runs with one watcher,
with all of them, and at the steady rate also with as many beside them that stop reading; on the same server.
"""
from __future__ import annotations

import argparse
import statistics
from collections.abc import Sequence

import uvloop
from msgspec import Struct
from msgspec.structs import astuple

from bench.bidders import Bid, Bidders
from bench.served import CHANNEL, served
from bench.sink import Report
from bench.watchers import Watchers
from server.process.open_files import raise_limit_of_open_files
from tests.processes.server import ServerProcess

FILLING_BIDS = 800
BIDDERS = 256  # so that several bids wait on each lot


class Steady(Struct):
    """In ms from the bid's first byte: until it was answered, and until the last watcher had it."""

    answered: tuple[float, float]  # p50, p99
    told: tuple[float, float]
    frames_per_bid: float  # to each watcher


class Burst(Struct):
    """In seconds from the first bid: until the last was answered, and until all held the final prices."""

    accepted: int
    answered: float
    told: float
    frames: float  # to each watcher


async def run(options: argparse.Namespace) -> None:
    counts = (1, options.watchers)
    scenes = ((1, 0), (options.watchers, 0), (options.watchers, options.stalled))
    steady: dict[tuple[int, int], list[Steady]] = {scene: [] for scene in scenes}
    burst: dict[int, list[Burst]] = {count: [] for count in counts}
    async with served(workers=options.workers) as server:
        bidders = await Bidders.of(server, BIDDERS)
        for _ in range(options.rounds):
            for count, stalled in scenes:
                steady[count, stalled].append(await measure_steady(server, bidders, count, stalled, options))
            for count in counts:
                burst[count].append(await measure_burst(server, bidders, count, options))
    print(f"{options.rate:g} bids a second for {options.seconds:g} s, {options.workers} worker(s); ms from the bid\n")
    print("| watchers | beside them, not reading | answered p50 | p99 | last watcher has it p50 | p99 | frames a watcher gets for a bid |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for (count, stalled), some in steady.items():
        figures = [statistics.median(column) for column in zip(*((*one.answered, *one.told, one.frames_per_bid) for one in some))]
        print(f"| {count} | {stalled} | " + " | ".join(f"{figure:.1f}" for figure in figures[:-1]) + f" | {figures[-1]:.2f} |")
    print(f"\n{options.burst} bids at once by {BIDDERS} bidders; seconds from the first bid\n")
    print("| watchers | accepted | all answered | all watchers hold the final prices | ratio | frames to each watcher |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: |")
    for count, ones in burst.items():
        accepted, answered, told, frames = (statistics.median(column) for column in zip(*map(astuple, ones)))
        ratio = statistics.median(one.told / one.answered for one in ones)
        print(f"| {count} | {accepted:.0f} | {answered:.2f} | {told:.2f} | {ratio:.2f} | {frames:.0f} |")


async def measure_steady(server: ServerProcess, bidders: Bidders, count: int, stalled: int, options: argparse.Namespace) -> Steady:
    beside = await Watchers.start(server.config.port, stalled, CHANNEL, stalls=True)
    await bidders.storm(FILLING_BIDS)  # until nothing more is sent to those who do not read
    watchers = await Watchers.start(server.config.port, count, CHANNEL, records=True)
    bids = await bidders.at_rate(options.rate, round(options.rate * options.seconds))
    report = await watchers.until_held(bidders.states)
    await watchers.stop()
    await beside.stop()
    told = [told_at(report, bid) - bid.sent_at for bid in bids]
    return Steady(percentiles([bid.answered_at - bid.sent_at for bid in bids]), percentiles(told), report.frames / count / len(bids))


async def measure_burst(server: ServerProcess, bidders: Bidders, count: int, options: argparse.Namespace) -> Burst:
    watchers = await Watchers.start(server.config.port, count, CHANNEL, records=True)
    bids = await bidders.storm(options.burst)
    report = await watchers.until_held(bidders.states)
    await watchers.stop()
    began_at = min(bid.sent_at for bid in bids)
    answered_at, all_told_at = max(bid.answered_at for bid in bids), max(told_at(report, bid) for bid in bids)
    return Burst(len(bids), answered_at - began_at, all_told_at - began_at, report.frames / count)


def told_at(report: Report, bid: Bid) -> float:
    return report.reached[bid.goods_id][bid.seq]


def percentiles(seconds: Sequence[float]) -> tuple[float, float]:
    """p50 and p99 in ms."""
    cuts = statistics.quantiles(seconds, n=100)
    return cuts[49] * 1000, cuts[98] * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--watchers", type=int, default=1000)
    parser.add_argument("--stalled", type=int, default=1000, help="sockets that stop reading")
    parser.add_argument("--rate", type=float, default=50, help="bids a second")
    parser.add_argument("--seconds", type=float, default=8, help="not many more: who has not read for 15 is gone")
    parser.add_argument("--burst", type=int, default=5000, help="bids")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=1)
    raise_limit_of_open_files()
    uvloop.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
