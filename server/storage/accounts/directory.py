"""The directory in MongoDB: users as admins look for them."""
from __future__ import annotations

import re
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING

from server.domain.accounts.users import Role, User
from server.domain.errors import NotFound
from server.domain.paging import Page, PageQuery
from server.storage.accounts.users import new_generation
from server.storage.documents import Documents
from server.storage.mongo import store

NOT_DELETED: dict[str, Any] = {"deleted_at": None}


@store
class MongoDirectory:
    """Implements DirectoryStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._users = database.users
        self._documents = Documents(self._users, User)

    async def find_by_identity(self, identity: str) -> User | None:
        return await self._find({"identities": identity})

    async def find_by_id(self, user_id: int) -> User | None:
        return await self._find({"_id": user_id})

    async def is_taken(self, identity: str) -> bool:
        return await self._users.find_one({"identities": identity}, {"_id": 1}) is not None

    async def page_users(self, username_part: str, page: PageQuery) -> Page[User]:
        question = dict(NOT_DELETED)
        if username_part:
            question["username"] = {"$regex": re.escape(username_part), "$options": "i"}
        return await self._documents.find_page(question, [("_id", ASCENDING)], page)

    async def change_role(self, user_id: int, role: Role, *, has_role: bool) -> User:
        how = "$addToSet" if has_role else "$pull"
        change = {**new_generation(), how: {"roles": role.value}}
        await self._users.update_one({"_id": user_id, **NOT_DELETED}, change)
        user = await self.find_by_id(user_id)
        if user is None:
            raise NotFound("user")
        return user

    async def _find(self, question: dict[str, Any]) -> User | None:
        return await self._documents.find_one({**question, **NOT_DELETED})
