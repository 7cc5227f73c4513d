"""What members do with their wallets, in MongoDB."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING
from pymongo.errors import DuplicateKeyError

from server.domain.mall.wallet.bills import Bill, BillDiscount
from server.domain.mall.wallet.deposits import Deposit
from server.domain.mall.wallet.gifts import RechargeRule
from server.domain.mall.wallet.identities import Identity
from server.domain.mall.wallet.invoices import Invoice
from server.domain.mall.wallet.withdrawals import Withdrawal
from server.domain.transactions import Transaction
from server.storage.mongo import store, to_struct
from server.storage.owned import OwnedTable
from server.storage.table import Table
from server.storage.transactions import session_of


@store
class MongoPayPasswords:
    """Implements PayPasswordStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._hashes = database.mall_pay_passwords

    async def find_hash(self, user_id: int) -> str | None:
        found = await self._hashes.find_one({"_id": user_id})
        return None if found is None else found["hash"]

    async def add_hash(self, user_id: int, new: str) -> bool:
        try:
            await self._hashes.insert_one({"_id": user_id, "hash": new})
        except DuplicateKeyError:
            return False
        return True

    async def replace_hash(self, user_id: int, old: str, new: str) -> bool:
        return (await self._hashes.update_one({"_id": user_id, "hash": old}, {"$set": {"hash": new}})).matched_count == 1

    async def put_hash(self, user_id: int, new: str) -> None:
        if not await self.add_hash(user_id, new):
            await self._hashes.update_one({"_id": user_id}, {"$set": {"hash": new}})


@store
class MongoWithdrawals(OwnedTable[Withdrawal]):
    """Implements WithdrawalStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "mall_withdrawals", Withdrawal)

    async def list_looked_for(self, now: datetime, most: int) -> list[Withdrawal]:
        return await self._documents.find_all({"look_at": {"$lte": now}}, [("look_at", ASCENDING)], limit=most)


@store
class MongoInvoices(OwnedTable[Invoice]):
    """Implements InvoiceStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "mall_invoices", Invoice)
        self._turns = database.mall_invoiced_orders

    async def list_of_order(self, order_id: int, within: Transaction) -> list[Invoice]:
        found = self._collection.find({"order_id": order_id}, session=session_of(within))
        return [to_struct(document, Invoice) async for document in found]

    async def take_turn(self, order_id: int, within: Transaction) -> None:
        await self._turns.update_one({"_id": order_id}, {"$inc": {"turns": 1}}, upsert=True, session=session_of(within))


@dataclass(frozen=True)
class WalletStores:
    """Of one database."""

    recharge_rules: Table[RechargeRule]
    pay_passwords: MongoPayPasswords
    withdrawals: MongoWithdrawals
    deposits: OwnedTable[Deposit]
    bill_discounts: Table[BillDiscount]
    bills: OwnedTable[Bill]
    identities: OwnedTable[Identity]
    invoices: MongoInvoices

    @classmethod
    def of(cls, database: AsyncIOMotorDatabase) -> WalletStores:
        return cls(
            recharge_rules=Table(database, "mall_recharge_rules", RechargeRule),
            pay_passwords=MongoPayPasswords(database),
            withdrawals=MongoWithdrawals(database),
            deposits=OwnedTable(database, "mall_deposits", Deposit),
            bill_discounts=Table(database, "mall_bill_discounts", BillDiscount),
            bills=OwnedTable(database, "mall_bills", Bill),
            identities=OwnedTable(database, "mall_identities", Identity),
            invoices=MongoInvoices(database),
        )
