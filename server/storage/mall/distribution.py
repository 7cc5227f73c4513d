"""Distributors, their commissions, teams and cities in MongoDB."""
from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from msgspec import Struct
from pymongo import ASCENDING, DESCENDING
from pymongo.errors import DuplicateKeyError

from server.domain.changes import Change
from server.domain.mall.distribution.commissions import Commission, CommissionQuery, CommissionState, Sales
from server.domain.mall.distribution.sellers import Partner, Seller
from server.domain.mall.distribution.team import Month, SellerCity, SellerTeam
from server.domain.mall.members import Member
from server.domain.mall.orders.order import OrderStatus
from server.domain.moments import SHANGHAI
from server.domain.paging import Page, PageQuery
from server.domain.transactions import Transaction
from server.storage.mongo import find_any, store, to_document, to_struct
from server.storage.table import EACH_AT_ONCE, Table
from server.storage.transactions import session_of

COMMISSIONS = "mall_commissions"


@store
class MongoSellers(Table[Seller]):
    """Implements SellerStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "mall_sellers", Seller)
        self._sellers = database.mall_sellers

    async def find_seller(self, user_id: int, within: Transaction | None = None) -> Seller | None:
        found = await self._sellers.find_one({"_id": user_id}, session=session_of(within))
        return None if found is None else to_struct(found, Seller)

    async def find_sellers(self, user_ids: Sequence[int]) -> dict[int, Seller]:
        return {found["_id"]: to_struct(found, Seller) async for found in find_any(self._sellers, "_id", user_ids)}

    async def put_seller(self, before: Seller | None, after: Seller, within: Transaction | None = None) -> bool:
        return await _put(self, before, after, within)

    async def each_seller(self) -> AsyncIterator[Seller]:
        async for document in self._sellers.find(batch_size=EACH_AT_ONCE).sort("_id", ASCENDING):
            yield to_struct(document, Seller)


@store
class MongoPartners(Table[Partner]):
    """Implements PartnerStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, "mall_team_partners", Partner)
        self._partners = database.mall_team_partners

    async def find_partner(self, user_id: int, within: Transaction | None = None) -> Partner | None:
        found = await self._partners.find_one({"_id": user_id}, session=session_of(within))
        return None if found is None else to_struct(found, Partner)

    async def put_partner(self, before: Partner | None, after: Partner, within: Transaction | None = None) -> bool:
        return await _put(self, before, after, within)

    async def list_led(self, leader_id: int) -> list[Partner]:
        cursor = self._partners.find({"leader_id": leader_id}).sort([("leader_id", DESCENDING), ("joined_at", DESCENDING)])
        return [to_struct(document, Partner) async for document in cursor]


async def _put(table: Table[Any], before: Struct | None, after: Struct, within: Transaction | None) -> bool:
    if before is not None:
        return await table.save(before, after, None, within)
    try:
        await table.add(after, None, within)
        return True
    except DuplicateKeyError:
        if within is not None:
            raise  # the transaction is run again, and finds it
        return False


