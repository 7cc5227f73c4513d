"""Memory of sockets that are subscribed and hear nothing, on one worker.

    python -m bench.idle [--sockets 10000]
"""
from __future__ import annotations

import argparse
import asyncio

import psutil
import uvloop

from bench.served import CHANNEL, served
from bench.watchers import Watchers
from server.process.open_files import raise_limit_of_open_files

WARM_UP_SOCKETS = 200


async def run(options: argparse.Namespace) -> None:
    async with served(workers=1) as server:
        [worker] = server.children("worker")
        # What the first of anything costs, once, is no socket's.
        await (await Watchers.start(server.config.port, WARM_UP_SOCKETS, CHANNEL)).stop()
        before = await settled_bytes(worker)
        watchers = await Watchers.start(server.config.port, options.sockets, CHANNEL)
        after = await settled_bytes(worker)
        await watchers.stop()
        left = await settled_bytes(worker)
    print("| sockets | worker's RSS before, MB | with them | after they left | KB a socket |")
    print("| ---: | ---: | ---: | ---: | ---: |")
    megabytes = " | ".join(f"{size / 2**20:.1f}" for size in (before, after, left))
    print(f"| {options.sockets} | {megabytes} | {(after - before) / options.sockets / 1024:.1f} |")


async def settled_bytes(process: psutil.Process) -> int:
    """Its resident memory once that has not changed for a second."""
    size = -1
    while size != (size := process.memory_info().rss):
        await asyncio.sleep(1)
    return size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sockets", type=int, default=10_000)
    raise_limit_of_open_files()
    uvloop.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
