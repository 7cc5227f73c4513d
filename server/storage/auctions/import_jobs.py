"""Imports in MongoDB, each with its sheet in one document."""
from __future__ import annotations

from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import DESCENDING

from server.domain.auctions.import_jobs import Job, JobState
from server.domain.errors import NotFound
from server.storage.documents import Documents
from server.storage.mongo import store, to_document

WITHOUT_CONTENT = {"content": 0}


@store
class MongoImportJobs:
    """Implements JobStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._jobs = database.import_jobs
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

    async def begin_job(self, job_id: str, now: datetime, lost_before: datetime) -> bool:
        may_begin = {"$in": [JobState.READY.value, JobState.FAILED.value]}
        is_lost = {"state": JobState.RUNNING.value, "told_at": {"$lt": lost_before}}
        begun = await self._jobs.update_one(
            {"_id": job_id, "$or": [{"state": may_begin}, is_lost]}, {"$set": {"state": JobState.RUNNING.value, "told_at": now}}
        )
        return begun.modified_count == 1

    async def tell_job(self, job: Job) -> None:
        told = to_document(job)
        await self._jobs.update_one({"_id": told.pop("_id")}, {"$set": told})
