"""Invitations in MongoDB."""
from __future__ import annotations

from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.domain.accounts.invitations import Invitation
from server.storage.mongo import store
from server.storage.table import PRESENT, Table


@store
class MongoInvitations(Table[Invitation]):
    """Implements InvitationStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "invitations", Invitation, grows=["uses_left"])

    async def find_open_invitation(self, note: str, now: datetime) -> Invitation | None:
        return await self._documents.find_one({"note": note, **_open(now)})

    async def take_use(self, code: str, now: datetime) -> bool:
        result = await self._collection.update_one({"_id": code, **_open(now)}, {"$inc": {"uses_left": -1}})
        return result.matched_count == 1

    async def give_back_use(self, code: str) -> None:
        await self._collection.update_one({"_id": code}, {"$inc": {"uses_left": 1}})


def _open(now: datetime) -> dict[str, Any]:
    return {**PRESENT, "uses_left": {"$gt": 0}, "expires_at": {"$gt": now}}
