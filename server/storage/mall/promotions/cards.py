"""Stored-value cards and their books in MongoDB."""
from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING

from server.domain.mall.promotions.cards import Card, CardEntry
from server.domain.paging import Page, PageQuery
from server.domain.transactions import Transaction
from server.storage.mongo import store, to_document, to_struct
from server.storage.table import Table
from server.storage.transactions import session_of


@store
class MongoCards(Table[Card]):
    """Implements CardStore and AuditedCards."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "mall_cards", Card)
        self._cards = database.mall_cards
        self._entries = database.mall_card_entries

    async def find_card(self, card_id: int, within: Transaction | None = None) -> Card | None:
        found = await self._cards.find_one({"_id": card_id}, session=session_of(within))
        return None if found is None else to_struct(found, Card)

    async def list_of(self, user_id: int, most: int) -> list[Card]:
        cursor = self._cards.find({"user_id": user_id}).sort([("user_id", DESCENDING), ("_id", DESCENDING)]).limit(most)
        return [to_struct(document, Card) async for document in cursor]

    async def find_card_entry(self, key: str, within: Transaction | None = None) -> CardEntry | None:
        found = await self._entries.find_one({"key": key}, session=session_of(within))
        return None if found is None else to_struct(found, CardEntry)

    async def add_card_entry(self, entry: CardEntry, within: Transaction) -> None:
        await self._entries.insert_one(to_document(entry), session=session_of(within))

    async def page_card_entries(self, user_id: int, card_id: int | None, page: PageQuery) -> Page[CardEntry]:
        asked: dict[str, Any] = {"user_id": user_id, **({} if card_id is None else {"card_id": card_id})}
        cursor = self._entries.find(asked).sort([("at", DESCENDING), ("seq", DESCENDING)]).skip(page.offset).limit(page.size)
        found = [to_struct(document, CardEntry) async for document in cursor]
        return Page(page.number, found, await self._entries.count_documents(asked))

    # ---- for the audit

    async def each_entry(self, card_id: int) -> AsyncIterator[CardEntry]:
        async for document in self._entries.find({"card_id": card_id}).sort([("card_id", ASCENDING), ("seq", ASCENDING)]):
            yield to_struct(document, CardEntry)
