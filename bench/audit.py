"""What the audit that never ends takes of a processor: of a server with nothing in its books, and with many entries.

    python -m bench.audit [--entries 100000] [--users 2000] [--heads 2000] [--seconds 30]

One embedded server; the walks run as in a worker that does nothing else. Told are the shares of a core that the process and its database
take, against the same process with the walks over books stopped (that over lots goes on), how late the event loop was at most, and how
long a walk over the mall takes without a rest, and so with one.
"""
from __future__ import annotations

import argparse
import asyncio
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymongo
import uvloop

from server.bootstrap import Application
from server.composition.auditing import MALL_SHARE
from server.config import Config
from server.domain.auditing.slices import Slices
from server.domain.mall.audit import MallAudit
from server.domain.mall.ledger import Cause, Posting, Sums, Wallet
from server.process.embedded import EmbeddedServices
from server.storage.mongo import to_document
from tests.builders import Goods, make_group

GROUP = 7
AT_ONCE = 500
FILLING_SECONDS = 3600  # far longer than the server waits for its database
TICK_SECONDS = 0.005


@dataclass(frozen=True)
class Taken:
    """What was used in a while."""

    process: float  # of a core
    database: float
    latest: float  # seconds that the loop was late at most


def database_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


async def measure(seconds: float, pid: int) -> Taken:
    def used() -> tuple[float, float]:
        own = resource.getrusage(resource.RUSAGE_SELF)
        return own.ru_utime + own.ru_stime, database_seconds(pid)

    before, started, latest = used(), time.monotonic(), 0.0
    while (now := time.monotonic()) - started < seconds:
        await asyncio.sleep(TICK_SECONDS)
        latest = max(latest, time.monotonic() - now - TICK_SECONDS)
    after = used()
    return Taken((after[0] - before[0]) / seconds, (after[1] - before[1]) / seconds, latest)


async def fill(application: Application, entries: int, users: int, heads: int) -> None:
    """Entries by the ledger's own rules, written in large strokes; and heads as the server publishes them."""
    database = application.mongo.database
    now = application.clock.now()
    made: list[dict[str, Any]] = []
    for user_id in range(1, users + 1):
        wallet = Wallet(id=user_id)
        for number in range(entries // users):
            posting = Posting(user_id=user_id, cause=Cause.SIGN_IN, key=f"bench:{user_id}:{number}", change=Sums(points=5))
            wallet, entry = wallet.plus(posting, now)
            made.append({**to_document(entry), "purses": ["points"]})
        await database.mall_wallets.insert_one(to_document(wallet))
        if len(made) >= AT_ONCE:
            await database.mall_entries.insert_many(made)
            made = []
    if made:
        await database.mall_entries.insert_many(made)
    if heads:
        await make_group(application, *(Goods(id=number) for number in range(1, heads + 1)), id=GROUP, closes_in=1)
        while await database.published_heads.count_documents({}) < heads:  # the server ends the sale and publishes them
            await asyncio.sleep(1)


async def show(name: str, application: Application, seconds: float, pid: int) -> None:
    books = application.auditing.books
    still = await measure(seconds / 2, pid)
    books._begins_at = 0.0
    books._looking.start()
    walked = await measure(seconds, pid)
    parts = {part.name: part.passes for part in books.parts}
    await books.stop()
    alone = await walk_alone(application)
    print(
        f"| {name} | {still.process:.1%} | {still.database:.1%} | {walked.process:.1%} | {walked.database:.1%} "
        f"| {walked.latest * 1000:.0f} | {alone:.1f} | {alone / MALL_SHARE / 60:.1f} | {parts} |"
    )
    wrong = [part for part in application.auditing.standings.list_parts() if part.finding_count]
    if wrong:
        raise SystemExit(f"the audit is red: {wrong}")


async def walk_alone(application: Application) -> float:
    """Seconds that a walk over the mall takes without a rest."""
    [mall] = [walk for walk in application.auditing.books._walks if walk.name == "mall"]
    walk: Callable[[MallAudit], Any] = mall._books.walk
    started = time.monotonic()
    await Slices(0.999999).run(walk(MallAudit()))
    return time.monotonic() - started


async def run(options: argparse.Namespace, config: Config, pid: int) -> None:
    application = Application(config)
    await application.start()
    await application.auditing.books.stop()
    shares = ("at rest", "its database", "while it walks", "its database")
    print(f"| {' | '.join(('books', *shares, 'loop late, ms', 'walk alone, s', 'at its share, min', 'walks'))} |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |")
    await show("empty", application, options.seconds, pid)
    with pymongo.timeout(FILLING_SECONDS):
        await fill(application, options.entries, options.users, options.heads)
    await show(f"{options.entries} entries, {options.heads} heads", application, options.seconds, pid)
    await application.drain()
    await application.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--users", type=int, default=2000)
    parser.add_argument("--heads", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=30.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        config = Config(data_dir=Path(folder))
        embedded = EmbeddedServices(config)
        try:
            served = embedded.start_or_join()
            uvloop.run(run(options, served, embedded._processes["mongodb"].pid))
        finally:
            embedded.stop()


if __name__ == "__main__":
    main()
