"""What people who come back for their notices cost while a lot takes bids as fast as it can, and what they wait.

    python -m bench.notices [--people 100] [--bids 20000]

Everybody bids on one lot over HTTP, a closed loop each, until so many bids are accepted; a second time each of them also opens a
socket every second and subscribes to `me` with the cursor from before the first bid. The baseline of a subscription is the same on
the lot at rest. At the end each recovery is compared with the record: it is whole, or says that it is not.
"""
from __future__ import annotations

import argparse
import asyncio
import contextlib
import statistics
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import uvloop

from bench.bids import UNLIMITED, run_load
from bench.load import Figures, Task
from bench.served import FIRST_GOODS, GROUP, served
from server.domain.auctions.live import MOST_NOTICES
from tests.processes.server import ServerProcess
from tests.realtime.listening import Listener

FIRST_PRICE = 100_000_000
LOAD_SECONDS = 4.0  # of one measurement; there are as many as the bids take


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--people", type=int, default=100)
    parser.add_argument("--bids", type=int, default=20_000)
    return uvloop.run(measure(parser.parse_args()))


async def measure(options: argparse.Namespace) -> int:
    async with served(workers=1, LOG_LEVEL="warning", **UNLIMITED) as server:
        tokens = [await server.sign_in(f"bidder {number}") for number in range(options.people)]
        cursors = [await cursor_of(server, token) for token in tokens]
        at_rest: list[float] = []
        for token, cursor in zip(tokens, cursors):
            at_rest.append(await subscribe(server, token, cursor))
        alone = await storm(server, tokens, FIRST_PRICE, options.bids)
        meanwhile: list[float] = []
        coming = [asyncio.create_task(keep_coming(server, *one, meanwhile)) for one in zip(tokens, cursors)]
        beside = await storm(server, tokens, alone[-1].next_price, options.bids)
        for task in coming:
            task.cancel()
        await asyncio.gather(*coming, return_exceptions=True)
        faults = await count_faults(server, tokens, cursors)
        found = server.verify()
    print(f"{options.people} people, twice {options.bids} bids on one lot, {len(meanwhile)} subscriptions beside the second\n")
    print("| | p50 ms | p99 ms | of the baseline |")
    print("| --- | ---: | ---: | ---: |")
    rows = [
        ("subscription to `me`, the lot at rest", *percentiles(at_rest)),
        ("the same beside the bids", *percentiles(meanwhile)),
        ("bids alone", statistics.median(one.p50_ms for one in alone), max(one.p99_ms for one in alone)),
        ("bids beside the subscriptions", statistics.median(one.p50_ms for one in beside), max(one.p99_ms for one in beside)),
    ]
    for (name, p50, p99), base in zip(rows, (rows[0], rows[0], rows[2], rows[2])):
        print(f"| {name} | {p50:.1f} | {p99:.1f} | {p50 / base[1]:.2f}, {p99 / base[2]:.2f} |")
    print(f"\n{faults} recoveries that were neither whole nor said so; verify: {found['status']}")
    return 1 if faults or found["status"] else 0


async def storm(server: ServerProcess, tokens: list[str], price: int, bids: int) -> list[Figures]:
    """Until so many are accepted."""
    some: list[Figures] = []
    while sum(one.accepted for one in some) < bids:
        some.append(
            await asyncio.to_thread(
                run_load,
                Task(
                    wire="http",
                    port=server.config.port,
                    path="/api/group",
                    tokens=tokens,
                    seconds=LOAD_SECONDS,
                    first_price=some[-1].next_price if some else price,
                    goods_id=FIRST_GOODS,
                    group_id=GROUP,
                ),
            )
        )
    return some


async def keep_coming(server: ServerProcess, token: str, cursor: str, took: list[float]) -> None:
    while True:
        began_at = time.monotonic()
        took.append(await subscribe(server, token, cursor))
        await asyncio.sleep(max(0.0, began_at + 1 - time.monotonic()))


async def subscribe(server: ServerProcess, token: str, cursor: str) -> float:
    """How many ms a subscription took on a fresh socket."""
    async with listening(server, token) as listener:
        began_at = time.perf_counter()
        reply = await listener.ask("subscribe", channel="me", cursor=cursor)
        took = (time.perf_counter() - began_at) * 1000
        assert reply["ok"], reply
        return took


async def cursor_of(server: ServerProcess, token: str) -> str:
    async with listening(server, token) as listener:
        return (await listener.ask("subscribe", channel="me"))["cursor"]


async def count_faults(server: ServerProcess, tokens: list[str], cursors: list[str]) -> int:
    """Recoveries that lack a notice, or invent one, without saying so; all bids have been answered."""
    await server.until_delivered(FIRST_GOODS)
    async with server.stores() as stores:
        bids = await stores.auctions.record.list_bids(FIRST_GOODS)
    outbid = Counter(bid.outbid_user_id for bid in bids)
    faults = 0
    for token, cursor in zip(tokens, cursors):
        async with listening(server, token) as listener:
            me: dict[str, Any] = (await listener.ask("auth", token=token))["user"]
            reply = await listener.ask("subscribe", channel="me", cursor=cursor)
        wanted = outbid[me["id"]]
        is_whole = len(reply["missed"]) == wanted if reply["recovered"] else wanted > MOST_NOTICES and not reply["missed"]
        faults += not is_whole
    return faults


@contextlib.asynccontextmanager
async def listening(server: ServerProcess, token: str) -> AsyncIterator[Listener]:
    listener = await Listener.open(server.url, additional_headers={"Authorization": f"Bearer {token}"})
    try:
        yield listener
    finally:
        await listener.close()


def percentiles(values: list[float]) -> tuple[float, float]:
    ordered = sorted(values)
    return ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]


if __name__ == "__main__":
    sys.exit(main())
