"""Members in MongoDB."""
from __future__ import annotations

from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo.errors import DuplicateKeyError

from server.domain.mall.members import Member
from server.storage.mongo import find_any, store, to_document, to_struct
from server.storage.table import to_plain


@store
class MongoMembers:
    """Implements MemberStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._members = database.mall_members

    async def find_member(self, user_id: int) -> Member | None:
        found = await self._members.find_one({"_id": user_id})
        return None if found is None else to_struct(found, Member)

    async def find_members(self, user_ids: list[int]) -> dict[int, Member]:
        return {found["_id"]: to_struct(found, Member) async for found in find_any(self._members, "_id", user_ids)}

    async def add_or_find(self, member: Member) -> Member:
        try:
            await self._members.insert_one(to_document(member))
            return member
        except DuplicateKeyError:
            kept = await self.find_member(member.id)
            assert kept is not None
            return kept

    async def note_sign_in(self, user_id: int, at: datetime, address: str) -> None:
        await self._members.update_one({"_id": user_id}, {"$set": {"signed_in_at": at, "signed_in_from": address}})

    async def change_member(self, user_id: int, values: dict[str, object]) -> None:
        plain: dict[str, Any] = {name: to_plain(value) for name, value in values.items()}
        await self._members.update_one({"_id": user_id}, {"$set": plain})
