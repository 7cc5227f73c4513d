"""What carriers told of parcels, in MongoDB."""
from __future__ import annotations

from collections.abc import Collection

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo.errors import DuplicateKeyError

from server.domain.mall.orders.tracking import Track
from server.storage.mongo import find_any, store, to_document, to_struct


@store
class MongoTracks:
    """Implements TrackStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._tracks = database.mall_parcel_tracks

    async def find_tracks(self, ids: Collection[str]) -> dict[str, Track]:
        return {found["_id"]: to_struct(found, Track) async for found in find_any(self._tracks, "_id", ids)}

    async def claim_track(self, before: Track | None, after: Track) -> bool:
        if before is None:
            try:
                await self._tracks.insert_one(to_document(after))
            except DuplicateKeyError:  # of two at once, one asks
                return False
            return True
        question = {"_id": before.id, "asked_at": before.asked_at}
        return (await self._tracks.update_one(question, {"$set": {"asked_at": after.asked_at}})).matched_count == 1

    async def keep_track(self, track: Track) -> None:
        await self._tracks.replace_one({"_id": track.id}, to_document(track), upsert=True)
