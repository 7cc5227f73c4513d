"""Operators in MongoDB: the users that have a role."""
from __future__ import annotations

from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo.errors import BulkWriteError

from server.domain.changes import Change
from server.domain.errors import InvalidInput
from server.domain.operators.staff import Operator
from server.domain.transactions import Transaction
from server.storage.mongo import indexes_of_duplicates, store, to_struct
from server.storage.table import PRESENT, Table

HAS_ROLE: dict[str, Any] = {"roles": {"$gt": ""}}


@store
class MongoStaff(Table[Operator]):
    """A NounStore; what becomes of a user beside their rights is nothing that a save touches."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(
            database,
            "users",
            Operator,
            grows=("nickname", "created_at", "is_banned", "has_two_steps", "identities"),
            beside={"token_generation": 0},
        )

    async def find(self, id: Any) -> Operator | None:
        document = await self._collection.find_one({**PRESENT, **HAS_ROLE, "_id": id})
        return None if document is None else to_struct(document, Operator)

    async def add_many(self, made: list[Operator], changes: list[Change] | None = None, within: Transaction | None = None) -> None:
        try:
            await super().add_many(made, changes, within)
        except BulkWriteError as error:
            indexes_of_duplicates(error)
            raise InvalidInput({"nickname": ["taken"]}) from None

    def _filter(self, values: dict[str, Any]) -> dict[str, Any]:
        return {**super()._filter(values), **HAS_ROLE}
