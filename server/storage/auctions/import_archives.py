"""Archives of imports in MongoDB: each piece a document, so that every process can read them and none has to hold them."""
from __future__ import annotations

from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.domain.errors import NotFound
from server.storage.mongo import IN_AT_ONCE, store


@store
class MongoImportArchives:
    """Implements ArchiveStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._pieces = database.import_pieces

    async def keep_piece(self, job_id: str, number: int, content: bytes, now: datetime) -> None:
        piece = {"job_id": job_id, "at": now, "content": content}
        await self._pieces.replace_one({"_id": _key(job_id, number)}, piece, upsert=True)

    async def get_piece(self, job_id: str, number: int) -> bytes:
        piece = await self._pieces.find_one({"_id": _key(job_id, number)}, {"content": 1})
        if piece is None:
            raise NotFound("import")
        return piece["content"]

    async def count_pieces(self, job_id: str) -> int:
        return await self._pieces.count_documents({"job_id": job_id})

    async def remove_pieces(self, job_id: str) -> None:
        await self._remove({"job_id": job_id})

    async def remove_pieces_before(self, moment: datetime) -> None:
        await self._remove({"at": {"$lt": moment}})

    async def _remove(self, question: dict[str, Any]) -> None:
        """A few at once: half a gigabyte is not gone within the time that one question has."""
        while found := [piece["_id"] async for piece in self._pieces.find(question, {"_id": 1}).limit(IN_AT_ONCE)]:
            await self._pieces.delete_many({"_id": {"$in": found}})


def _key(job_id: str, number: int) -> str:
    return f"{job_id}:{number}"
