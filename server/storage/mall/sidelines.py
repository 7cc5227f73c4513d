"""What the mall sells and plays beside its goods, in MongoDB."""
from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING

from server.domain.mall.sidelines.bombs import BombGame
from server.domain.mall.sidelines.couriers import CourierDelivery
from server.domain.mall.sidelines.raffles import Draw, Raffle, Tally
from server.domain.mall.sidelines.virtual_goods import Purchase, VirtualGoods
from server.domain.transactions import Transaction
from server.storage.mongo import store, to_document, to_struct
from server.storage.owned import OwnedTable
from server.storage.transactions import session_of


@store
class MongoTallies:
    """Implements TallyStore and AuditedTallies."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._client = database.client
        self._tallies = database.mall_raffle_tallies
        self._draws = database.mall_raffle_draws

    async def find(self, id: int, within: Transaction | None = None) -> Tally | None:
        found = await self._tallies.find_one({"_id": id}, session=session_of(within))
        return None if found is None else to_struct(found, Tally)

    async def put(self, tally: Tally, within: Transaction) -> None:
        await self._tallies.replace_one({"_id": tally.id}, to_document(tally), upsert=True, session=session_of(within))

    async def each_tally(self) -> AsyncIterator[Tally]:
        async for document in self._tallies.find().sort("_id", ASCENDING):
            yield to_struct(document, Tally)

    async def find_counts(self, raffle_id: int) -> tuple[Tally, dict[str, int]]:
        """In one transaction, which sees one moment."""
        won: dict[str, int] = {}
        async with await self._client.start_session() as session:
            async with session.start_transaction():
                found = await self._tallies.find_one({"_id": raffle_id}, session=session)
                async for document in self._draws.find({"raffle_id": raffle_id}, {"prize": 1}, session=session):
                    won[document["prize"]] = won.get(document["prize"], 0) + 1
                await session.abort_transaction()
        return (Tally(id=raffle_id) if found is None else to_struct(found, Tally)), won


@dataclass(frozen=True)
class SidelineStores:
    """Of one database."""

    virtual_goods: OwnedTable[VirtualGoods]
    purchases: OwnedTable[Purchase]
    raffles: OwnedTable[Raffle]
    tallies: MongoTallies
    draws: OwnedTable[Draw]
    bomb_games: OwnedTable[BombGame]
    courier_deliveries: OwnedTable[CourierDelivery]

    @classmethod
    def of(cls, database: AsyncIOMotorDatabase) -> SidelineStores:
        return cls(
            virtual_goods=OwnedTable(database, "mall_virtual_goods", VirtualGoods),
            purchases=OwnedTable(database, "mall_virtual_purchases", Purchase),
            raffles=OwnedTable(database, "mall_raffles", Raffle),
            tallies=MongoTallies(database),
            draws=OwnedTable(database, "mall_raffle_draws", Draw),
            bomb_games=OwnedTable(database, "mall_bomb_games", BombGame),
            courier_deliveries=OwnedTable(database, "mall_courier_deliveries", CourierDelivery),
        )
