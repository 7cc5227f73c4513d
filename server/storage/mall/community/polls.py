"""Polls and ballots in MongoDB."""
from __future__ import annotations

from collections.abc import Sequence

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import DESCENDING

from server.domain.mall.community.polls import Ballot, Poll
from server.domain.paging import Page, PageQuery
from server.domain.transactions import Transaction
from server.storage.mall.community.counted import CountedTable
from server.storage.mongo import store, to_struct
from server.storage.transactions import session_of


@store
class MongoPolls(CountedTable[Poll]):
    """Implements PollStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "mall_polls", Poll, counts=("voters", "counts"))

    async def count_vote(self, before: Poll, option_ids: Sequence[int], within: Transaction) -> bool:
        guard = {"_id": before.id, "voters": before.voters, "revision": before.revision}
        more = {"voters": 1, **{f"counts.{id}": 1 for id in option_ids}}
        return (await self._collection.update_one(guard, {"$inc": more}, session=session_of(within))).matched_count == 1


@store
class MongoBallots(CountedTable[Ballot]):
    """Implements BallotStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "mall_ballots", Ballot)

    async def find_ballot(self, poll_id: int, user_id: int, within: Transaction | None = None) -> Ballot | None:
        found = await self._collection.find_one({"poll_id": poll_id, "user_id": user_id}, session=session_of(within))
        return None if found is None else to_struct(found, Ballot)

    async def page_ballots(self, poll_id: int, page: PageQuery) -> Page[Ballot]:
        return await self._page({"poll_id": poll_id}, [("poll_id", DESCENDING), ("_id", DESCENDING)], page)

    async def list_choices(self, poll_id: int) -> list[list[int]]:
        return [one["option_ids"] async for one in self._collection.find({"poll_id": poll_id}, {"option_ids": 1})]
