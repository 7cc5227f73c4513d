"""The sale's pulse in MongoDB: one document."""
from __future__ import annotations

from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo.errors import DuplicateKeyError

from server.domain.auctions.outages import Outage, Pulse
from server.storage.documents import Documents
from server.storage.mongo import store, to_document

PULSE = {"_id": "pulse"}


@store
class MongoPulses:
    """Implements PulseStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._settings = database.settings
        self._documents = Documents(self._settings, Pulse)

    async def read_pulse(self) -> Pulse | None:
        return await self._documents.find_one(PULSE)

    async def beat(self, at: datetime) -> None:
        result = await self._settings.update_one(PULSE, {"$max": {"alive_at": at}})
        if result.matched_count == 0:
            try:
                await self._settings.insert_one({**PULSE, "alive_at": at, "outages": []})
            except DuplicateKeyError:
                pass  # another process was first, just now

    async def set_back(self, before: Pulse, at: datetime) -> None:
        await self._settings.update_one({**PULSE, "alive_at": before.alive_at}, {"$set": {"alive_at": at}, "$inc": {"era": 1}})

    async def forget(self) -> None:
        await self._settings.delete_one(PULSE)

    async def begin_outage(self, before: Pulse, outage: Outage) -> bool:
        change = {"$set": {"alive_at": outage.ended_at}, "$push": {"outages": to_document(outage)}}
        result = await self._settings.update_one({**PULSE, "alive_at": before.alive_at}, change)
        return result.modified_count == 1

    async def finish_outage(self, outage: Outage) -> None:
        await self._settings.update_one(PULSE, {"$pull": {"outages": to_document(outage)}})
