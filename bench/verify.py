"""The audit of the whole record against a bare read of the same documents.

    python -m bench.verify [--lots 3000] [--few 500] [--hot 2] [--bids 5000] [--rounds 3]

Three records, each in a database of its own on one embedded server: lots that nobody has bid on, lots with four bids each, and
a few hot lots with all their bids. Each is read bare (every document of its collections, decoded to dictionaries) and audited,
in turn; the ratios are taken round by round. What it costs is told for each document, lot and bid, so that one can see that it
follows what there is to check.
"""
from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import uvloop
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorDatabase

from server.bootstrap import Application
from server.config import Config
from server.domain.auctions.audit.walk import Audit, AuditService
from server.domain.auctions.chain import new_lot
from server.domain.auctions.goods import Terms
from server.domain.auctions.groups import Group
from server.domain.auctions.offers import Offer
from server.process.embedded import EmbeddedServices
from server.storage.auctions.audit import MongoAudit

GROUP, LOW_PRICE = 7, 100
BIDDERS = 20
AT_ONCE = 200  # offers under way while a record is made
BIDS_OF_FEW = 4


@dataclass(frozen=True)
class Record:
    """What is sold and bid, and the database that it is in."""

    name: str
    lots: int
    bids_a_lot: int


async def fill(application: Application, record: Record) -> None:
    """The bids through the server's own rules and writes."""
    goods_ids = range(1, record.lots + 1)
    await open_group(application, goods_ids)
    desks, free = application.auctions.desks, asyncio.Semaphore(AT_ONCE)

    async def bid(goods_id: int, number: int) -> None:
        async with free:
            bidder = 1 + number % BIDDERS
            facts: dict[str, Any] = {"goods_id": goods_id, "group_id": GROUP, "user_id": bidder, "nickname": f"bidder {bidder}"}
            price, key = LOW_PRICE + number, f"{goods_id}-{number}"
            await desks.desk(goods_id).take(Offer(**facts, price=price, key=key, arrived_at=application.clock.now()))

    for number in range(record.bids_a_lot):
        await asyncio.gather(*(bid(goods_id, number) for goods_id in goods_ids))
    await desks.drain()


async def open_group(application: Application, goods_ids: range) -> None:
    now = application.clock.now()
    start_at, end_at = now - timedelta(minutes=1), now + timedelta(days=1)
    facts: dict[str, Any] = {"category": "龙钞补号", "score": "67E", "sn_no": "豹子号", "low_price": LOW_PRICE, "top_price": 10**9}
    lots = [
        new_lot(
            Terms(id=goods_id, group_id=GROUP, sn=f"U9T{goods_id:07}", position=goods_id, **facts),
            start_at=start_at,
            end_at=end_at,
            extend_limit=timedelta(minutes=10),
            now=now,
        )
        for goods_id in goods_ids
    ]
    stores = application.stores.auctions
    for start in range(0, len(lots), AT_ONCE):
        await stores.lots.add_lots(lots[start : start + AT_ONCE])
    group = Group(id=GROUP, issue=GROUP, start_at=start_at, end_at=end_at, categories=("龙钞补号",))
    await stores.groups.prepare_group(group, group.end_at)
    await stores.groups.open_group(group.id)


async def read_bare(database: AsyncIOMotorDatabase) -> int:
    """Every document that the audit looks at; gives how many."""
    names = await database.list_collection_names()
    wanted = [name for name in names if name in ("groups", "lots", "bids", "maxima", "participations") or name.startswith("bid_keys_")]
    count = 0
    for name in wanted:
        async for _ in database[name].find():
            count += 1
    return count


async def measure(config: Config, record: Record, rounds: int) -> None:
    application = Application(config)
    await application.start()
    bare: AsyncIOMotorClient = AsyncIOMotorClient(config.mongodb_url)
    reads, audits = [], []
    audit = Audit()
    documents = 0
    try:
        await fill(application, record)
        service = AuditService(application.stores.auctions.groups, MongoAudit(application.mongo.database), application.clock)
        for _ in range(rounds):
            began_at = time.perf_counter()
            documents = await read_bare(bare[config.mongodb_database])
            read_at = time.perf_counter()
            audit = await service.audit()
            reads.append(read_at - began_at)
            audits.append(time.perf_counter() - read_at)
    finally:
        bare.close()
        await application.drain()
        await application.stop()
    if not audit.is_clean or (audit.lots, audit.bids) != (record.lots, record.lots * record.bids_a_lot):
        raise SystemExit(f"not what was made: {audit}")
    ratio = statistics.median(one / other for one, other in zip(audits, reads))
    seconds = statistics.median(audits)
    a_bid = f"{seconds / audit.bids * 1000:.2f}" if audit.bids else ""
    print(
        f"| {record.name} | {documents} | {statistics.median(reads):.2f} | {seconds:.2f} | {ratio:.1f} "
        f"| {seconds / audit.lots * 1000:.2f} | {a_bid} |",
        flush=True,
    )


async def run(options: argparse.Namespace) -> None:
    records = [
        Record(f"{options.lots} lots without bids", options.lots, 0),
        Record(f"{options.few} lots with {BIDS_OF_FEW} bids", options.few, BIDS_OF_FEW),
        Record(f"{options.hot} lots with {options.bids} bids", options.hot, options.bids),
    ]
    print("| record | documents | bare read, s | audit, s | ratio | ms a lot | ms a bid |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        embedded = EmbeddedServices(Config(data_dir=Path(folder)))
        try:
            config = embedded.start_or_join().with_secret()
            for number, record in enumerate(records):
                await measure(replace(config, mongodb_database=f"bench_{number}"), record, options.rounds)
        finally:
            embedded.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lots", type=int, default=3000)
    parser.add_argument("--few", type=int, default=500, help="lots with a few bids each")
    parser.add_argument("--hot", type=int, default=2)
    parser.add_argument("--bids", type=int, default=5000, help="of each hot lot")
    parser.add_argument("--rounds", type=int, default=3)
    uvloop.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
