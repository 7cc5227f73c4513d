"""Groups in MongoDB."""
from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING
from pymongo.errors import DuplicateKeyError

from server.domain.auctions.groups import Announcement, Group, in_turn
from server.domain.auctions.preparation import IssueExists
from server.domain.errors import NotFound
from server.domain.paging import Page, PageQuery
from server.storage.documents import Documents
from server.storage.mongo import Sequences, store, to_document

# A group in preparation has `opening_until`; questions for groups leave it out.
OPENED: dict[str, Any] = {"opening_until": None}
LAPSED = datetime(1970, 1, 1, tzinfo=timezone.utc)  # the `opening_until` of what can no longer be opened
IN_PREPARATION = {"opening_until": {"$gt": LAPSED}}


@store
class MongoGroups:
    """Implements GroupStore and NewGroupStore."""

    def __init__(self, database: AsyncIOMotorDatabase, sequences: Sequences):
        self._groups = database.groups
        self._documents = Documents(self._groups, Group)
        self._sequences = sequences

    async def get_group(self, group_id: int) -> Group:
        group = await self._documents.find_one({"_id": group_id, **OPENED})
        if group is None:
            raise NotFound("group")
        return group

    async def list_open_groups(self, now: datetime, opens_by: datetime) -> list[Group]:
        question = {**OPENED, "ended_at": None, "start_at": {"$lte": opens_by}, "end_at": {"$gt": now}}
        return in_turn(await self._documents.find_all(question), now, opens_by)

    async def list_ended_groups(self, now: datetime, page: PageQuery) -> Page[Group]:
        question = {**OPENED, "$or": [{"ended_at": {"$ne": None}}, {"end_at": {"$lte": now}}]}
        return await self._documents.find_page(question, [("end_at", DESCENDING), ("_id", DESCENDING)], page)

    async def list_groups_by_id(self, group_ids: list[int]) -> list[Group]:
        return await self._documents.find_any("_id", group_ids, **OPENED)

    async def list_unfinished_groups(self) -> list[Group]:
        return await self._documents.find_all({**OPENED, "ended_at": None}, [("end_at", ASCENDING), ("_id", ASCENDING)])

    async def postpone_end(self, group_id: int, end_at: datetime) -> None:
        await self._groups.update_one({"_id": group_id}, {"$max": {"end_at": end_at}})

    async def start_early(self, group_id: int, at: datetime) -> Group:
        return await self._change(group_id, {"$min": {"start_at": at}})

    async def announce(self, group_id: int, announcement: Announcement) -> Group:
        return await self._change(group_id, {"$set": {"announcement": to_document(announcement)}})

    async def _change(self, group_id: int, change: dict[str, Any]) -> Group:
        await self._groups.update_one({"_id": group_id, **OPENED}, change)
        return await self.get_group(group_id)

    async def finish_group(self, group_id: int, ended_at: datetime) -> bool:
        # An end by buy-out of every lot comes before the planned one.
        change = {"$set": {"ended_at": ended_at}, "$min": {"end_at": ended_at}}
        result = await self._groups.update_one({"_id": group_id, "ended_at": None}, change)
        return result.modified_count == 1

    async def prepare_group(self, group: Group, until: datetime) -> None:
        try:
            await self._groups.insert_one({**to_document(group), "opening_until": until})
        except DuplicateKeyError:
            raise IssueExists(group.issue) from None

    async def renew_preparation(self, group_id: int, until: datetime) -> bool:
        renewed = await self._groups.update_one({"_id": group_id, **IN_PREPARATION}, {"$set": {"opening_until": until}})
        return renewed.matched_count == 1

    async def open_group(self, group_id: int) -> bool:
        opened = await self._groups.update_one({"_id": group_id, **IN_PREPARATION}, {"$unset": {"opening_until": True}})
        return opened.matched_count == 1

    async def lapse_group(self, group_id: int) -> None:
        await self._groups.update_one({"_id": group_id, **IN_PREPARATION}, {"$set": {"opening_until": LAPSED}})

    async def lapse_overdue(self, now: datetime) -> list[int]:
        await self._groups.update_many({"opening_until": {"$gt": LAPSED, "$lt": now}}, {"$set": {"opening_until": LAPSED}})
        return [document["_id"] async for document in self._groups.find({"opening_until": LAPSED}, {"_id": 1})]

    async def remove_group(self, group_id: int) -> None:
        await self._groups.delete_one({"_id": group_id})

    async def next_id(self) -> int:
        return await self._sequences.next_number("groups")

    async def find_by_issue(self, issue: int) -> Group | None:
        return await self._documents.find_one({"issue": issue, **OPENED})
