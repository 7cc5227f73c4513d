"""A window of a few goods for tests of ordering, with its stock in the database, where transactions are."""
from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorDatabase
from msgspec.structs import replace

from server.composition import mall
from server.composition.ground import Ground
from server.composition.ordering import Offer
from server.composition.window import Shopfront, build_window
from server.domain.accounts.users import UserStore
from server.domain.mall.html import HtmlCleaner
from server.domain.mall.orders.order import Order, OrderLine
from server.domain.mall.orders.reviewing import LineReview
from server.domain.mall.wares import Choice, OutOfStock, OverLimit, Pieces, Wanted, Ware
from server.domain.transactions import Transaction
from server.storage.mall import MallStores
from server.storage.transactions import session_of


class Shelf:
    """Implements Window, Stock, Reviews and Settings. Freight is 6 yuan for the first piece and 2 for each other."""

    def __init__(self) -> None:
        self.wares: dict[int, Ware] = {}
        self.limits: dict[int, int] = {}  # goods → how many of it one person may buy
        self.shops: dict[int, str] = {}
        self.reviews: list[tuple[Order, OrderLine, LineReview]] = []
        self.settings: dict[str, str] = {}

    def open(self, database: AsyncIOMotorDatabase) -> None:
        """Where the stock is counted."""
        self._stock = database.shelf
        self._bought = database.shelf_bought

    async def put(self, goods_id: int = 1, *, left: int = 10, price: int = 1990, **about: Any) -> Ware:
        """Goods with that many pieces."""
        about = {"name": f"白瓷杯{goods_id}", "picture": "https://pictures.example/1.png", "base_price": price, **about}
        ware = Ware(choice=Choice(goods_id=goods_id), price=price, left=left, **about)
        self.wares[goods_id] = ware
        await self._stock.replace_one({"_id": goods_id}, {"free": left, "held": 0, "sold": 0}, upsert=True)
        return ware

    async def count(self, goods_id: int = 1) -> tuple[int, int, int]:
        """Free, held, sold."""
        found = await self._stock.find_one({"_id": goods_id})
        assert found is not None
        return found["free"], found["held"], found["sold"]

    # ---- Window

    async def find_wares(self, wanted: Sequence[Wanted], buyer_id: int) -> list[Ware | None]:
        return [await self._find(one) for one in wanted]

    async def _find(self, wanted: Wanted) -> Ware | None:
        ware = self.wares.get(wanted.choice.goods_id)
        if ware is None or bool(ware.spec_names) != bool(wanted.choice.specs):
            return None
        free, _, _ = await self.count(wanted.choice.goods_id)
        return replace(ware, choice=wanted.choice, left=free, most=self.limits.get(wanted.choice.goods_id))

    async def has_goods(self, goods_id: int) -> bool:
        return goods_id in self.wares

    async def find_shop_names(self, shop_ids: Sequence[int]) -> dict[int, str]:
        return {shop_id: self.shops[shop_id] for shop_id in shop_ids if shop_id in self.shops}

    async def check_limits(self, wanted: Sequence[Wanted], buyer_id: int, within: Transaction) -> None:
        session = session_of(within)
        for one in wanted:
            goods_id = one.choice.goods_id
            if goods_id in self.limits:
                key = {"_id": f"{buyer_id}:{goods_id}"}
                known = await self._bought.find_one(key, session=session) or {"number": 0}
                if known["number"] + one.number > self.limits[goods_id]:
                    raise OverLimit(self.wares[goods_id].name, self.limits[goods_id] - known["number"])
                await self._bought.update_one(key, {"$inc": {"number": one.number}}, upsert=True, session=session)

    async def reckon_freight(self, parcel: Sequence[tuple[Ware, int]], region_ids: Sequence[str]) -> int:
        pieces = sum(number for _, number in parcel)
        return 600 + 200 * (pieces - 1)

    # ---- Stock

    async def hold(self, pieces: Sequence[Pieces], within: Transaction) -> None:
        for one in pieces:
            guard = {"_id": one.goods_id, "free": {"$gte": one.number}}
            change = {"$inc": {"free": -one.number, "held": one.number}}
            if (await self._stock.update_one(guard, change, session=session_of(within))).matched_count == 0:
                raise OutOfStock(one.name, 0)

    async def give_back(self, pieces: Sequence[Pieces], within: Transaction) -> None:
        await self._move(pieces, within, held=-1, free=1)

    async def sell(self, pieces: Sequence[Pieces], within: Transaction) -> None:
        await self._move(pieces, within, held=-1, sold=1)

    async def take_back(self, pieces: Sequence[Pieces], within: Transaction) -> None:
        await self._move(pieces, within, sold=-1, free=1)

    async def _move(self, pieces: Sequence[Pieces], within: Transaction, **signs: int) -> None:
        for one in pieces:
            change = {name: sign * one.number for name, sign in signs.items()}
            await self._stock.update_one({"_id": one.goods_id}, {"$inc": change}, session=session_of(within))

    # ---- Reviews and Settings

    async def add_review(self, order: Order, line: OrderLine, review: LineReview, within: Transaction) -> None:
        self.reviews.append((order, line, review))

    async def get_value(self, key: str) -> str:
        return self.settings.get(key, "")


def put_up(monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """What applications that are built from now on offer, in place of their window's goods."""
    shelf = Shelf()

    def build(stores: MallStores, users: UserStore, cleaner: HtmlCleaner, ground: Ground) -> Shopfront:
        shelf.open(ground.mongo.database)
        offer = Offer(window=shelf, stock=shelf, reviews=shelf, settings=shelf)
        return dataclasses.replace(build_window(stores, users, cleaner, ground), offer=offer)

    monkeypatch.setattr(mall, "build_window", build)
    return shelf
