"""What sockets that send as fast as they can cost those who bid.

    python -m bench.flood [--sockets 0,20,200] [--kinds pings,fragments,…] [--bidders 16] [--seconds 4] [--rounds 3]

Bidders over HTTP, alone and beside so many flooding sockets of one address, which come back at once when they are closed; in turn
on the same server with its usual limits. The flood runs in a process that yields to all others: it stands for other machines.
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
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import uvloop

from bench.bids import numbers, run_load
from bench.load import Figures, Task
from bench.served import FIRST_GOODS, GROUP, served
from tests.processes.server import ServerProcess
from tests.realtime.raw import CONTINUATION, PING, PONG, TEXT, command, frame

ROOT = Path(__file__).resolve().parents[1]
AT_ONCE_BYTES = 64 * 1024
FIRST_PRICE = 100_000_000
ELSEWHERE = "127.0.0.2"  # limits by address are not those of the bidders
HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
# what is sent once, and what then without end; None: the connection is closed and opened again
KINDS: dict[str, tuple[bytes, bytes | None]] = {
    "pings": (b"", frame(PING, b"x")),
    "pongs": (b"", frame(PONG)),
    "fragments": (frame(TEXT, b"{", is_final=False), frame(CONTINUATION, is_final=False)),
    "commands": (b"", frame(TEXT, command(1))),
    "long texts": (b"", frame(TEXT, command(1, channel="x" * 16_000))),
    "after the close": (frame(TEXT, b"x"), frame(TEXT, b"x")),
    "handshakes": (b"", None),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sockets", type=numbers, default=[0, 20, 200], metavar="N,N,…")
    parser.add_argument("--kinds", type=lambda text: text.split(","), default=[*KINDS], metavar="KIND,KIND,…")
    parser.add_argument("--bidders", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--flood", nargs=3, metavar=("PORT", "SOCKETS", "KIND"), help="floods until it is ended")
    options = parser.parse_args()
    uvloop.run(flood(*options.flood) if options.flood else measure(options))
    return 0


async def measure(options: argparse.Namespace) -> None:
    scenes = [("nobody", 0), *((kind, sockets) for kind in options.kinds for sockets in options.sockets if sockets)]
    measured: dict[tuple[str, int], list[Figures]] = {scene: [] for scene in scenes}
    price = FIRST_PRICE
    # As it is configured where nobody says otherwise; only bidders may bid as often as they like.
    usual: dict[str, Any] = {"COMMANDS_PER_SECOND_PER_SOCKET": "", "SOCKETS_PER_ADDRESS": "", "LOG_LEVEL": "warning"}
    async with served(workers=1, **usual) as server:
        tokens = [await server.sign_in(f"bidder {number}") for number in range(options.bidders)]
        for _ in range(options.rounds):
            for kind, sockets in scenes:
                async with flooded(server, kind, sockets):
                    figures = await asyncio.to_thread(run_load, task_of(server, tokens, price, options.seconds))
                price = figures.next_price
                measured[kind, sockets].append(figures)
                print(f"{sockets:>4} × {kind:<16} p50 {figures.p50_ms:.1f} ms, p99 {figures.p99_ms:.1f} ms", file=sys.stderr)
    print(f"{options.bidders} bidders for {options.seconds:g} s, {options.rounds} rounds, {os.cpu_count()} cores\n")
    print("| beside them | sockets | bids/s | p50 ms | p99 ms | p50 of alone | p99 of alone |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    alone = measured["nobody", 0]
    for (kind, sockets), some in measured.items():
        columns = zip(*((one.accepted / one.seconds, one.p50_ms, one.p99_ms) for one in some))
        rate, p50, p99 = (statistics.median(column) for column in columns)
        ratios = [
            statistics.median(getattr(one, name) / getattr(base, name) for one, base in zip(some, alone)) for name in ("p50_ms", "p99_ms")
        ]
        print(f"| {kind} | {sockets} | {rate:.0f} | {p50:.1f} | {p99:.1f} | {ratios[0]:.2f} | {ratios[1]:.2f} |")


def task_of(server: ServerProcess, tokens: list[str], price: int, seconds: float) -> Task:
    return Task(
        wire="http",
        port=server.config.port,
        path="/api/group",
        tokens=tokens,
        seconds=seconds,
        first_price=price,
        goods_id=FIRST_GOODS,
        group_id=GROUP,
    )


@contextlib.asynccontextmanager
async def flooded(server: ServerProcess, kind: str, sockets: int) -> AsyncIterator[None]:
    """While it lasts, so many sockets flood the server."""
    if not sockets:
        yield
        return
    command_line = [sys.executable, "-m", "bench.flood", "--flood", str(server.config.port), str(sockets), kind]
    process = subprocess.Popen(command_line, cwd=ROOT, stdout=subprocess.PIPE, preexec_fn=lambda: os.nice(19))
    assert process.stdout is not None
    try:
        await asyncio.to_thread(process.stdout.readline)  # it says when it floods
        yield
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


async def flood(port: str, sockets: str, kind: str) -> None:
    first, more = KINDS[kind]
    at_once = more and more * (AT_ONCE_BYTES // len(more) or 1)
    floods = [asyncio.ensure_future(flood_with_one(int(port), first, at_once)) for _ in range(int(sockets))]
    await asyncio.sleep(0.5)
    print(json.dumps({"sockets": len(floods)}), flush=True)
    await asyncio.gather(*floods)


async def flood_with_one(port: int, first: bytes, at_once: bytes | None) -> None:
    while True:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(ELSEWHERE, 0))
            reading = asyncio.ensure_future(read_all(reader))
            try:
                writer.write(HANDSHAKE + first)
                while at_once and not reading.done():
                    writer.write(at_once)
                    await writer.drain()
                    await asyncio.sleep(0)
                if not at_once:
                    await asyncio.sleep(0)
            finally:
                reading.cancel()
                writer.transport.abort()


async def read_all(reader: asyncio.StreamReader) -> None:
    """Until the server hangs up."""
    while await reader.read(AT_ONCE_BYTES):
        pass


if __name__ == "__main__":
    sys.exit(main())
