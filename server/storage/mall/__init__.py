"""The mall in MongoDB."""
from __future__ import annotations

from dataclasses import dataclass

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.storage.mall.ledger import MongoLedger
from server.storage.mall.members import MongoMembers
from server.storage.mongo import Sequences


@dataclass(frozen=True)
class MallStores:
    """The mall's stores of one database."""

    members: MongoMembers
    ledger: MongoLedger

    @classmethod
    def of(cls, database: AsyncIOMotorDatabase, sequences: Sequences) -> MallStores:
        return cls(members=MongoMembers(database), ledger=MongoLedger(database))
