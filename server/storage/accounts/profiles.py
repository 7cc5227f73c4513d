"""Profiles in MongoDB: fields of their users' documents."""
from __future__ import annotations

from motor.motor_asyncio import AsyncIOMotorDatabase
from msgspec.structs import replace

from server.domain.accounts.profiles import Changed, ProfileChange
from server.domain.accounts.users import User
from server.domain.errors import NotFound
from server.storage.documents import Documents
from server.storage.mongo import store


@store
class MongoProfiles:
    """Implements ProfileStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._users = database.users
        self._documents = Documents(self._users, User)

    async def change_profile(self, user_id: int, change: ProfileChange) -> Changed:
        values = {
            "real_name": change.name,
            "nickname": change.nickname,
            "email": change.email,
            "phone": change.phone,
            "avatar": change.avatar,
        }
        given = {field: value for field, value in values.items() if value is not None}
        while True:
            before = await self._documents.find_one({"_id": user_id, "deleted_at": None})
            if before is None:
                raise NotFound("user")
            # With the avatar of before: what takes its place has to know it, and the embedded server's findAndModify may not tell.
            guards = {"_id": user_id, "deleted_at": None, "avatar": before.avatar}
            if not given or (await self._users.update_one(guards, {"$set": given})).matched_count == 1:
                return Changed(before, replace(before, **given))
