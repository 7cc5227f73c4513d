"""Messages by WeChat, in MongoDB."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING

from server.domain.mall.messaging.messages import MessageState, WechatMessage
from server.storage.accounts.wechat_access import MongoWechatAccess
from server.storage.mongo import store
from server.storage.table import Table


@store
class MongoMessages(Table[WechatMessage]):
    """Implements MessageStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "mall_messages", WechatMessage)
        self._messages = database.mall_messages

    async def move(self, message: WechatMessage, state: MessageState, reason: str = "", sent_at: datetime | None = None) -> bool:
        asked = {"_id": message.id, "state": message.state.value}
        change = {"$set": {"state": state.value, "reason": reason, "sent_at": sent_at}, "$inc": {"revision": 1}}
        return (await self._messages.update_one(asked, change)).matched_count == 1

    async def list_waiting(self, after_id: int, most: int) -> list[WechatMessage]:
        asked = {"state": MessageState.WAITING.value, "_id": {"$gt": after_id}}
        return await self._documents.find_all(asked, [("_id", ASCENDING)], limit=most)

    async def move_older(self, state: MessageState, before: datetime, to: MessageState) -> None:
        began = "sent_at" if state is MessageState.SENDING else "asked_at"
        change = {"$set": {"state": to.value}, "$inc": {"revision": 1}}
        await self._messages.update_many({"state": state.value, began: {"$lt": before}}, change)


@dataclass(frozen=True)
class MessagingStores:
    """All of it of one database."""

    messages: MongoMessages
    access: MongoWechatAccess

    @classmethod
    def of(cls, database: AsyncIOMotorDatabase) -> MessagingStores:
        return cls(messages=MongoMessages(database), access=MongoWechatAccess(database))