@store
class MongoBrought:
    """Implements Brought: members by who brought them."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._members = database.mall_members

    async def find_member(self, user_id: int) -> Member | None:
        found = await self._members.find_one({"_id": user_id})
        return None if found is None else to_struct(found, Member)

    async def list_brought(self, referrer_ids: Collection[int]) -> list[Member]:
        found = [to_struct(document, Member) async for document in find_any(self._members, "referrer_id", referrer_ids)]
        return sorted(found, key=lambda member: member.joined_at, reverse=True)

    async def bind_referrer(self, user_id: int, referrer_id: int) -> bool:
        change = {"$set": {"referrer_id": referrer_id}}
        return (await self._members.update_one({"_id": user_id, "referrer_id": None}, change)).matched_count == 1


@store
class MongoCommissions(Table[Commission]):
    """Implements CommissionStore and SalesBooks."""

    def __init__(self, database: AsyncIOMotorDatabase):
        super().__init__(database, COMMISSIONS, Commission)
        self._commissions = database[COMMISSIONS]
        self._sellers = database.mall_sellers
        self._orders = database.mall_orders

    async def next_commission_ids(self, count: int) -> list[int]:
        return await self._sequences.next_numbers(COMMISSIONS, count)

    async def add_commissions(self, commissions: list[Commission], within: Transaction) -> None:
        await self._commissions.insert_many([to_document(one) for one in commissions], session=session_of(within))

    async def find_commission(self, commission_id: int, within: Transaction | None = None) -> Commission | None:
        found = await self._commissions.find_one({"_id": commission_id}, session=session_of(within))
        return None if found is None else to_struct(found, Commission)

    async def list_of_order(self, order_id: int, within: Transaction) -> list[Commission]:
        cursor = self._commissions.find({"order_id": order_id}, session=session_of(within))
        return [to_struct(document, Commission) async for document in cursor]

    async def list_owing(self, seller_id: int, within: Transaction) -> list[Commission]:
        found: dict[int, Commission] = {}
        for owed in ("owed", "owed_points"):
            cursor = self._commissions.find({"seller_id": seller_id, owed: {"$gt": 0}}, session=session_of(within))
            found |= {document["_id"]: to_struct(document, Commission) async for document in cursor}
        return [found[id] for id in sorted(found)]

    async def save_commission(
        self, before: Commission, after: Commission, within: Transaction | None = None, change: Change | None = None
    ) -> bool:
        return await self.save(before, after, change, within)

    async def list_due(self, now: datetime, most: int) -> list[Commission]:
        question = {"state": CommissionState.PENDING.value, "look_at": {"$lte": now}}
        cursor = self._commissions.find(question).sort([("state", ASCENDING), ("look_at", ASCENDING)]).limit(most)
        return [to_struct(document, Commission) async for document in cursor]

    async def page_commissions(self, query: CommissionQuery, page: PageQuery) -> Page[Commission]:
        asked = _question(query)
        cursor = self._commissions.find(asked).sort([("seller_id", DESCENDING), ("_id", DESCENDING)]).skip(page.offset).limit(page.size)
        found = [to_struct(document, Commission) async for document in cursor]
        return Page(page.number, found, await self._commissions.count_documents(asked))

    async def sum_sales(self, query: CommissionQuery) -> Sales:
        return (await self._sum(_question(query), None)).get(None, Sales())

    async def sum_by_buyer(self, seller_id: int, buyer_ids: Sequence[int]) -> dict[int, Sales]:
        asked = {"seller_id": seller_id, "state": {"$ne": CommissionState.VOID.value}}
        found: dict[int, Sales] = {}
        for buyer_id in buyer_ids:
            found |= await self._sum({**asked, "buyer_id": buyer_id}, "buyer_id")
        return found

    async def each_commission(self) -> AsyncIterator[Commission]:
        async for document in self._commissions.find(batch_size=EACH_AT_ONCE).sort("_id", ASCENDING):
            yield to_struct(document, Commission)

    async def _sum(self, asked: Mapping[str, Any], by: str | None) -> dict[Any, Sales]:
        sums: dict[Any, tuple[int, int, set[int]]] = {}
        async for one in self._commissions.find(asked, {"base": 1, "amount": 1, "order_id": 1, "buyer_id": 1}):
            base, amount, orders = sums.get(None if by is None else one[by], (0, 0, set()))
            sums[None if by is None else one[by]] = base + one["base"], amount + one["amount"], orders | {one["order_id"]}
        return {key: Sales(base, amount, len(orders)) for key, (base, amount, orders) in sums.items()}

    # ---- SalesBooks

    async def list_team_months(self, team_id: int, first_at: datetime) -> list[Month]:
        ids = [document["_id"] async for document in self._sellers.find({"team_id": team_id}, {"_id": 1})]
        asked: dict[str, Any] = {"level": 1, "at": {"$gte": first_at}, "state": {"$ne": CommissionState.VOID.value}}
        found = find_any(self._commissions, "seller_id", ids, {"base": 1, "at": 1}, **asked)
        return _months([(document["at"], document["base"]) async for document in found])

    async def list_city_months(self, province_id: str, city_id: str, first_at: datetime) -> list[Month]:
        asked: dict[str, Any] = {"contact.province_id": province_id, "paid_at": {"$gte": first_at}}
        asked |= {"contact.city_id": city_id} if city_id else {}
        asked["status"] = {"$gte": OrderStatus.PAID.value}
        found = self._orders.find(asked, {"real": 1, "refunded": 1, "paid_at": 1})
        return _months([(document["paid_at"], document["real"] - document["refunded"]) async for document in found])


def _months(sales: Sequence[tuple[datetime, int]]) -> list[Month]:
    sums: dict[str, int] = {}
    for at, amount in sales:
        month = at.astimezone(SHANGHAI).strftime("%Y%m")
        sums[month] = sums.get(month, 0) + amount
    return [Month(month, sums[month]) for month in sorted(sums, reverse=True)]


def _question(query: CommissionQuery) -> dict[str, Any]:
    states = [CommissionState.PENDING.value, CommissionState.SETTLED.value]
    if query.is_settled is not None:
        states = states[1:] if query.is_settled else states[:1]
    asked: dict[str, Any] = {"seller_id": query.seller_id, "state": {"$in": states}}
    asked |= {name: value for name, value in (("level", query.level), ("buyer_id", query.buyer_id)) if value is not None}
    bounds = {operator: moment for operator, moment in (("$gte", query.first_at), ("$lte", query.last_at)) if moment is not None}
    return {**asked, **({"at": bounds} if bounds else {})}


@store
class MongoTeams(Table[SellerTeam]):
    """Implements TeamStore, with the cities' partners beside it."""

    def __init__(self, database: AsyncIOMotorDatabase, cities: Table[SellerCity]):
        super().__init__(database, "mall_seller_teams", SellerTeam)
        self._cities = cities

    async def find_team(self, team_id: int) -> SellerTeam | None:
        return await self.find(team_id)

    async def list_cities(self, user_id: int) -> list[SellerCity]:
        return await self._cities.list_all("id", user_id=user_id)


@dataclass(frozen=True)
class DistributionStores:
    """Of one database."""

    sellers: MongoSellers
    partners: MongoPartners
    brought: MongoBrought
    commissions: MongoCommissions
    teams: MongoTeams
    cities: Table[SellerCity]

    @classmethod
    def of(cls, database: AsyncIOMotorDatabase) -> DistributionStores:
        cities = Table(database, "mall_seller_cities", SellerCity)
        return cls(
            sellers=MongoSellers(database),
            partners=MongoPartners(database),
            brought=MongoBrought(database),
            commissions=MongoCommissions(database),
            teams=MongoTeams(database, cities),
            cities=cities,
        )
