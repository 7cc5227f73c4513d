"""Activities, teams and bookings in MongoDB."""
from __future__ import annotations

from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING

from server.domain.mall.community.activities import Activity, Booking, BookingState, Team
from server.domain.paging import Page, PageQuery
from server.domain.transactions import Transaction
from server.storage.mall.community.counted import CountedTable
from server.storage.mongo import store
from server.storage.transactions import session_of

KEPT = {"$ne": BookingState.CANCELLED.value}


@store
class MongoActivities(CountedTable[Activity]):
    """Implements ActivityStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "mall_activities", Activity, counts=("taken",))

    async def count_places(self, before: Activity, more: int, within: Transaction) -> bool:
        return await self._count_up(before, within, taken=more)


@store
class MongoTeams(CountedTable[Team]):
    """Implements TeamStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "mall_teams", Team, counts=("members",))

    async def count_members(self, before: Team, more: int, within: Transaction) -> bool:
        return await self._count_up(before, within, members=more)

    async def page_teams(self, activity_id: int, page: PageQuery) -> Page[Team]:
        return await self._page({"activity_id": activity_id, "members": {"$gt": 0}}, [("_id", ASCENDING)], page)


@store
class MongoBookings(CountedTable[Booking]):
    """Implements BookingStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "mall_bookings", Booking)

    async def count_booked(self, activity_id: int, user_id: int, within: Transaction) -> int:
        asked = {"activity_id": activity_id, "user_id": user_id, "state": KEPT}
        return len([one async for one in self._collection.find(asked, {"_id": 1}, session=session_of(within))])

    async def page_own(self, user_id: int, page: PageQuery) -> Page[Booking]:
        return await self._page({"user_id": user_id}, [("user_id", DESCENDING), ("_id", DESCENDING)], page)

    async def page_members(self, team_id: int, page: PageQuery) -> Page[Booking]:
        return await self._page({"team_id": team_id, "state": KEPT}, [("_id", ASCENDING)], page)

    async def list_overdue(self, now: datetime, most: int) -> list[Booking]:
        overdue = {"state": BookingState.UNPAID.value, "pays_until": {"$lte": now}}
        return await self._documents.find_all(overdue, limit=most)

    async def count_places(self, activity_id: int) -> int:
        return await self._collection.count_documents({"activity_id": activity_id, "state": KEPT})

    async def count_members(self, team_id: int) -> int:
        return await self._collection.count_documents({"team_id": team_id, "state": KEPT})
