"""Members in MongoDB as the staff sees them: three collections read together."""
from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from msgspec.structs import replace

from server.domain.mall.ledger import Wallet
from server.domain.mall.member_desk import MemberRecord
from server.domain.operators.persons import Person
from server.domain.paging import ListQuery, Page, PageQuery
from server.storage.documents import Documents
from server.storage.mongo import store
from server.storage.table import EACH_AT_ONCE, Table

MOST_FOUND = 1000  # people whose name or number holds the words; more words find fewer


@store
class MongoMemberRecords(Table[MemberRecord]):
    """A NounStore that is read alone."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "mall_members", MemberRecord)
        self._people = Table(database, "users", Person)
        self._users = Documents(database.users, Person)
        self._wallets = Documents(database.mall_wallets, Wallet)

    async def find(self, id: Any) -> MemberRecord | None:
        found = await super().find(id)
        return None if found is None else (await self._joined([found]))[0]

    async def page(self, query: ListQuery, page: PageQuery) -> Page[MemberRecord]:
        found = await super().page(await self._meant(query), page)
        return Page(found.number, await self._joined(found.items), found.total)

    async def each(self, query: ListQuery) -> AsyncIterator[MemberRecord]:
        some: list[MemberRecord] = []
        async for one in super().each(await self._meant(query)):
            some.append(one)
            if len(some) == EACH_AT_ONCE:
                for joined in await self._joined(some):
                    yield joined
                some = []
        for joined in await self._joined(some):
            yield joined

    async def _meant(self, query: ListQuery) -> ListQuery:
        """Words are looked for in what the users are called."""
        if not query.text:
            return query
        people = ListQuery(text=query.text, searched=query.searched, order=("-id",))
        found = await self._people.page(people, PageQuery(size=MOST_FOUND))
        return replace(query, text="", filters={**query.filters, "id": [one.id for one in found.items]})

    def _condition(self, name: str, value: Any) -> dict[str, Any]:
        return {"_id": {"$in": value}} if name == "id" else super()._condition(name, value)

    async def _joined(self, found: Sequence[MemberRecord]) -> list[MemberRecord]:
        ids = [one.id for one in found]
        users, wallets = await self._users.find_by_ids(ids), await self._wallets.find_by_ids(ids)
        return [_joined(one, users.get(one.id), wallets.get(one.id, Wallet(id=one.id))) for one in found]


def _joined(record: MemberRecord, user: Person | None, wallet: Wallet) -> MemberRecord:
    about: dict[str, Any] = {} if user is None else {name: getattr(user, name) for name in ("nickname", "phone", "is_banned")}
    sums = wallet.sums
    purses = {"balance": sums.balance, "frozen": sums.frozen, "points": sums.points, "growth": sums.growth, "consumed": wallet.consumed}
    return replace(record, **about, **purses)
