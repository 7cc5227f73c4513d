"""Homes: what one hot lot takes through several workers, against one; and what the death of its home costs.

    python -m bench.homes [--workers 2,4] [--bidders 64,256] [--seconds 4] [--rounds 3] [--kills 20]

A server for each number of workers, each with its own database; all are measured in turn. Then the lot's home is killed again and
again under bidders who repeat what is not answered. Ends with an audit of everything that was bid.
"""
from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import os
import statistics
import sys
import tempfile
import time
import urllib.request
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil
from msgspec import Struct
from tornado.httpclient import HTTPClientError

from bench.bids import FIRST_PRICE, HIGHEST_PRICE, run_load
from bench.load import Figures, Task
from server.domain.auctions.homes import Homes
from tests.numbers import Numbers
from tests.processes.load import Acknowledged, assert_all_recorded
from tests.processes.server import ServerProcess, free_ports

GOODS, GROUP = 145, 7
WIRES = {"http": "/api/group", "socket": "/ws"}
ANSWER_SECONDS = 3.0  # after which a bidder has waited too long, whoever died
KILLED_UNDER = 32  # bidders
BETWEEN_KILLS_SECONDS = 1.5  # a worker is there again, and known to the others


class Measured(Struct):
    """One load on one server, and how many of its commits came to nothing."""

    figures: Figures
    missed: float
    handed_over: float
    taken_back: float
    cpu_ms: float  # of all processes of the server and its database, for each answer


class Server:
    """A running server whose workers' numbers can be read."""

    def __init__(self, folder: Path, workers: int):
        self.workers = workers
        self.metrics_port, *_ = free_ports(workers)
        self.process = ServerProcess(folder, workers=workers, settings={"METRICS_PORT": str(self.metrics_port), "LOG_LEVEL": "warning"})
        self.next_price = FIRST_PRICE
        self.tokens: list[str] = []

    async def open(self, bidders: int) -> None:
        await self.process.wait_until_ready()
        await self.process.open_group(low_price=1, top_price=HIGHEST_PRICE)
        self.tokens = [await self.process.sign_in(f"bidder {number}") for number in range(bidders)]

    def pin(self) -> None:
        """Each worker to one of the processors but the first, on which is all that the first process of this measurement has started."""
        others = range(1, os.cpu_count() or 1)
        for number, worker in enumerate(self.process.children("worker")):
            for thread in worker.threads():
                os.sched_setaffinity(thread.id, {others[number % len(others)]})

    def read_numbers(self) -> list[Numbers]:
        """Of the workers that answer now."""
        found = []
        for index in range(self.workers):
            with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port + index}/metrics") as answer:
                found.append(Numbers(answer.read().decode()))
        return found

    def total(self, name: str) -> float:
        return sum(numbers.value(name) for numbers in self.read_numbers())

    def cpu_seconds(self) -> float:
        """What the server and all that it has started have used so far."""
        used = [child.cpu_times() for child in self.process.children()]
        return sum(one.user + one.system for one in used)

    def find_home(self) -> psutil.Process:
        """The worker where the lot is at home."""
        names = [labels["name"] for numbers in self.read_numbers() for labels in numbers.labels("auction_worker_info")]
        homes = Homes(names[0])
        for other in names[1:]:
            homes.hear(other)
        return psutil.Process(int((homes.find(GOODS) or names[0]).split("-")[-2]))


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--workers", type=_numbers, default=[2, 4], metavar="N,N,…", help="compared with one")
    parser.add_argument("--bidders", type=_numbers, default=[64, 256], metavar="N,N,…")
    parser.add_argument("--seconds", type=float, default=4.0, help="of each measurement, after a second of warming up")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pinned", action="store_true", help="workers on all processors but the first; database and load on that one")
    parser.add_argument("--kills", type=int, default=20, help="of the home, under load, with two workers")
    options = parser.parse_args()
    if options.pinned:
        os.sched_setaffinity(0, {0})
        options.kills = 0
    with _servers([1, *options.workers]) as servers:
        for server in servers:
            asyncio.run(server.open(max(options.bidders)))
            if options.pinned:
                server.pin()
        _compare(servers, options)
        failed = [server for server in servers if not _is_whole(server)]
    return int(bool(failed) or (options.kills > 0 and not asyncio.run(_kill_homes(options.kills))))


@contextlib.contextmanager
def _servers(counts: list[int]) -> Iterator[list[Server]]:
    with tempfile.TemporaryDirectory(prefix="bench-homes-") as folder, contextlib.ExitStack() as stack:
        servers = []
        for workers in counts:
            server = Server(Path(folder) / f"{workers}-workers", workers)
            server.process.launch()
            stack.callback(server.process.stop)
            servers.append(server)
        yield servers


