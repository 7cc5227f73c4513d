"""Invitations in MongoDB."""
from __future__ import annotations

from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import DESCENDING

from server.domain.accounts.invitations import Invitation
from server.domain.paging import Page, PageQuery
from server.storage.mongo import store, to_document, to_struct


@store
class MongoInvitations:
    """Implements InvitationStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._invitations = database.invitations

    async def add_invitations(self, invitations: list[Invitation]) -> None:
        await self._invitations.insert_many([to_document(one) for one in invitations])

    async def find_invitation(self, code: str) -> Invitation | None:
        document = await self._invitations.find_one({"_id": code})
        return None if document is None else to_struct(document, Invitation)

    async def find_open_invitation(self, note: str, now: datetime) -> Invitation | None:
        document = await self._invitations.find_one({"note": note, **_open(now)})
        return None if document is None else to_struct(document, Invitation)

    async def page_invitations(self, page: PageQuery) -> Page[Invitation]:
        order = [("created_at", DESCENDING), ("_id", DESCENDING)]
        cursor = self._invitations.find().sort(order).skip(page.offset).limit(page.size)
        found = [to_struct(document, Invitation) async for document in cursor]
        return Page(page.number, found, await self._invitations.count_documents({}))

    async def take_use(self, code: str, now: datetime) -> bool:
        result = await self._invitations.update_one({"_id": code, **_open(now)}, {"$inc": {"uses_left": -1}})
        return result.matched_count == 1

    async def give_back_use(self, code: str) -> None:
        await self._invitations.update_one({"_id": code}, {"$inc": {"uses_left": 1}})

    async def remove_invitation(self, code: str) -> bool:
        return (await self._invitations.delete_one({"_id": code})).deleted_count == 1


def _open(now: datetime) -> dict[str, Any]:
    return {"uses_left": {"$gt": 0}, "expires_at": {"$gt": now}}
