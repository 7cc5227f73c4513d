"""The group-buy catalogue: lists of 10,000 offers against lists of 100, over HTTP, and both against asking the database.

    python -m bench.groupbuy [--small 100] [--large 10000] [--rounds 40]

Two servers in this process, each on its own database of one embedded MongoDB-compatible server. They are asked in turn; a
ratio is taken of each turn and the median of the ratios is shown. "after a change" is the first answer after one offer was
changed, "sorted anew" that of a list nobody has asked for yet, and "of the database" the same page by find, sort, limit and
count, without HTTP.
"""
from __future__ import annotations

import argparse
import asyncio
import logging
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
import uvloop
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorDatabase
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port

from server.app import make_tornado_application
from server.bootstrap import Application
from server.config import Config
from server.domain.groupbuy.areas import Area
from server.domain.groupbuy.categories import Category
from server.domain.groupbuy.offers import Kind, Offer, State
from server.domain.groupbuy.price_ranges import PriceRange
from server.domain.groupbuy.shops import Shop
from server.process.embedded import EmbeddedServices
from server.web.in_flight import InFlight

AT_ONCE = 200  # offers written together
CATEGORIES = [Category(id=number, name=f"分类{number}", kind=Kind(1 + number % 2)) for number in range(1, 11)]
CITIES = [Area(id=number, name=f"城市{number}") for number in range(1, 9)]
PRICES = PriceRange(id=1, name="中间", start=100_000, end=200_000)
SLOWER_AT_MOST = 1.5

Way = Callable[[], Awaitable[Any]]


class Shop100:
    """A server with so many offers, and a client that keeps its connection."""

    def __init__(self, config: Config, count: int):
        self.count = count
        self.application = Application(replace(config, mongodb_database=f"bench_{count}"))
        self._stores = self.application.stores.groupbuy
        # By a client of its own: the server's gives up where this takes long.
        self._database: AsyncIOMotorDatabase = AsyncIOMotorClient(config.mongodb_url)[self.application.config.mongodb_database]

    async def open(self) -> None:
        await self.application.start()
        await self._fill()
        server = HTTPServer(make_tornado_application(self.application, InFlight()))
        listening, port = bind_unused_port()
        server.add_socket(listening)
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", port)

    async def close(self) -> None:
        self._writer.close()
        self._database.client.close()
        await self.application.stop()

    async def ask(self, **parameters: object) -> None:
        """One call of the document."""
        query = urlencode({"ctl": "GroupBuy", "typ": "json", **parameters})
        self._writer.write(f"GET /index.php?{query} HTTP/1.1\r\nHost: bench\r\n\r\n".encode())
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
        reply = msgspec.json.decode(await self._reader.readexactly(length))
        assert reply["status"] == 200, reply

    async def ask_database(self) -> None:
        """The first page by price, as a database with an index on it is asked."""
        offers = self._database.groupbuy_offers
        now = self.application.clock.now()
        question = {"kind": 1, "state": 2, "start_at": {"$lte": now}, "end_at": {"$gt": now}}
        await offers.find(question).sort([("price", 1), ("_id", 1)]).limit(12).to_list(None)
        await offers.count_documents(question)

    async def change(self) -> None:
        desk = self.application.services.groupbuy.offers
        offer = await desk.get(1)
        assert await self._stores.offers.save(
            offer, msgspec.structs.replace(offer, revision=await self._stores.marks.next_revision())
        )

    async def _fill(self) -> None:
        for category in CATEGORIES:
            await self._stores.categories.add(category)
        for city in CITIES:
            await self._stores.areas.add(city)
        await self._stores.price_ranges.add(PRICES)
        await self._stores.shops.add(Shop(id=1, name="集藏社"))
        await self._stores.marks.note_furniture_changed()
        await self.application.mongo.database.groupbuy_offers.create_index([("kind", 1), ("state", 1), ("price", 1)])
        chance = random.Random(self.count)
        offers = [self._offer(number, chance) for number in range(1, self.count + 1)]
        for start in range(0, len(offers), AT_ONCE):
            await self._stores.offers.add_imported(offers[start : start + AT_ONCE])
        await self.application.mongo.sequences.raise_to("groupbuy_offers", self.count)

    def _offer(self, number: int, chance: random.Random) -> Offer:
        now = self.application.clock.now()
        category = chance.choice(CATEGORIES)
        begun, lasts = timedelta(days=chance.choice([-40, -5, -5, -5, -5, 5])), timedelta(days=30)
        return Offer(
            id=number,
            name=f"团购{number}",
            kind=category.kind,
            goods_name=f"商品{number}，名字像真的一样长一些",
            shop_id=1,
            shop_name="集藏社",
            goods_price=300_000,
            price=chance.randint(1, 299_999),
            start_at=now + begun,
            end_at=now + begun + lasts,
            category_id=category.id,
            city_id=chance.choice(CITIES).id if category.kind is Kind.VIRTUAL else 0,
            buy_quantity=chance.randint(0, 9999),
            is_recommended=chance.random() < 0.01,
            state=State.APPROVED,
            intro="图文介绍" * 50,
            changed_at=now,
        )


