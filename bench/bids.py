"""Bids: how many a second one hot lot takes, against an empty Tornado handler and one findAndModify for each bid.

    python -m bench.bids [--bidders 1,16,64,256] [--seconds 4] [--rounds 3]

The server runs as its own processes with its own DATA_DIR; so do both baselines and the load. All run in turn on the same
machine and the same database; the median of the rounds is shown. Ends with an audit of everything that was bid.
"""
from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from bench.load import Figures, Task
from server.composition.stores import Stores
from server.config import Config
from server.domain.auctions.chain import new_lot
from server.domain.auctions.goods import Terms
from server.domain.auctions.groups import Group
from server.domain.clock import SystemClock
from server.process.embedded import EmbeddedServices
from server.storage.mongo import Mongo
from tests.processes.server import free_ports

ROOT = Path(__file__).resolve().parents[1]
GROUP = GOODS = 1
FIRST_PRICE = 1_000_000_000  # as many digits as all that follow, so that every request has the same length
HIGHEST_PRICE = 2**53 - 1
START_SECONDS = 60
LIMITS = ("BIDS_PER_SECOND_PER_USER", "COMMANDS_PER_SECOND_PER_SOCKET", "SOCKETS_PER_ADDRESS", "SIGN_INS_PER_MINUTE_PER_ADDRESS")
UNLIMITED: dict[str, Any] = {name: "100000" for name in LIMITS}


@dataclass(frozen=True)
class Way:
    """One thing to ask, over one kind of connection."""

    name: str
    wire: str
    port: int
    path: str


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--bidders", type=numbers, default=[1, 16, 64, 256], metavar="N,N,…")
    parser.add_argument("--seconds", type=float, default=4.0, help="of each measurement, after a second of warming up")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=1, help="processes of the server")
    parser.add_argument("--loop", choices=("uvloop", "asyncio"), default="uvloop", help="of the baselines")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-bids-") as folder:
        embedded = EmbeddedServices(Config(data_dir=Path(folder)))
        config = embedded.start_or_join()
        try:
            return _measure(config, options)
        finally:
            embedded.stop()


def _measure(config: Config, options: argparse.Namespace) -> int:
    assert config.mongodb_url is not None
    baseline_port, port = free_ports(2)
    asyncio.run(_put_on_sale(config))
    baselines = [sys.executable, "-m", "bench.baselines", "--port", str(baseline_port), "--mongodb-url", config.mongodb_url]
    serve = [sys.executable, "run.py", "serve", "--port", str(port), "--workers", str(options.workers)]
    with _process([*baselines, "--loop", options.loop]), _process(serve, DATA_DIR=str(config.data_dir), LOG_LEVEL="warning", **UNLIMITED):
        _wait_until_ready(port)
        tokens = [_sign_in(port, f"bidder {number}") for number in range(max(options.bidders))]
        ways = [
            Way("empty handler", "http", baseline_port, "/empty"),
            Way("findAndModify", "http", baseline_port, "/naive"),
            Way("POST /api/group", "http", port, "/api/group"),
            Way("websocket bid", "socket", port, "/ws"),
        ]
        prices = {baseline_port: FIRST_PRICE, port: FIRST_PRICE}
        rounds = [_run_round(config, ways, tokens, prices, options) for _ in range(options.rounds)]
        _print_table(ways, rounds, options)
        return _verify(config) or int(any(figures.failed for one in rounds for figures in one.values()))


def _run_round(
    config: Config, ways: list[Way], tokens: list[str], prices: dict[int, int], options: argparse.Namespace
) -> dict[tuple[int, str], Figures]:
    """Every way once with every number of bidders. `prices`: the next one to offer behind each port."""
    measured = {}
    for bidders in options.bidders:
        for way in ways:
            task = Task(
                wire=way.wire,
                port=way.port,
                path=way.path,
                tokens=tokens[:bidders],
                seconds=options.seconds,
                first_price=prices[way.port],
                goods_id=GOODS,
                group_id=GROUP,
            )
            figures = measured[bidders, way.name] = run_load(task)
            prices[way.port] = figures.next_price
            asyncio.run(_until_delivered(config))
            print(f"{bidders:>4} × {way.name:<16} {figures.accepted / figures.seconds:>6.0f}/s", file=sys.stderr)
    return measured


