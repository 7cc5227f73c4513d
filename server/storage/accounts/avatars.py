"""Uploaded avatars in MongoDB (GridFS), where every process on every machine finds them."""
from __future__ import annotations

from typing import Any

from gridfs.errors import FileExists, NoFile
from motor.motor_asyncio import AsyncIOMotorDatabase, AsyncIOMotorGridFSBucket
from pymongo.errors import DuplicateKeyError

from server.domain.accounts.avatars import AVATAR_TYPE, Avatar
from server.domain.errors import NotFound
from server.storage.mongo import store


@store
class MongoAvatars:
    """Implements AvatarStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._files = database["avatars.files"]
        self._bucket = AsyncIOMotorGridFSBucket(database, bucket_name="avatars")

    async def add_avatar(self, avatar: Avatar) -> None:
        if await self._files.find_one({"_id": avatar.id}, {"_id": 1}) is not None:
            return
        about = {"user_id": avatar.user_id, "content_type": AVATAR_TYPE}
        try:
            await self._bucket.upload_from_stream_with_id(avatar.id, avatar.id, avatar.content, metadata=about)
        except (DuplicateKeyError, FileExists):
            return  # the same upload at the same moment

    async def get_content(self, avatar_id: str) -> bytes:
        try:
            stream = await self._bucket.open_download_stream(avatar_id)
            return await stream.read()
        except NoFile:
            raise NotFound("avatar") from None

    async def remove_avatar(self, user_id: int, avatar_id: str) -> None:
        await self._remove({"metadata.user_id": user_id, "_id": avatar_id})

    async def remove_all(self, user_id: int) -> None:
        await self._remove({"metadata.user_id": user_id})

    async def _remove(self, question: dict[str, Any]) -> None:
        for found in await self._files.find(question, {"_id": 1}).to_list(None):
            try:
                await self._bucket.delete(found["_id"])
            except NoFile:
                continue  # another process was first
