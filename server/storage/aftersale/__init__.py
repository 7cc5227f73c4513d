"""Settlements, sold lots, second offers and their news in MongoDB."""
from __future__ import annotations

from dataclasses import dataclass

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.storage.aftersale.news import MongoNews
from server.storage.aftersale.second_offers import MongoSecondOffers
from server.storage.aftersale.settlements import MongoFinishedGroups, MongoSettlements, MongoSoldLots


@dataclass(frozen=True)
class AftersaleStores:
    """The after-sale's stores of one database."""

    settlements: MongoSettlements
    sold: MongoSoldLots
    offers: MongoSecondOffers
    news: MongoNews
    finished: MongoFinishedGroups

    @classmethod
    def of(cls, database: AsyncIOMotorDatabase) -> AftersaleStores:
        return cls(
            MongoSettlements(database),
            MongoSoldLots(database),
            MongoSecondOffers(database),
            MongoNews(database),
            MongoFinishedGroups(database),
        )