def run_load(task: Task) -> Figures:
    """One load, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"], input=msgspec.json.encode(task), stdout=subprocess.PIPE, cwd=ROOT, check=True
    )
    return msgspec.json.decode(done.stdout, type=Figures)


def _print_table(ways: list[Way], rounds: list[dict[tuple[int, str], Figures]], options: argparse.Namespace) -> None:
    print(f"\n{options.rounds} rounds of {options.seconds:g} s, {options.workers} worker(s), {os.cpu_count()} cores\n")
    print("| bidders | way | accepted/s | p50 ms | p99 ms | refused | of the empty handler | × findAndModify |")
    print("| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for bidders in options.bidders:
        rates: dict[str, float] = {}
        for way in ways:
            some = [one[bidders, way.name] for one in rounds]
            rate = rates[way.name] = statistics.median(one.accepted / one.seconds for one in some)
            p50, p99 = (statistics.median(getattr(one, name) for one in some) for name in ("p50_ms", "p99_ms"))
            refused = sum(one.refused for one in some) / max(1, sum(one.answered for one in some))
            print(
                f"| {bidders} | {way.name} | {rate:.0f} | {p50:.1f} | {p99:.1f} | {refused:.1%}"
                f" | {rate / rates['empty handler']:.2f} | {rate / rates.get('findAndModify', rate):.1f} |"
            )


def _verify(config: Config) -> int:
    command = [sys.executable, "run.py", "verify", "--data-dir", str(config.data_dir)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    print("\nrun.py verify:\n" + done.stdout)
    return done.returncode


async def _put_on_sale(config: Config) -> None:
    assert config.mongodb_url is not None
    mongo = Mongo(config.mongodb_url, config.mongodb_database)
    await mongo.create_indexes()
    now = SystemClock().now()
    about: dict[str, Any] = {"sn": "U9T0069000", "category": "龙钞补号", "score": "67E", "sn_no": "豹子号"}
    terms = Terms(id=GOODS, group_id=GROUP, low_price=1, top_price=HIGHEST_PRICE, extend_window_seconds=0, **about)
    end_at = now + timedelta(days=1)
    stores = Stores.of(mongo).auctions
    await stores.lots.add_lots([new_lot(terms, start_at=now, end_at=end_at, extend_limit=timedelta(0), now=now)])
    await stores.groups.prepare_group(Group(id=GROUP, issue=1, start_at=now, end_at=end_at, categories=(terms.category,)), end_at)
    await stores.groups.open_group(GROUP)
    mongo.close()


async def _until_delivered(config: Config) -> None:
    """Until nothing of the last load is on its way any more, so that it does not weigh on the next."""
    assert config.mongodb_url is not None
    mongo = Mongo(config.mongodb_url, config.mongodb_database)
    stores = Stores.of(mongo).auctions
    while (lot := await stores.lots.get_lot(GOODS)).outbox or lot.projected_seq < lot.seq:
        await asyncio.sleep(0.1)
    mongo.close()


@contextlib.contextmanager
def _process(command: list[str], **environment: str) -> Iterator[None]:
    """Runs beside the measurements and ends with them."""
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def _wait_until_ready(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz"):
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _sign_in(port: int, name: str) -> str:
    request = urllib.request.Request(f"http://127.0.0.1:{port}/api/auth/login", json.dumps({"code": name}).encode())
    with urllib.request.urlopen(request) as response:
        answer: dict[str, Any] = json.load(response)
        return answer["data"]["access_token"]


def numbers(text: str) -> list[int]:
    return [int(word) for word in text.split(",")]


if __name__ == "__main__":
    sys.exit(main())
