"""Overload: what many watchers cost those who bid and poll at the same worker.

    python -m bench.overload [--watchers 5000] [--rate 200] [--polls 200] [--seconds 8] [--rounds 3]

Bids at a steady rate go round the 34 lots of one group, and polls of a price come beside them, each at its time whatever the ones
before take. Each round runs with one watcher and with all of them, on the same server.
"""
from __future__ import annotations

import argparse
import asyncio
import statistics
import time

import uvloop
from msgspec import Struct

from bench.bidders import Bidders
from bench.delay import percentiles, told_at
from bench.served import CHANNEL, FIRST_GOODS, served
from bench.watchers import Watchers
from server.process.open_files import raise_limit_of_open_files
from tests.processes.server import ServerProcess

BIDDERS = 256
POLLERS = 64


class Measured(Struct):
    """p50 and p99 in ms: until a bid was answered, until its last watcher had it, until a poll was answered."""

    answered: tuple[float, float]
    told: tuple[float, float]
    polled: tuple[float, float]


class Poller:
    """A connection that is kept."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str):
        self._reader = reader
        self._writer = writer
        self._request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()

    async def ask(self) -> None:
        self._writer.write(self._request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"a poll was refused: {head.decode()}")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        await self._reader.readexactly(int(length))


async def run(options: argparse.Namespace) -> None:
    counts = (1, options.watchers)
    measured: dict[int, list[Measured]] = {count: [] for count in counts}
    async with served(workers=1) as server:
        bidders = await Bidders.of(server, BIDDERS)
        await bidders.storm(options.rate)  # everybody has bid before
        for _ in range(options.rounds):
            for count in counts:
                measured[count].append(await measure(server, bidders, count, options))
    print(f"{options.rate:g} bids and {options.polls:g} polls a second for {options.seconds:g} s, one worker; ms\n")
    print("| watchers | bid answered p50 | p99 | × one watcher's p99 | last watcher has it p50 | p99 | poll answered p50 | p99 |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for count, some in measured.items():
        ratio = statistics.median(one.answered[1] / alone.answered[1] for one, alone in zip(some, measured[1]))
        answered, told, polled = (
            [f"{statistics.median(column):.1f}" for column in zip(*(getattr(one, name) for one in some))]
            for name in ("answered", "told", "polled")
        )
        print(f"| {count} | {' | '.join(answered)} | {ratio:.1f} | {' | '.join(told)} | {' | '.join(polled)} |")


async def measure(server: ServerProcess, bidders: Bidders, count: int, options: argparse.Namespace) -> Measured:
    watchers = await Watchers.start(server.config.port, count, CHANNEL, records=True)
    bids, polled = await asyncio.gather(
        bidders.at_rate(options.rate, round(options.rate * options.seconds)),
        _poll(server.config.port, options.poll, options.polls, round(options.polls * options.seconds)),
    )
    report = await watchers.until_held(bidders.states)
    await watchers.stop()
    told = [told_at(report, bid) - bid.sent_at for bid in bids]
    return Measured(percentiles([bid.answered_at - bid.sent_at for bid in bids]), percentiles(told), percentiles(polled))


async def _poll(port: int, path: str, per_second: float, count: int) -> list[float]:
    """How long each poll took from when it was due."""
    free: asyncio.Queue[Poller] = asyncio.Queue()
    for _ in range(POLLERS):
        free.put_nowait(Poller(*await asyncio.open_connection("127.0.0.1", port), path))
    began_at = time.monotonic()

    async def ask(due_at: float) -> float:
        poller = await free.get()
        await poller.ask()
        free.put_nowait(poller)
        return time.monotonic() - due_at

    asking = []
    for number in range(count):
        due_at = began_at + number / per_second
        await asyncio.sleep(max(0.0, due_at - time.monotonic()))
        asking.append(asyncio.create_task(ask(due_at)))
    return await asyncio.gather(*asking)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--watchers", type=int, default=5000)
    parser.add_argument("--rate", type=int, default=200, help="bids a second")
    parser.add_argument("--polls", type=float, default=200, help="polls a second")
    parser.add_argument("--poll", default=f"/api/group/current/price/{FIRST_GOODS}", help="what is polled")
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    raise_limit_of_open_files()
    uvloop.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
