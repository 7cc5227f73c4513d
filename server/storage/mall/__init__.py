"""The mall in MongoDB."""
from __future__ import annotations

from dataclasses import dataclass

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.domain.mall.adjustments import Adjustment
from server.storage.accounts.passwords import MongoPasswords
from server.storage.mall.carts import MongoCarts
from server.storage.mall.ledger import MongoLedger
from server.storage.mall.members import MongoMembers
from server.storage.mall.orders import MongoOrders
from server.storage.mall.payments import MongoPayments
from server.storage.mongo import Sequences
from server.storage.table import Table


@dataclass(frozen=True)
class MallStores:
    """The mall's stores of one database."""

    members: MongoMembers
    passwords: MongoPasswords
    ledger: MongoLedger
    adjustments: Table[Adjustment]
    carts: MongoCarts
    orders: MongoOrders
    payments: MongoPayments

    @classmethod
    def of(cls, database: AsyncIOMotorDatabase, sequences: Sequences) -> MallStores:
        return cls(
            members=MongoMembers(database),
            passwords=MongoPasswords(database, "mall_password_hash"),
            ledger=MongoLedger(database),
            adjustments=Table(database, "mall_adjustments", Adjustment),
            carts=MongoCarts(database),
            orders=MongoOrders(database, sequences),
            payments=MongoPayments(database),
        )
