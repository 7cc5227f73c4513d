"""WeChat's access token in MongoDB, which is there without Redis too."""
from __future__ import annotations

from datetime import datetime, timezone

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo.errors import DuplicateKeyError

from server.domain.accounts.wechat_access import WechatAccess
from server.storage.documents import Documents
from server.storage.mongo import store

NO_TURN = datetime.fromtimestamp(0, timezone.utc)


@store
class MongoWechatAccess:
    """Implements WechatAccessStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._access = database.wechat_access
        self._documents = Documents(self._access, WechatAccess)

    async def find_access(self, app_id: str) -> WechatAccess | None:
        return await self._documents.find_one({"_id": app_id, "token": {"$gt": ""}})

    async def take_turn(self, app_id: str, spent: str, now: datetime, until: datetime) -> bool:
        if not spent:
            try:
                await self._access.insert_one({"_id": app_id, "token": "", "turn_until": NO_TURN})
            except DuplicateKeyError:
                pass  # not the first to come
        question = {"_id": app_id, "token": spent, "turn_until": {"$lte": now}}
        return (await self._access.update_one(question, {"$set": {"turn_until": until}})).matched_count == 1

    async def keep_access(self, access: WechatAccess) -> None:
        change = {"token": access.token, "expires_at": access.expires_at, "turn_until": NO_TURN}
        await self._access.update_one({"_id": access.id}, {"$set": change}, upsert=True)

    async def give_up_turn(self, app_id: str) -> None:
        await self._access.update_one({"_id": app_id}, {"$set": {"turn_until": NO_TURN}})
