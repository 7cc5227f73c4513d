"""Who put up which picture, in MongoDB."""
from __future__ import annotations

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import DESCENDING

from server.domain.mall.uploads import Upload
from server.storage.mongo import store, to_document, to_struct


@store
class MongoUploads:
    """Implements UploadStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._uploads = database.mall_uploads

    async def add_upload(self, upload: Upload) -> None:
        await self._uploads.insert_one(to_document(upload))

    async def list_uploads(self, user_id: int, most: int) -> list[Upload]:
        cursor = self._uploads.find({"user_id": user_id}).sort([("uploaded_at", DESCENDING), ("_id", DESCENDING)]).limit(most)
        return [to_struct(document, Upload) async for document in cursor]
