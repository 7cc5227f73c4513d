"""Idempotency keys in MongoDB."""
from __future__ import annotations

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo.errors import BulkWriteError

from server.domain.auctions.keys import KeyClaim
from server.storage.mongo import DUPLICATE_KEY, find_any, store, to_document, to_struct


@store
class MongoKeys:
    """Implements KeyStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        # Journalled like the bid: a commit can outlive a crash of the database that its claim came before.
        self._keys = database.bid_keys

    async def claim_keys(self, claims: list[KeyClaim]) -> list[KeyClaim | None]:
        documents = [{"_id": _key_id(claim), **to_document(claim)} for claim in claims]
        try:
            await self._keys.insert_many(documents, ordered=False)
            return [None] * len(claims)
        except BulkWriteError as error:
            failures = error.details["writeErrors"]
            if any(failed["code"] != DUPLICATE_KEY for failed in failures):
                raise
        taken = {failed["index"] for failed in failures}
        wanted = [_key_id(claims[index]) for index in taken]
        found = {document["_id"]: document async for document in find_any(self._keys, "_id", wanted)}
        earlier = {key: to_struct(document, KeyClaim) for key, document in found.items()}
        return [earlier.get(_key_id(claim)) if index in taken else None for index, claim in enumerate(claims)]


def _key_id(claim: KeyClaim) -> str:
    return f"{claim.user_id}:{claim.key}"
