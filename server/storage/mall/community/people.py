"""Friends, letters and member codes in MongoDB."""
from __future__ import annotations

from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import DESCENDING
from pymongo.errors import DuplicateKeyError

from server.domain.mall.community.friends import Friend, FriendQuery
from server.domain.mall.community.letters import Letter, LetterQuery
from server.domain.paging import Page, PageQuery
from server.storage.documents import Documents
from server.storage.mall.community.counted import CountedTable
from server.storage.mongo import store, to_document


@store
class MongoFriends:
    """Implements FriendStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._friends = database.mall_friends
        self._documents = Documents(self._friends, Friend)

    async def add_friend(self, friend: Friend) -> None:
        try:
            await self._friends.insert_one(to_document(friend))
        except DuplicateKeyError:
            pass

    async def is_friend(self, user_id: int, friend_id: int) -> bool:
        return await self._friends.find_one({"_id": f"{user_id}:{friend_id}"}, {"_id": 1}) is not None

    async def count_friends(self, user_id: int) -> int:
        return await self._friends.count_documents({"user_id": user_id})

    async def page_friends(self, user_id: int, query: FriendQuery, page: PageQuery) -> Page[Friend]:
        asked: dict[str, Any] = {"user_id": user_id}
        if query.friend_ids is not None:
            asked["friend_id"] = {"$in": list(query.friend_ids)}
        bounds = {"$gte": query.first_at, "$lte": query.last_at}
        if known := {operator: bound for operator, bound in bounds.items() if bound is not None}:
            asked["added_at"] = known
        return await self._documents.find_page(asked, [("user_id", DESCENDING), ("added_at", DESCENDING), ("_id", DESCENDING)], page)


@store
class MongoLetters(CountedTable[Letter]):
    """Implements LetterStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "mall_letters", Letter)

    async def page_letters(self, query: LetterQuery, page: PageQuery) -> Page[Letter]:
        received: dict[str, Any] = {"user_id": query.user_id, "is_deleted": False}
        sent: dict[str, Any] = {"sender_id": query.user_id, "is_deleted_by_sender": False}
        whose: dict[str, Any] = {True: received, False: sent, None: {"$or": [received, sent]}}[query.is_received]
        wanted = {
            "is_read": query.is_read,
            "source": None if query.source is None else query.source.value,
            "kind": query.kind,
        }
        asked = {**whose, **{name: value for name, value in wanted.items() if value is not None}}
        return await self._page(asked, [("_id", DESCENDING)], page)

    async def mark_read(self, letter_id: int, user_id: int) -> bool:
        return await self._set({"_id": letter_id, "user_id": user_id, "is_deleted": False}, "is_read")

    async def delete_letter(self, letter_id: int, user_id: int) -> bool:
        received = await self._set({"_id": letter_id, "user_id": user_id, "is_deleted": False}, "is_deleted")
        sent = await self._set({"_id": letter_id, "sender_id": user_id, "is_deleted_by_sender": False}, "is_deleted_by_sender")
        return received or sent

    async def _set(self, question: dict[str, Any], field: str) -> bool:
        change = {"$set": {field: True}, "$inc": {"revision": 1}}
        return (await self._collection.update_one(question, change)).matched_count == 1


@store
class MongoComponentTickets:
    """What WeChat pushes to a service provider: the last ticket of each counts."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._tickets = database.wechat_component_tickets

    async def find_ticket(self, component_id: str) -> str | None:
        found = await self._tickets.find_one({"_id": component_id})
        return None if found is None else str(found["ticket"])

    async def keep_ticket(self, component_id: str, ticket: str) -> None:
        await self._tickets.update_one({"_id": component_id}, {"$set": {"ticket": ticket}}, upsert=True)
