"""Customer service in MongoDB."""
from __future__ import annotations

import asyncio
import contextlib
import hashlib
import secrets
from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import DESCENDING
from pymongo.errors import DuplicateKeyError

from server.domain.events import SupportSaid
from server.domain.mall.community.support import (
    Agent,
    Invitation,
    Line,
    Talk,
    TalkQuery,
    TalkState,
    Workload,
)
from server.domain.paging import Page, PageQuery
from server.domain.transactions import Transaction
from server.storage.mall.community.counted import CountedTable
from server.storage.mongo import store, to_document, to_struct
from server.storage.table import PRESENT, Table
from server.storage.transactions import session_of

TICKET_BYTES = 18


@store
class MongoAgents(Table[Agent]):
    """Implements AgentStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "mall_support_agents", Agent)

    async def bind(self, agent: Agent) -> None:
        with contextlib.suppress(DuplicateKeyError):
            await self._collection.insert_one(to_document(agent))

    async def unbind(self, user_id: int) -> bool:
        return (await self._collection.delete_one({**PRESENT, "_id": user_id})).deleted_count == 1

    async def set_working(self, user_id: int, is_working: bool) -> bool:
        change = {"$set": {"is_working": is_working}, "$inc": {"revision": 1}}
        return (await self._collection.update_one({**PRESENT, "_id": user_id}, change)).matched_count == 1


@store
class MongoInvitations(Table[Invitation]):
    """Implements InvitationStore. Tickets are made here: nobody guesses one."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "mall_support_invitations", Invitation)

    async def next_id(self) -> Any:
        return secrets.token_hex(TICKET_BYTES)  # a dash at its beginning would be a formula's to a spreadsheet

    async def take(self, ticket: str, user_id: int, now: datetime) -> bool:
        free = {**PRESENT, "_id": ticket, "used_by": {"$in": [None, user_id]}, "good_until": {"$gte": now}}
        change = {"$set": {"used_by": user_id}, "$inc": {"revision": 1}}
        return (await self._collection.update_one(free, change)).matched_count == 1


@store
class MongoTalks(CountedTable[Talk]):
    """Implements TalkStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "mall_support_talks", Talk)
        self._turns = database.mall_support_people

    async def take_turn(self, open_id: str, within: Transaction) -> None:
        # A digest: nobody is to be known by it once they are gone.
        digest = hashlib.sha256(open_id.encode()).hexdigest()
        await self._turns.update_one({"_id": digest}, {"$inc": {"turns": 1}}, upsert=True, session=session_of(within))

    async def find_open(self, open_id: str, within: Transaction) -> Talk | None:
        asked = {"open_id": open_id, "state": {"$ne": TalkState.DONE.value}}
        found = await self._collection.find_one(asked, session=session_of(within))
        return None if found is None else to_struct(found, Talk)

    async def page_talks(self, query: TalkQuery, page: PageQuery) -> Page[Talk]:
        asked: dict[str, Any] = {"agent_id": {"$in": [None, query.agent_id]}}
        if query.state is not None:
            asked["state"] = query.state.value
        if query.is_answered is not None:
            asked["is_answered"] = query.is_answered
        return await self._page(asked, [("said_at", DESCENDING), ("_id", DESCENDING)], page)

    async def count_workload(self, agent_id: int) -> Workload:
        waiting, served, done = await asyncio.gather(
            self.count(state=TalkState.WAITING),
            self.count(state=TalkState.SERVED, agent_id=agent_id),
            self.count(state=TalkState.DONE, agent_id=agent_id),
        )
        return Workload(waiting=waiting, served=served, done=done)


@store
class MongoLines(CountedTable[Line]):
    """Implements LineStore and SupportRecord."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "mall_support_lines", Line)

    async def find_by_key(self, key: str, within: Transaction) -> Line | None:
        found = await self._collection.find_one({"key": key}, session=session_of(within))
        return None if found is None else to_struct(found, Line)

    async def page_lines(self, talk_id: int, page: PageQuery) -> Page[Line]:
        return await self._page({"talk_id": talk_id}, [("talk_id", DESCENDING), ("number", DESCENDING)], page)

    async def list_heard(self, since: datetime, most: int) -> list[SupportSaid]:
        asked = {"said_at": {"$gte": since}, "is_from_user": True}
        return [one.told() for one in await self._documents.find_all(asked, [("said_at", DESCENDING)], limit=most)]

    async def mark_read(self, talk_id: int) -> None:
        unread = {"talk_id": talk_id, "is_from_user": True, "is_read": False}
        await self._collection.update_many(unread, {"$set": {"is_read": True}, "$inc": {"revision": 1}})

    async def mark_unsent(self, line_id: int) -> None:
        await self._collection.update_one({"_id": line_id}, {"$set": {"is_sent": False}, "$inc": {"revision": 1}})
