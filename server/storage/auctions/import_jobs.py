"""Imports in MongoDB, each with its sheet in one document, and what its pictures have become in others."""
from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from msgspec import convert, to_builtins
from pymongo import ASCENDING, DESCENDING

from server.domain.auctions.import_jobs import Job, JobState
from server.domain.auctions.lot_pictures import LotPicture
from server.domain.errors import NotFound
from server.storage.documents import Documents
from server.storage.mongo import store, to_document

WITHOUT_CONTENT = {"content": 0}
LINES_AT_ONCE = 400  # with as many pictures as lots may have, of names as long as they come, still one document


@store
class MongoImportJobs:
    """Implements JobStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._jobs = database.import_jobs
        self._pictures = database.import_pictures
        self._documents = Documents(self._jobs, Job, fields=WITHOUT_CONTENT)

    async def add_job(self, job: Job, content: bytes) -> None:
        await self._jobs.insert_one({**to_document(job), "content": content})

    async def find_job(self, job_id: str) -> Job | None:
        return await self._documents.find_one({"_id": job_id})

    async def list_jobs(self, limit: int) -> list[Job]:
        return await self._documents.find_all({}, [("made_at", DESCENDING)], limit=limit)

    async def get_content(self, job_id: str) -> bytes:
        document = await self._jobs.find_one({"_id": job_id}, {"content": 1})
        if document is None:
            raise NotFound("import")
        return document["content"]

    async def begin_job(
        self, job_id: str, state: JobState, before: Collection[JobState], now: datetime, lost_before: datetime
    ) -> bool:
        may_begin = {"$in": [one.value for one in before]}
        is_lost = {"state": state.value, "told_at": {"$lt": lost_before}}
        begun = await self._jobs.update_one(
            {"_id": job_id, "$or": [{"state": may_begin}, is_lost]}, {"$set": {"state": state.value, "told_at": now}}
        )
        return begun.modified_count == 1

    async def tell_job(self, job: Job) -> None:
        told = to_document(job)
        await self._jobs.update_one({"_id": told.pop("_id")}, {"$set": told})

    async def keep_pictures(self, job_id: str, pictures: Mapping[int, tuple[LotPicture, ...]]) -> None:
        rows = [{"line": line, "pictures": to_builtins(ones)} for line, ones in sorted(pictures.items())]
        for first in range(0, len(rows), LINES_AT_ONCE):
            document = {"job_id": job_id, "first": first, "rows": rows[first : first + LINES_AT_ONCE]}
            await self._pictures.replace_one({"_id": f"{job_id}:{first}"}, document, upsert=True)

    async def list_pictures(self, job_id: str) -> dict[int, tuple[LotPicture, ...]]:
        parts = self._pictures.find({"job_id": job_id}).sort([("job_id", ASCENDING), ("first", ASCENDING)])
        return {row["line"]: convert(row["pictures"], tuple[LotPicture, ...]) async for part in parts for row in part["rows"]}
