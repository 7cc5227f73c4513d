"""Banners and the WeChat contact in MongoDB."""
from __future__ import annotations

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING

from server.domain.auctions.storefront import Banner, WechatContact
from server.storage.documents import Documents
from server.storage.mongo import store, to_document


@store
class MongoStorefront:
    """Implements StorefrontStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._banners = database.banners
        self._settings = database.settings

    async def list_banners(self) -> list[Banner]:
        return await Documents(self._banners, Banner).find_all({}, [("sort", ASCENDING)])

    async def replace_banners(self, banners: list[Banner]) -> None:
        await self._banners.delete_many({})
        if banners:
            await self._banners.insert_many([to_document(banner) for banner in banners])

    async def get_wechat_contact(self) -> WechatContact:
        return await Documents(self._settings, WechatContact).find_one({"_id": "wechat_contact"}) or WechatContact()

    async def set_wechat_contact(self, contact: WechatContact) -> None:
        await self._settings.replace_one({"_id": "wechat_contact"}, to_document(contact), upsert=True)
