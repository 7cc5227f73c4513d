"""Approved bidders in MongoDB."""
from __future__ import annotations

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo.errors import BulkWriteError

from server.domain.auctions.desk.bidders import EVERY_GROUP, Approval
from server.domain.changes import Change
from server.domain.errors import InvalidInput
from server.domain.transactions import Transaction
from server.storage.mongo import indexes_of_duplicates, store
from server.storage.table import PRESENT, Table


@store
class MongoApprovals(Table[Approval]):
    """Implements ApprovalStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "approved_bidders", Approval)

    async def add_many(self, made: list[Approval], changes: list[Change] | None = None, within: Transaction | None = None) -> None:
        try:
            await super().add_many(made, changes, within)
        except BulkWriteError as error:
            indexes_of_duplicates(error)
            raise InvalidInput({"user_id": ["taken"]}) from None

    async def is_approved(self, group_id: int, user_id: int) -> bool:
        asked = {**PRESENT, "user_id": user_id, "group_id": {"$in": [group_id, EVERY_GROUP]}}
        return await self._collection.find_one(asked, {"_id": 1}) is not None
