"""Queues and their numbers in MongoDB."""
from __future__ import annotations

from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING

from server.domain.mall.community.queues import ACTIVE, Queue, Ticket, TicketState
from server.domain.transactions import Transaction
from server.storage.mall.community.counted import CountedTable
from server.storage.mongo import store, to_struct
from server.storage.transactions import session_of

NUMBERS = ("given", "current", "round", "moves")


@store
class MongoQueues(CountedTable[Queue]):
    """Implements QueueStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "mall_queues", Queue, counts=NUMBERS)

    async def move(self, before: Queue, after: Queue, within: Transaction) -> bool:
        change = {"$set": {name: getattr(after, name) for name in NUMBERS}}
        guard = {"_id": before.id, "moves": before.moves, "revision": before.revision}
        return (await self._collection.update_one(guard, change, session=session_of(within))).matched_count == 1


@store
class MongoTickets(CountedTable[Ticket]):
    """Implements TicketStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "mall_tickets", Ticket)

    async def find_active(self, queue: Queue, user_id: int, within: Transaction) -> Ticket | None:
        found = await self._list({**_of(queue, *ACTIVE), "user_id": user_id}, within, limit=1)
        return found[0] if found else None

    async def find_next(self, queue: Queue, within: Transaction) -> Ticket | None:
        found = await self._list(_of(queue, TicketState.WAITING), within, limit=1)
        return found[0] if found else None

    async def list_called(self, queue: Queue, within: Transaction) -> list[Ticket]:
        return await self._list(_of(queue, TicketState.CALLED), within)

    async def pass_over(self, queue: Queue, now: datetime, within: Transaction) -> None:
        change = {"$set": {"state": TicketState.PASSED.value, "ended_at": now}, "$inc": {"revision": 1}}
        await self._collection.update_many(_of(queue, *ACTIVE), change, session=session_of(within))

    async def list_own(
        self, user_id: int, queue_id: int | None, states: tuple[TicketState, ...] | None, most: int
    ) -> list[Ticket]:
        asked: dict[str, Any] = {"user_id": user_id}
        if queue_id is not None:
            asked["queue_id"] = queue_id
        if states is not None:
            asked["state"] = {"$in": [one.value for one in states]}
        return await self._documents.find_all(asked, [("user_id", DESCENDING), ("_id", DESCENDING)], limit=most)

    async def list_numbers(self, queue_id: int, round: int) -> list[int]:
        return [one["number"] async for one in self._collection.find({"queue_id": queue_id, "round": round}, {"number": 1})]

    async def _list(self, question: dict[str, Any], within: Transaction, limit: int = 0) -> list[Ticket]:
        cursor = self._collection.find(question, session=session_of(within), limit=limit).sort([("number", ASCENDING)])
        return [to_struct(one, Ticket) async for one in cursor]


def _of(queue: Queue, *states: TicketState) -> dict[str, Any]:
    return {"queue_id": queue.id, "round": queue.round, "state": {"$in": [one.value for one in states]}}
