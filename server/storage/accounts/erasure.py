"""What deleting a user changes in MongoDB."""
from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from msgspec.structs import replace
from pymongo import ASCENDING

from server.domain.accounts.users import User, erased_identity
from server.domain.clock import Stamp
from server.domain.errors import NotFound
from server.storage.auctions.goods import to_lot, to_texts
from server.storage.auctions.record import bid_id
from server.storage.documents import Documents
from server.storage.forgetting import Forgetting
from server.storage.mongo import IN_AT_ONCE, find_any, store

KEPT_FIELDS = ("_id", "token_generation", "tokens_ended_at", "created_at", "merged", "merged_into")
TAKEN = "username:"  # the identity that keeps a username from being given out again
TRIED = (TAKEN, "mobile:", "email:")  # identities that passwords are tried with
REFUSALS_AT_ONCE = 2000


@store
class MongoErasures:
    """Implements ErasureStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._users = database.users
        self._documents = Documents(self._users, User)
        self._lots = database.lots
        self._bids = database.bids
        self._participations = database.participations
        self._refusals = database.refusals
        self._attempts = database.login_attempts
        self._forgetting = Forgetting(database)
        self._settlements = database.settlements
        self._offers = database.second_offers
        self._reaches = database.reaches
        self._reminders = database.reminders
        self._watchlists = database.watchlists

    async def empty_user(self, user_id: int, name: str, now: datetime) -> None:
        # For those who look for ended sessions; what they find is decided by the write below.
        await self._users.update_one({"_id": user_id, "deleted_at": None}, {"$currentDate": {"tokens_ended_at": True}})
        while True:
            before = await self._users.find_one({"_id": user_id, "deleted_at": None})
            if before is None:
                raise NotFound("user")
            kept = {field: before[field] for field in KEPT_FIELDS if before.get(field) is not None}
            taken = [one for one in before["identities"] if one.startswith(TAKEN)]
            banned = [erased_identity(one) for one in before["identities"] if one not in taken] if before.get("is_banned") else []
            # Replaced as a whole: a field that somebody adds to users one day is deleted with them.
            after = {
                **kept,
                "nickname": name,
                "identities": [f"deleted:{user_id}", *taken, *banned],
                "token_generation": before["token_generation"] + 1,
                "deleted_at": now,
                "is_erasing": True,
            }
            if before.get("is_banned"):
                after["is_banned"] = True
            seen = {field: before.get(field) for field in ("token_generation", "revision")}
            guards = {"_id": user_id, "deleted_at": None, **seen}
            if (await self._users.replace_one(guards, after)).matched_count == 1:
                return await self._forget_places([one for one in before["identities"] if one.startswith(TRIED)])

    async def _forget_places(self, identities: list[str]) -> None:
        """From where they signed in."""
        for identity in identities:
            await self._attempts.delete_many({"_id": {"$regex": f"^(known|account):{re.escape(identity)}"}})

    async def list_merged(self, user_id: int) -> list[int]:
        numbers = (await self._users.find_one({"_id": user_id}, {"merged": 1}) or {}).get("merged", [])
        return [one["_id"] async for one in find_any(self._users, "_id", numbers, {"_id": 1}, deleted_at=None)]

    async def list_unfinished(self) -> list[User]:
        return await self._documents.find_all({"is_erasing": True}, limit=IN_AT_ONCE)

    async def withhold_name(self, user_id: int, name: str, stamp: Stamp) -> None:
        async for goods_id in self._list_goods(user_id):
            await self._withhold_in_lot(goods_id, user_id, name, stamp)
            record = {"_id": {"$gt": bid_id(goods_id, 0), "$lt": bid_id(goods_id + 1, 0)}, "user_id": user_id}
            await self._bids.update_many(record, {"$set": {"nickname": name}})
        await self._withhold_in_refusals(user_id, name)
        # A new revision: what was decided on the name is decided again.
        named = {"user_id": user_id, "nickname": {"$ne": name}}
        for told in (self._settlements, self._offers):
            await told.update_many(named, {"$set": {"nickname": name}, "$inc": {"revision": 1}})

    async def forget_shopping(self, user_id: int) -> None:
        await self._forgetting.forget(user_id)

    async def forget_sent(self) -> None:
        await self._forgetting.forget_sent()

    async def forget_reminders(self, user_id: int) -> None:
        await self._reaches.delete_one({"_id": user_id})
        await self._reminders.delete_many({"user_id": user_id})

    async def forget_watchlist(self, user_id: int) -> None:
        await self._watchlists.delete_one({"_id": user_id})

    async def note_finished(self, user_id: int) -> None:
        await self._users.update_one({"_id": user_id}, {"$unset": {"is_erasing": ""}})

    async def _list_goods(self, user_id: int) -> AsyncIterator[int]:
        cursor = self._participations.find({"user_id": user_id}, {"goods_id": 1})
        async for document in cursor:
            yield document["goods_id"]

    async def _withhold_in_lot(self, goods_id: int, user_id: int, name: str, stamp: Stamp) -> None:
        # A new revision: a commit that was decided on the old state misses, and floors see the new name.
        news = {"$inc": {"revision": 1}}
        changed = {"changed_at": stamp.at, "changed_era": stamp.era}
        leads = {"_id": goods_id, "leader_id": user_id, "leader_nickname": {"$ne": name}}
        await self._lots.update_one(leads, {**news, "$set": {"leader_nickname": name, **changed}})
        while (document := await self._lots.find_one({"_id": goods_id})) is not None:
            lot = to_lot(document)
            outbox = [replace(bid, nickname=name) if bid.user_id == user_id else bid for bid in lot.outbox]
            change = {**news, "$set": {"outbox": to_texts(outbox), **changed}}
            guards = {"_id": goods_id, "revision": lot.revision}
            if outbox == [*lot.outbox] or (await self._lots.update_one(guards, change)).matched_count == 1:
                return

    async def _withhold_in_refusals(self, user_id: int, name: str) -> None:
        """In portions: the collection may be large, and has no index on users."""
        after: dict[str, object] = {}
        while True:
            cursor = self._refusals.find(after, {"user_id": 1}).sort("_id", ASCENDING).limit(REFUSALS_AT_ONCE)
            portion = await cursor.to_list(None)
            own = [document["_id"] for document in portion if document["user_id"] == user_id]
            for start in range(0, len(own), IN_AT_ONCE):
                ids = own[start : start + IN_AT_ONCE]
                await self._refusals.update_many({"_id": {"$in": ids}}, {"$set": {"nickname": name}})
            if len(portion) < REFUSALS_AT_ONCE:
                return
            after = {"_id": {"$gt": portion[-1]["_id"]}}
