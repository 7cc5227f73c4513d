"""Settings in MongoDB, by their keys."""
from __future__ import annotations

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo.errors import DuplicateKeyError

from server.domain.changes import Change
from server.domain.mall.settings import Setting
from server.domain.nouns import ChangedMeanwhile
from server.domain.transactions import Transaction
from server.storage.mongo import store
from server.storage.table import Table


@store
class MongoSettings(Table[Setting]):
    """Of two who add the same key at once one is told that somebody else did."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "mall_settings", Setting)

    async def add(self, made: Setting, change: Change | None = None, within: Transaction | None = None) -> None:
        try:
            await super().add(made, change, within)
        except DuplicateKeyError:
            raise ChangedMeanwhile() from None