def ways(shop: Shop100) -> dict[str, Way]:
    last = max(0, shop.count // 4 - 12)  # well within what runs of one kind
    physical = {"met": "groupBuyList"}
    few = {"listRows": 2}  # as many as the filters leave of 100 offers too, so that both answers have the same length
    return {
        "front page": lambda: shop.ask(met="index"),
        "first page": lambda: shop.ask(**physical),
        "by price": lambda: shop.ask(**physical, orderby="priceasc"),
        "by rate, far on": lambda: shop.ask(**physical, orderby="ratedesc", firstRow=last),
        "category, price range, by sales": lambda: shop.ask(**physical, cat_id=2, price=1, orderby="saledesc", **few),
        "city": lambda: shop.ask(met="vrGroupBuyList", city_id=3, **few),
        "ended": lambda: shop.ask(**physical, state="history", **few),
        "detail": lambda: shop.ask(met="detail", id=1),
    }


async def timed(way: Way) -> float:
    started = time.perf_counter()
    await way()
    return (time.perf_counter() - started) * 1000


async def after_change(shop: Shop100) -> float:
    await shop.change()
    return await timed(lambda: shop.ask(met="groupBuyList", orderby="priceasc"))


async def sorted_anew(shop: Shop100) -> float:
    shop.application.services.groupbuy.catalogue._stocking.shelves._forget()
    return await timed(lambda: shop.ask(met="groupBuyList", orderby="priceasc"))


async def compare(rounds: int, small: Callable[[], Awaitable[float]], large: Callable[[], Awaitable[float]]) -> tuple[float, float, float]:
    taken = [(await small(), await large()) for _ in range(rounds + 3)][3:]
    ratio = statistics.median(b / a for a, b in taken)
    return statistics.median(a for a, _ in taken), statistics.median(b for _, b in taken), ratio


async def run(options: argparse.Namespace, config: Config) -> int:
    small, large = Shop100(config, options.small), Shop100(config, options.large)
    await small.open()
    await large.open()
    loaded = await timed(lambda: small.ask(met="index")), await timed(lambda: large.ask(met="index"))
    print(f"{'':34} {options.small:>8} ms {options.large:>8} ms {'ratio':>7}")
    worst = 0.0
    for name, way in ways(small).items():
        other = ways(large)[name]
        figures = await compare(options.rounds, lambda: timed(way), lambda: timed(other))
        show(name, *figures)
        worst = max(worst, figures[2])
    few = max(3, options.rounds // 8)
    show("by price, after a change", *await compare(few, lambda: after_change(small), lambda: after_change(large)))
    show("by price, sorted anew", *await compare(few, lambda: sorted_anew(small), lambda: sorted_anew(large)))
    show("first answer of a process", *loaded, loaded[1] / loaded[0])
    by_database = await compare(3, lambda: timed(small.ask_database), lambda: timed(large.ask_database))
    show("by price, of the database", *by_database)
    await small.close()
    await large.close()
    print(f"the slowest list takes {worst:.2f} times as long with {options.large} offers as with {options.small}")
    return 0 if worst <= SLOWER_AT_MOST else 1


def show(name: str, small: float, large: float, ratio: float) -> None:
    print(f"{name:34} {small:>11.2f} {large:>11.2f} {ratio:>7.2f}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", type=int, default=100)
    parser.add_argument("--large", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=40)
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        embedded = EmbeddedServices(Config(data_dir=Path(folder), jwt_secret="x" * 32))
        try:
            return uvloop.run(run(options, embedded.start_or_join()))
        finally:
            embedded.stop()


if __name__ == "__main__":
    raise SystemExit(main())
