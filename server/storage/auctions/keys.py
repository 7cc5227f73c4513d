"""Idempotency keys in MongoDB: a collection for each month, dropped as a whole.

A TTL index would cost every claim twice as much as the claim itself, on the way of every bid.
"""
from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from datetime import datetime, timedelta

from motor.motor_asyncio import AsyncIOMotorCollection, AsyncIOMotorDatabase
from pymongo.errors import BulkWriteError, PyMongoError

from server.domain.auctions.keys import KeyClaim
from server.storage.documents import Documents
from server.storage.mongo import indexes_of_duplicates, store, to_document

PREFIX = "bid_keys_"
REPEATED_WITHIN = timedelta(days=1)  # across the end of a month; within one, always
CLOCKS_DIFFER = timedelta(minutes=1)  # at most, between the machines of one installation


@store
class MongoKeys:
    """Implements KeyStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        # Journalled like the bid: a commit can outlive a crash of the database that its claim came before.
        self._database = database
        self._month = ""  # the newest used
        self._dropping: asyncio.Task[None] | None = None

    async def claim_keys(self, claims: list[KeyClaim]) -> list[KeyClaim | None]:
        months: defaultdict[str, list[int]] = defaultdict(list)
        for index, claim in enumerate(claims):
            months[_month(claim.claimed_at)].append(index)
        earlier: list[KeyClaim | None] = [None] * len(claims)
        for month, indexes in months.items():
            found = await self._claim_in(self._database[month], [claims[index] for index in indexes])
            for index, one in zip(indexes, found):
                earlier[index] = one
            await self._begin(month)
        # After the claim: of two processes on both sides of midnight one at least sees the other's.
        across = await self._find_across_midnight(claims)
        return [one or across.get(_key_id(claim)) for one, claim in zip(earlier, claims)]

    async def find_claims(self, keys: list[tuple[int, str]]) -> dict[tuple[int, str], KeyClaim]:
        """Who claimed these keys of these users first, for those whose claims are still kept."""
        ids = [f"{user_id}:{key}" for user_id, key in keys]
        found: dict[str, KeyClaim] = {}
        for month in await self._list_months():
            found = await _find(self._database[month], ids) | found
        return {(claim.user_id, claim.key): claim for claim in found.values()}

    async def _claim_in(self, collection: AsyncIOMotorCollection, claims: list[KeyClaim]) -> list[KeyClaim | None]:
        try:
            await collection.insert_many([{"_id": _key_id(claim), **to_document(claim)} for claim in claims], ordered=False)
            return [None] * len(claims)
        except BulkWriteError as error:
            taken = set(indexes_of_duplicates(error))
        found = await _find(collection, [_key_id(claims[index]) for index in taken])
        return [found.get(_key_id(claim)) if index in taken else None for index, claim in enumerate(claims)]

    async def _begin(self, month: str) -> None:
        """Once a month and process: lets go of what is older than the month before."""
        if month <= self._month:
            return
        self._month = month
        older = [one for one in await self._list_months() if one < month]
        if len(older) > 1:
            self._dropping = asyncio.get_running_loop().create_task(self._drop(older[:-1]))

    async def _find_across_midnight(self, claims: list[KeyClaim]) -> dict[str, KeyClaim]:
        first, last = min(claim.claimed_at for claim in claims), max(claim.claimed_at for claim in claims)
        near = {_month(first - REPEATED_WITHIN), _month(last + CLOCKS_DIFFER)}
        found: dict[str, KeyClaim] = {}
        for month in near | {_month(first), _month(last)} if len(near) > 1 else ():
            elsewhere = [_key_id(claim) for claim in claims if _month(claim.claimed_at) != month]
            found |= await _find(self._database[month], elsewhere)
        return found

    async def _drop(self, months: list[str]) -> None:
        """What fails is left to the next process that gets here."""
        with contextlib.suppress(PyMongoError):
            for month in months:
                await self._database.drop_collection(month)

    async def _list_months(self) -> list[str]:
        return sorted(await self._database.list_collection_names(filter={"name": {"$regex": f"^{PREFIX}"}}))


async def _find(collection: AsyncIOMotorCollection, ids: list[str]) -> dict[str, KeyClaim]:
    return await Documents(collection, KeyClaim).find_by_ids(ids)


def _month(at: datetime) -> str:
    return f"{PREFIX}{at.year}_{at.month:02}"


def _key_id(claim: KeyClaim) -> str:
    return f"{claim.user_id}:{claim.key}"
