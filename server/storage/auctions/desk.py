"""Groups and lots in MongoDB as auctioneers keep them: the same documents that people bid on."""
from __future__ import annotations

from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import UpdateOne
from pymongo.errors import BulkWriteError, DuplicateKeyError

from server.domain.auctions.desk.groups import DRAFT_UNTIL, SaleGroup
from server.domain.auctions.desk.lots import Framing, SaleLot
from server.domain.auctions.goods import LotStatus
from server.domain.changes import Change
from server.domain.clock import Stamp
from server.domain.errors import InvalidInput
from server.domain.transactions import Transaction
from server.storage.mongo import Sequences, indexes_of_duplicates, store, to_document
from server.storage.table import Table
from server.storage.transactions import session_of

OF_BIDS = ("status", "seq", "price", "leader_id", "leader_nickname", "paused_at", "said")  # no save of ours touches them
FRAMED = (*Framing.__struct_fields__, *("head", "revision", "changed_at", "changed_era"))
SEEN: dict[str, Any] = {"opening_until": {"$in": [None, DRAFT_UNTIL]}}  # not what an import is preparing


@store
class MongoGroupDesk(Table[SaleGroup]):
    """Implements a NounStore of groups, drafts among them."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "groups", SaleGroup, grows=("ended_at",))

    async def find(self, id: Any) -> SaleGroup | None:
        found = await self.list_all(id=id)
        return found[0] if found else None

    async def add_many(self, made: list[SaleGroup], changes: list[Change] | None = None, within: Transaction | None = None) -> None:
        try:
            await super().add_many(made, changes, within)
        except BulkWriteError as error:
            indexes_of_duplicates(error)
            raise InvalidInput({"issue": ["taken"]}) from None

    async def save(
        self, before: SaleGroup, after: SaleGroup, change: Change | None = None, within: Transaction | None = None
    ) -> bool:
        try:
            return await super().save(before, after, change, within)
        except DuplicateKeyError:
            raise InvalidInput({"issue": ["taken"]}) from None

    def _filter(self, values: dict[str, Any]) -> dict[str, Any]:
        return {**super()._filter(values), **SEEN}


@store
class MongoLotDesk(Table[SaleLot]):
    """Implements LotShelf."""

    def __init__(self, database: AsyncIOMotorDatabase, sequences: Sequences):
        super().__init__(database, "lots", SaleLot, grows=OF_BIDS, beside={"outbox": [], "maxima": []})
        self._numbers = sequences

    async def next_id(self) -> int:
        return await self._numbers.next_number("goods")

    async def move(self, goods_id: int, position: int, stamp: Stamp) -> None:
        moved = {"position": position, "changed_at": stamp.at, "changed_era": stamp.era}
        await self._collection.update_one({"_id": goods_id}, {"$set": moved, "$inc": {"revision": 1}})

    async def frame(self, lots: list[SaleLot], within: Transaction) -> bool:
        if not lots:
            return True
        writes = []
        for lot in lots:
            kept = to_document(lot)
            guards = {"_id": lot.id, "seq": 0, "status": LotStatus.OPEN.value, "revision": lot.revision - 1}
            writes.append(UpdateOne(guards, {"$set": {name: kept[name] for name in FRAMED}}))
        done = await self._collection.bulk_write(writes, ordered=False, session=session_of(within))
        return done.matched_count == len(writes)