def _compare(servers: list[Server], options: argparse.Namespace) -> None:
    measured: dict[tuple[int, str, int], list[Measured]] = {}
    for _ in range(options.rounds):
        for bidders, wire, server in itertools.product(options.bidders, WIRES, servers):
            one = _measure(server, wire, bidders, options.seconds)
            measured.setdefault((bidders, wire, server.workers), []).append(one)
            figures = one.figures
            print(f"{bidders:>4} × {wire:<6} {server.workers} worker(s) {figures.accepted / figures.seconds:>6.0f}/s", file=sys.stderr)
    columns = (
        *("accepted/s", "of one worker", "answered of one", "p50 ms", "p99 ms", "× one's p99", "CPU ms", "× one's CPU"),
        *("refused", "missed commits", "handed over", "taken back"),
    )
    print(f"| bidders | wire | workers | {' | '.join(columns)} |")
    print("| ---: | --- |" + " ---: |" * (len(columns) + 1))
    for bidders, wire, workers in measured:
        some, alone = measured[bidders, wire, workers], measured[bidders, wire, 1]
        pairs = list(zip(some, alone))
        rate = statistics.median(_rate(one) / _rate(base) for one, base in pairs)
        answered = statistics.median(one.figures.answered / base.figures.answered for one, base in pairs)
        p99 = statistics.median(one.figures.p99_ms / base.figures.p99_ms for one, base in pairs)
        cpu_ms, cpu = statistics.median(one.cpu_ms for one in some), statistics.median(one.cpu_ms / base.cpu_ms for one, base in pairs)
        p50_ms, p99_ms = (statistics.median(getattr(one.figures, name) for one in some) for name in ("p50_ms", "p99_ms"))
        refused = sum(one.figures.refused for one in some) / sum(one.figures.answered for one in some)
        shares = (statistics.mean(getattr(one, name) for one in some) for name in ("missed", "handed_over", "taken_back"))
        missed, handed_over, taken_back = shares
        print(
            f"| {bidders} | {wire} | {workers} | {statistics.median(map(_rate, some)):.0f} | {rate:.2f} | {answered:.2f}"
            f" | {p50_ms:.1f} | {p99_ms:.1f} | {p99:.2f} | {cpu_ms:.2f} | {cpu:.2f}"
            f" | {refused:.1%} | {missed:.2%} | {handed_over:.0%} | {taken_back:.2%} |"
        )


def _rate(one: Measured) -> float:
    return one.figures.accepted / one.figures.seconds


def _measure(server: Server, wire: str, bidders: int, seconds: float) -> Measured:
    counted = ("commits_missed_total", "commit_offers_count", "commit_offers_sum", "offers_handed_over_total", "offers_taken_back_total")
    names = [f"auction_{name}" for name in counted]
    before = [server.total(name) for name in names]
    task = Task(
        wire=wire,
        port=server.process.config.port,
        path=WIRES[wire],
        tokens=server.tokens[:bidders],
        seconds=seconds,
        first_price=server.next_price,
        goods_id=GOODS,
        group_id=GROUP,
    )
    used = server.cpu_seconds()
    figures = run_load(task)
    used = server.cpu_seconds() - used
    if figures.failed:
        raise SystemExit(f"{figures.failed} answers were neither an acceptance nor a refusal")
    server.next_price = figures.next_price
    asyncio.run(server.process.until_delivered(GOODS))
    missed, commits, offers, handed_over, taken_back = (server.total(name) - earlier for name, earlier in zip(names, before))
    shares = (missed / (missed + commits), handed_over / offers, taken_back / offers)
    return Measured(figures, *shares, cpu_ms=used * 1000 / offers)


async def _kill_homes(times: int) -> bool:
    """Whether every bid was answered in time, and none lost or doubled."""
    with _servers([2]) as [server]:
        await server.open(KILLED_UNDER)
        acknowledged: list[Acknowledged] = []
        refused: Counter[str] = Counter()
        waited: list[float] = []
        stopping = asyncio.Event()
        prices = itertools.count(server.next_price)
        said = (acknowledged, refused, waited)
        bidders = [asyncio.create_task(_bid_on(server.process, token, prices, stopping, *said)) for token in server.tokens]
        for number in range(times):
            await asyncio.sleep(BETWEEN_KILLS_SECONDS)
            while len(await asyncio.to_thread(server.read_numbers)) < server.workers:
                await asyncio.sleep(0.05)
            home = await asyncio.to_thread(server.find_home)
            home.kill()
            print(f"kill {number + 1}: {len(acknowledged)} bids so far, longest wait {max(waited, default=0):.2f} s", file=sys.stderr)
        await asyncio.sleep(BETWEEN_KILLS_SECONDS)
        stopping.set()
        await asyncio.gather(*bidders)
        await server.process.until_delivered(GOODS)
        await assert_all_recorded(server.process, acknowledged)
        slow = sum(one > ANSWER_SECONDS for one in waited)
        print(
            f"\n{times} kills of the home under {KILLED_UNDER} bidders: {len(acknowledged)} bids accepted, each recorded once;"
            f" the longest waited {max(waited):.2f} s for its answer, {slow} more than {ANSWER_SECONDS:g} s; refused: {dict(refused)}"
        )
        return slow == 0 and _is_whole(server)


async def _bid_on(
    process: ServerProcess,
    token: str,
    prices: Iterator[int],
    stopping: asyncio.Event,
    acknowledged: list[Acknowledged],
    refused: Counter[str],
    waited: list[float],
) -> None:
    """One bidder, who repeats an offer with its key until it is answered."""
    while not stopping.is_set():
        key, began_at = uuid.uuid4().hex, time.monotonic()
        body = {"goods_id": GOODS, "group_id": GROUP, "price": next(prices)}
        while True:
            with contextlib.suppress(OSError, HTTPClientError):
                status, answer = await process.post("/api/group", body, token=token, key=key)
                if status != 503:
                    break
            await asyncio.sleep(0.02)
        waited.append(time.monotonic() - began_at)
        if status == 200:
            data = answer["data"]
            acknowledged.append(Acknowledged(GOODS, data["user_id"], data["seq"], data["price"]))
        else:
            refused[answer["error"]] += 1


def _is_whole(server: Server) -> bool:
    found = server.process.verify()
    print(f"{server.workers} worker(s): run.py verify read {found['bids']} bids and found {json.dumps(found['findings'])}")
    return found["status"] == 0


def _numbers(text: str) -> list[int]:
    return [int(word) for word in text.split(",")]


if __name__ == "__main__":
    sys.exit(main())
