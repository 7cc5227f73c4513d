"""What a listener, a frame, a bid and a poll cost, and whether sums of them foretell a simulated sale.

    python -m bench.scale [--sockets 2000] [--rate 50] [--seconds 8] [--sizes 20x200,40x1000,80x2000]

One worker and its embedded database. Costs are processor time, which other work on the machine disturbs least, less what the same
processes use at rest. Each size is so many bidders, one bid a second each, beside so many watchers: `run.py simulate` against the same
server, and beside it what the costs foretell of the worker's share of a core.
"""
from __future__ import annotations

import argparse
import asyncio
import math
import statistics
import sys
import time
from typing import Any

import msgspec
import psutil
import uvloop
from msgspec import Struct, structs
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from bench.bidders import Bidders
from bench.idle import settled_bytes
from bench.served import CHANNEL, FIRST_GOODS, served
from bench.watchers import Watchers
from realtime.broker import News
from realtime.hub import MOST_SHARE, TICK_SECONDS
from server.domain.auctions.floor import Floor
from server.domain.auctions.groups import Group
from server.domain.clock import SystemClock
from server.domain.events import BidNews, LotChanged
from server.process.open_files import raise_limit_of_open_files
from tests.domain.auctions.offers import LOW_PRICE, open_lot
from tests.processes.server import ServerProcess

BIDDERS = 64
POLLS = 2000
POLLERS = 16
WARM_UP_SOCKETS = 200
HEARD = 5000  # news
LOTS = 34
FRESH_MS = 150  # from a bid to its last watcher
BIDS_SHARE = 0.5  # of a process's time, beside frames
COMMITS_PER_SECOND = 200  # of one lot: each waits for the one before, some 5 ms with the database's journal
WRITES_PER_COMMIT = 4  # the lot, keys, record, participations
FRAME_BYTES = 150  # what is around the states in a frame
WATCHERS, RATES = (10_000, 100_000, 1_000_000), (100, 1_000, 10_000)


class Costs(Struct):
    """Milliseconds of a processor, KB and bytes."""

    rest_share: float  # of a core, of the worker
    listener_kb: float
    frame_ms: float
    frame_bytes: float
    bid_ms: float
    bid_database_ms: float
    poll_ms: float
    hearing_ms: float  # of news of a bid that another process took, before any frame
    news_bytes: int

    def foretell(self, bids_per_second: float, watchers: int) -> float:
        """The worker's share of a core. A bid is one frame for each watcher while they come further apart than the hub's tick."""
        return self.rest_share + bids_per_second * (self.bid_ms + watchers * self.frame_ms) / 1000


class Needs(Struct):
    """Of a sale where everybody watches one group of `LOTS` lots, and all bids are on it."""

    processes: int
    hearing_share: float  # of each process's loop, for news of the others
    redis_messages: float  # a second, in and out
    database_writes: float  # a second
    gigabits: float  # a second, to listeners
    gigabytes: float  # of memory, of listeners


def reckon(costs: Costs, watchers: int, bids_per_second: float) -> Needs:
    """What a size needs, by what things cost here; see docs/scale.md for what is assumed."""
    flush_ms = FRESH_MS * MOST_SHARE  # what one flush may take of a loop, so that the tick stays at what is fresh
    for_watchers = watchers / (flush_ms / costs.frame_ms)
    for_bids = bids_per_second * costs.bid_ms / 1000 / BIDS_SHARE
    processes = max(1, math.ceil(max(for_watchers, for_bids)))
    # Each listener is sent one frame a tick at most, in which each lot stands once at most.
    tick_ms = max(1000 * TICK_SECONDS, watchers / processes * costs.frame_ms / MOST_SHARE)
    frames = min(bids_per_second, 1000 / tick_ms)
    states = min(LOTS, max(1.0, bids_per_second / frames))
    commits = min(bids_per_second, LOTS * COMMITS_PER_SECOND)
    return Needs(
        processes,
        bids_per_second * costs.hearing_ms / 1000,
        bids_per_second * (1 + processes),
        commits * WRITES_PER_COMMIT,
        watchers * frames * (FRAME_BYTES + states * (costs.frame_bytes - FRAME_BYTES)) * 8 / 1e9,
        watchers * costs.listener_kb / 2**20,
    )


