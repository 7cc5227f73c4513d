"""The group-buy catalogue in MongoDB."""
from __future__ import annotations

from dataclasses import dataclass

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.domain.groupbuy.areas import Area
from server.domain.groupbuy.categories import Category
from server.domain.groupbuy.price_ranges import PriceRange
from server.storage.groupbuy.marks import MongoMarks
from server.storage.groupbuy.offers import MongoOffers
from server.storage.groupbuy.shops import MongoShops
from server.storage.mongo import Sequences
from server.storage.table import Table


@dataclass(frozen=True)
class GroupbuyStores:
    """The catalogue's stores of one database."""

    offers: MongoOffers
    categories: Table[Category]
    areas: Table[Area]
    price_ranges: Table[PriceRange]
    shops: MongoShops
    marks: MongoMarks

    @classmethod
    def of(cls, database: AsyncIOMotorDatabase, sequences: Sequences) -> GroupbuyStores:
        return cls(
            MongoOffers(database, sequences),
            Table(database, "groupbuy_categories", Category),
            Table(database, "groupbuy_areas", Area),
            Table(database, "groupbuy_price_ranges", PriceRange),
            MongoShops(database),
            MongoMarks(database, sequences),
        )
