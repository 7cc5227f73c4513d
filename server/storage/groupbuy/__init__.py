"""The group-buy catalogue in MongoDB."""
from __future__ import annotations

from dataclasses import dataclass

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.storage.groupbuy.areas import MongoAreas
from server.storage.groupbuy.categories import MongoCategories
from server.storage.groupbuy.marks import MongoMarks
from server.storage.groupbuy.offers import MongoOffers
from server.storage.groupbuy.price_ranges import MongoPriceRanges
from server.storage.groupbuy.shops import MongoShops
from server.storage.mongo import Sequences


@dataclass(frozen=True)
class GroupbuyStores:
    """The catalogue's stores of one database."""

    offers: MongoOffers
    categories: MongoCategories
    areas: MongoAreas
    price_ranges: MongoPriceRanges
    shops: MongoShops
    marks: MongoMarks

    @classmethod
    def of(cls, database: AsyncIOMotorDatabase, sequences: Sequences) -> GroupbuyStores:
        return cls(
            MongoOffers(database, sequences),
            MongoCategories(database, sequences),
            MongoAreas(database, sequences),
            MongoPriceRanges(database, sequences),
            MongoShops(database, sequences),
            MongoMarks(database, sequences),
        )