class Used:
    """Processor time of a server's parts since it was made."""

    def __init__(self, server: ServerProcess):
        [self._worker], [self._database] = server.children("worker"), server.children("secantusd.py")
        self._began_at = time.monotonic()
        self._before = _seconds(self._worker), _seconds(self._database)

    def read(self) -> tuple[float, float, float]:
        """Seconds of the worker, of the database, and by the clock."""
        worker, database = _seconds(self._worker) - self._before[0], _seconds(self._database) - self._before[1]
        return worker, database, time.monotonic() - self._began_at


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


async def run(options: argparse.Namespace) -> None:
    async with served(workers=1, LOG_LEVEL="warning") as server:
        costs = await measure(server, options)
        print("| what | costs |\n| --- | ---: |")
        print(f"| at rest, of a core | {costs.rest_share:.3f} |")
        print(f"| a listener, KB | {costs.listener_kb:.1f} |")
        print(f"| a frame to a listener, µs | {1000 * costs.frame_ms:.1f} |")
        print(f"| the same, bytes | {costs.frame_bytes:.0f} |")
        print(f"| a bid, of the worker, ms | {costs.bid_ms:.2f} |")
        print(f"| the same, of the embedded database, ms | {costs.bid_database_ms:.2f} |")
        print(f"| a poll, µs | {1000 * costs.poll_ms:.0f} |")
        print(f"| news of a bid heard from another process, µs | {1000 * costs.hearing_ms:.0f} |")
        print(f"| the same, bytes | {costs.news_bytes} |")
        print_needs(costs)
        print("\n| bidders x watchers | bids a second | worker, foretold | seen | bid p50, p99, ms | watchers knew p50, p99, ms |")
        print("| ---: | ---: | ---: | ---: | ---: | ---: |")
        for bidders, watchers in options.sizes:
            await simulate(server, bidders, watchers, costs, options)


