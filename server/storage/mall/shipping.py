"""Shipping addresses in MongoDB, all of a member in one document."""
from __future__ import annotations

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo.errors import DuplicateKeyError

from server.domain.mall.shipping import AddressBook
from server.storage.mongo import Sequences, store, to_document, to_struct


@store
class MongoShipping:
    """Implements ShippingStore."""

    def __init__(self, database: AsyncIOMotorDatabase, sequences: Sequences):
        self._books = database.mall_address_books
        self._sequences = sequences

    async def find_book(self, user_id: int) -> AddressBook:
        found = await self._books.find_one({"_id": user_id})
        return AddressBook(id=user_id) if found is None else to_struct(found, AddressBook)

    async def save_book(self, before: AddressBook, after: AddressBook) -> bool:
        question, is_new = {"_id": before.id, "revision": before.revision}, before.revision == 0
        try:
            result = await self._books.replace_one(question, to_document(after), upsert=is_new)
        except DuplicateKeyError:  # somebody else began it at once
            return False
        return is_new or result.matched_count == 1

    async def next_address_id(self) -> int:
        return await self._sequences.next_number("mall_addresses")
