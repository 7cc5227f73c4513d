"""Second offers in MongoDB."""
from __future__ import annotations

from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING

from server.domain.aftersale.second_offers import OfferState, SecondOffer
from server.domain.changes import Change
from server.domain.transactions import Transaction
from server.storage.mongo import store, to_struct
from server.storage.table import Table
from server.storage.transactions import session_of


@store
class MongoSecondOffers(Table[SecondOffer]):
    """Implements OfferStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "second_offers", SecondOffer)
        self._offers = database.second_offers

    async def add_offer(self, offer: SecondOffer, change: Change | None, within: Transaction) -> None:
        await self.add(offer, change, within)

    async def find_offer(self, offer_id: int, within: Transaction | None = None) -> SecondOffer | None:
        found = await self._offers.find_one({"_id": offer_id}, session=session_of(within))
        return None if found is None else to_struct(found, SecondOffer)

    async def save_offer(self, before: SecondOffer, after: SecondOffer, change: Change | None, within: Transaction) -> bool:
        return await self.save(before, after, change, within)

    async def list_of_lot(self, goods_id: int, within: Transaction) -> list[SecondOffer]:
        cursor = self._offers.find({"goods_id": goods_id}, session=session_of(within))
        return [to_struct(document, SecondOffer) async for document in cursor]

    async def list_of_bidder(self, user_id: int, most: int) -> list[SecondOffer]:
        return await self._documents.find_all({"user_id": user_id}, [("user_id", DESCENDING), ("_id", DESCENDING)], limit=most)

    async def list_expired(self, now: datetime, most: int) -> list[SecondOffer]:
        asked = {"state": OfferState.OPEN.value, "expires_at": {"$lte": now}}
        return await self._documents.find_all(asked, [("state", ASCENDING), ("expires_at", ASCENDING)], limit=most)