def print_needs(costs: Costs) -> None:
    print("\n| watchers | bids a second | processes | of each for hearing | Redis messages/s | writes/s | Gbit/s | GB |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for watchers in WATCHERS:
        for rate in RATES:
            needs = reckon(costs, watchers, rate)
            print(
                f"| {watchers:,} | {rate:,} | {needs.processes} | {needs.hearing_share:.2f} | {needs.redis_messages:,.0f}"
                f" | {needs.database_writes:,.0f} | {needs.gigabits:.1f} | {needs.gigabytes:.1f} |"
            )


def measure_hearing() -> tuple[float, int]:
    """Milliseconds and bytes of news of a bid: read, and put on a floor to which nobody listens."""
    lot, floor = open_lot(top_price=HEARD + LOW_PRICE), Floor(SystemClock())
    group = Group(id=lot.group_id, issue=1, start_at=lot.start_at, end_at=lot.end_at, categories=(lot.category,))
    floor.add_group(group, [lot])
    encode, decode = msgspec.msgpack.Encoder().encode, msgspec.msgpack.Decoder(News).decode
    letters = []
    for seq in range(1, HEARD + 1):
        now = SystemClock().now()
        state = structs.replace(lot.state, revision=seq, seq=seq, price=LOW_PRICE + seq, user_id=1, nickname="收藏家", changed_at=now)
        bid = BidNews(
            seq=seq, user_id=1, participation_id=seq, nickname="收藏家", price=LOW_PRICE + seq, is_proxy=False, arrived_at=now,
            outbid_user_id=2, outbid_price=LOW_PRICE + seq - 1, worker="worker-1", request_id="0" * 32,
        )
        letters.append(encode(News("worker-1", LotChanged(state=state, bids=(bid,)))))
    began = time.process_time()
    for letter in letters:
        event = decode(letter).event
        assert event is not None
        floor.take(event)
    return (time.process_time() - began) * 1000 / HEARD, len(letters[-1])


async def measure(server: ServerProcess, options: argparse.Namespace) -> Costs:
    [worker] = server.children("worker")
    used = Used(server)
    await asyncio.sleep(options.seconds)
    at_rest, database_at_rest, seconds = used.read()
    rest_share, database_rest_share = at_rest / seconds, database_at_rest / seconds
    bidders = await Bidders.of(server, BIDDERS)
    await bidders.storm(BIDDERS * 4)
    bids, used = round(options.rate * options.seconds), Used(server)
    await bidders.at_rate(options.rate, bids)
    alone, database, seconds = used.read()
    bid_ms = 1000 * (alone - rest_share * seconds) / bids
    bid_database_ms = 1000 * (database - database_rest_share * seconds) / bids
    poll_ms = await measure_polls(server, rest_share)
    await (await Watchers.start(server.config.port, WARM_UP_SOCKETS, CHANNEL)).stop()
    before = await settled_bytes(worker)
    watchers = await Watchers.start(server.config.port, options.sockets, CHANNEL, records=True)
    listener_kb = (await settled_bytes(worker) - before) / options.sockets / 1024
    await watchers.until_held({})
    sizes: list[int] = []
    listening = asyncio.create_task(note_sizes(server.config.port, sizes))
    used = Used(server)
    await bidders.at_rate(options.rate, bids)
    frames = (await watchers.until_held(bidders.states)).frames
    watched, _, seconds = used.read()
    await watchers.stop()
    listening.cancel()
    frame_ms = (1000 * (watched - rest_share * seconds) - bids * bid_ms) / frames
    return Costs(rest_share, listener_kb, frame_ms, statistics.mean(sizes), bid_ms, bid_database_ms, poll_ms, *measure_hearing())


async def measure_polls(server: ServerProcess, rest_share: float) -> float:
    request = f"GET /api/group/current/price/{FIRST_GOODS} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()

    async def poll(times: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.config.port)
        for _ in range(times):
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            await reader.readexactly(int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0]))
        writer.close()

    used = Used(server)
    await asyncio.gather(*(poll(POLLS // POLLERS) for _ in range(POLLERS)))
    worker, _, seconds = used.read()
    return 1000 * (worker - rest_share * seconds) / POLLS


async def note_sizes(port: int, sizes: list[int]) -> None:
    """Of the frames of the channel, as one more listener gets them, in bytes; WebSocket's own apart."""
    socket = await websocket_connect(HTTPRequest(f"ws://127.0.0.1:{port}/ws"))
    await socket.write_message(msgspec.json.encode({"id": 1, "op": "subscribe", "channel": CHANNEL}))
    await socket.read_message()  # the whole state
    while (message := await socket.read_message()) is not None:
        sizes.append(len(message))


async def simulate(server: ServerProcess, bidders: int, watchers: int, costs: Costs, options: argparse.Namespace) -> None:
    command = [sys.executable, "run.py", "simulate", "--url", f"http://127.0.0.1:{server.config.port}", "--json"]
    command += ["--bidders", str(bidders), "--watchers", str(watchers), "--seconds", str(options.seconds)]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    [worker] = server.children("worker")
    shares: list[float] = []
    while process.returncode is None:
        before, began_at = _seconds(worker), time.monotonic()
        try:
            async with asyncio.timeout(1):
                await process.wait()
        except TimeoutError:
            shares.append((_seconds(worker) - before) / (time.monotonic() - began_at))
    outcome: dict[str, Any] = msgspec.json.decode(await process.stdout.read())
    # Signing in comes before the bids and the comparison after them: the middle of the course is the sale.
    shares = sorted(shares)[len(shares) // 2 :]
    rate = outcome["accepted"] / outcome["seconds"]
    times = [f"{outcome[name]['p50']:.0f}, {outcome[name]['p99']:.0f}" for name in ("bid_ms", "watcher_ms")]
    foretold, seen = costs.foretell(rate, watchers), sum(shares) / len(shares)
    print(f"| {bidders} x {watchers} | {rate:.1f} | {foretold:.2f} | {seen:.2f} | {' | '.join(times)} |", flush=True)


def _sizes(text: str) -> list[tuple[int, int]]:
    pairs = [one.split("x") for one in text.split(",")]
    return [(int(bidders), int(watchers)) for bidders, watchers in pairs]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sockets", type=int, default=2000)
    parser.add_argument("--rate", type=float, default=50.0, help="bids a second, while costs are measured")
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--sizes", type=_sizes, default=_sizes("20x200,40x1000,80x2000"), metavar="BxW,…", help="bidders and watchers")
    raise_limit_of_open_files()
    uvloop.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
