"""What belongs to a user, as far as two log-ins of one person are merged: what stands in the way of it, and what goes along.

Whoever adds a collection that keeps what is worth something to a user, or is owed by them, adds it here.
"""
from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from motor.motor_asyncio import AsyncIOMotorClientSession, AsyncIOMotorDatabase

from server.domain.aftersale.second_offers import OfferState
from server.domain.aftersale.settlements import SettlementState
from server.domain.mall.adjustments import AdjustmentState
from server.domain.mall.campaigns.bargains import RunState
from server.domain.mall.campaigns.groups import GroupState
from server.domain.mall.claims.claims import ClaimState
from server.domain.mall.community.activities import BookingState
from server.domain.mall.distribution.commissions import CommissionState
from server.domain.mall.distribution.sellers import SellerState
from server.domain.mall.ledger import Sums
from server.domain.mall.orders.order import OrderStatus
from server.domain.mall.payments.payment import PaymentStatus, PurposeState, RepaymentState
from server.domain.mall.promotions.cards import CardState
from server.domain.mall.promotions.coupons import CouponState
from server.domain.mall.sidelines.bombs import BombState
from server.domain.mall.wallet.deposits import DepositState
from server.domain.mall.wallet.invoices import InvoiceState
from server.domain.mall.wallet.withdrawals import WithdrawalState
from server.domain.operators.merging import Hindrance, Hindrances
from server.domain.transactions import Transaction
from server.storage.auctions.goods import to_lot
from server.storage.auctions.groups import OPENED
from server.storage.mongo import find_any, store
from server.storage.table import PRESENT
from server.storage.transactions import session_of

MOST_NAMED = 20  # of one hindrance; who settles these sees the next ones

# Rows that become another's as they are. One that both have, by what tells a user's rows apart, is the other's alone.
FAVOURITES = "mall_favourites"  # each is counted with its goods
HANDED_OVER: dict[str, str | None] = {
    "addresses": None,
    FAVOURITES: "goods_id",
    "mall_article_favourites": "article_id",
    "mall_restock_wishes": "goods_id",
}
# The same for rows whose ids are made of the user's number and what tells them apart.
KEYED = {"mall_cart_rows": "key", "mall_friends": "friend_id"}


UNITED = ("watchlists", "mall_address_books")  # one document a user
LOOKED_AT = ("participations", "mall_wallets", "mall_bargain_runs")  # beside what list_standings names
# What stays with the number that it was made by: history, what others look at, and what is nobody's but that log-in's.
STAYING = frozenset(
    (
        *("approved_bidders", "maxima", "reaches", "refusals", "reminders", "sale_news", "mall_article_votes", "mall_articles"),
        *("mall_ballots", "mall_bargain_helps", "mall_bills", "mall_card_entries", "mall_comments", "mall_entries", "mall_identities"),
        *("mall_json_rows", "mall_letters", "mall_level_gifts", "mall_level_purchases", "mall_members", "mall_messages"),
        *("mall_refunds", "mall_reviews", "mall_shares", "mall_signs", "mall_support_lines", "mall_support_talks", "mall_teams"),
        *("mall_tickets", "mall_uploads", "mall_virtual_purchases"),
    )
)


class Standing(NamedTuple):
    """Where a hindrance is looked for: by the fields that name the user, and what is asked beside."""

    hindrance: Hindrance
    place: str
    fields: tuple[str, ...]
    asked: dict[str, Any] = PRESENT


def _in(*states: Any) -> dict[str, Any]:
    return {"$in": [state.value for state in states]}


def list_standings(now: datetime) -> list[Standing]:
    """All but the wallet, bargains and the auctions' lots, which are no matter of one collection."""
    whose, of_id = ("user_id",), ("_id",)
    due = _in(SettlementState.DUE, SettlementState.PAID)
    sent_out = _in(WithdrawalState.ASKED, WithdrawalState.AWAITS_USER, WithdrawalState.SENDING)
    unpaid = {"$or": [{"status": PaymentStatus.ASKED.value}, {"purpose_state": PurposeState.WAITING.value}]}
    unsettled = {"$or": [{"state": CommissionState.PENDING.value}, {"owed": {"$gt": 0}}, {"owed_points": {"$gt": 0}}]}
    loaded = {"state": CardState.GOOD.value, "balance": {"$gt": 0}, "$or": [{"ends_at": None}, {"ends_at": {"$gt": now}}]}
    grouping = _in(GroupState.UNPAID, GroupState.RUNNING, GroupState.ENDING)
    return [
        Standing(Hindrance.SETTLEMENTS, "settlements", whose, {"state": due}),
        Standing(Hindrance.SECOND_OFFERS, "second_offers", whose, {"state": OfferState.OPEN.value}),
        Standing(Hindrance.PAYMENTS, "mall_payments", whose, unpaid),
        Standing(Hindrance.REPAYMENTS, "mall_repayments", whose, {"state": RepaymentState.WAITING.value}),
        Standing(Hindrance.ADJUSTMENTS, "mall_adjustments", whose, {"state": AdjustmentState.AWAITING.value}),
        Standing(Hindrance.WITHDRAWALS, "mall_withdrawals", whose, {"state": sent_out}),
        Standing(Hindrance.DEPOSITS, "mall_deposits", whose, {"state": _in(DepositState.HELD, DepositState.BACK_ASKED)}),
        Standing(Hindrance.INVOICES, "mall_invoices", whose, {"state": _in(InvoiceState.WAITING, InvoiceState.HANDLED)}),
        Standing(Hindrance.ORDERS, "mall_orders", whose, {"status": _in(OrderStatus.UNPAID, OrderStatus.PAID, OrderStatus.SHIPPED)}),
        Standing(Hindrance.CLAIMS, "mall_claims", whose, {"state": _in(ClaimState.WAITING, ClaimState.UNDER_WAY)}),
        Standing(Hindrance.EARNINGS, "mall_order_earnings", whose, {"owes": True}),
        Standing(Hindrance.COUPONS, "mall_coupons", whose, {"state": CouponState.GOOD.value, "ends_at": {"$gt": now}}),
        Standing(Hindrance.CARDS, "mall_cards", whose, loaded),
        Standing(Hindrance.LEVEL, "mall_memberships", of_id, {"ends_at": {"$gt": now}}),
        Standing(Hindrance.BUYER_GROUPS, "mall_buyer_groups", ("seats.user_id",), {"state": grouping}),
        Standing(Hindrance.BOOKINGS, "mall_bookings", whose, {"state": _in(BookingState.UNPAID, BookingState.BOOKED)}),
        Standing(Hindrance.PRIZES, "mall_raffle_draws", whose, {"is_won": True, "is_handed_over": False, "points": 0}),
        Standing(Hindrance.GAMES, "mall_bomb_games", whose, {"state": BombState.RUNNING.value, "ends_at": {"$gt": now}}),
        Standing(Hindrance.DISTRIBUTION, "mall_sellers", of_id, {"state": _in(SellerState.APPLIED, SellerState.APPROVED)}),
        Standing(Hindrance.DISTRIBUTION, "mall_team_partners", of_id),
        Standing(Hindrance.DISTRIBUTION, "mall_seller_teams", ("leader_id", "deputy_id")),
        Standing(Hindrance.DISTRIBUTION, "mall_seller_cities", whose),
        Standing(Hindrance.COMMISSIONS, "mall_commissions", ("seller_id",), unsettled),
        Standing(Hindrance.SUPPORT, "mall_support_agents", of_id),
    ]


@store
class MongoBelongings:
    """Implements Belongings."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._database = database

    # ---- what stands in the way

    async def find_hindrances(self, user_id: int, now: datetime, within: Transaction) -> Hindrances:
        session = session_of(within)
        found: Hindrances = {
            Hindrance.BIDS: await self._list_lots(user_id, session),
            Hindrance.WALLET: await self._list_purses(user_id, session),
            Hindrance.BARGAINS: await self._list_bargains(user_id, now, session),
        }
        for hindrance, place, fields, asked in list_standings(now):
            question = {"$and": [{"$or": [{field: user_id} for field in fields]}, asked]}
            some = self._database[place].find(question, {"_id": 1}, session=session).limit(MOST_NAMED)
            found.setdefault(hindrance, []).extend([str(one["_id"]) async for one in some])
        # In the order in which they are told.
        return {hindrance: found[hindrance][:MOST_NAMED] for hindrance in Hindrance if found.get(hindrance)}

    async def _list_purses(self, user_id: int, session: AsyncIOMotorClientSession | None) -> list[str]:
        wallet = await self._database.mall_wallets.find_one({"_id": user_id}, {"sums": 1}, session=session) or {}
        sums = wallet.get("sums", {})
        return [f"{purse} {sums[purse]}" for purse in Sums.__struct_fields__ if sums.get(purse)]

    async def _list_bargains(self, user_id: int, now: datetime, session: AsyncIOMotorClientSession | None) -> list[str]:
        """Those that can still be bought, or are being."""
        asked = {"user_id": user_id, "state": _in(RunState.OPEN, RunState.ORDERED)}
        runs = await self._database.mall_bargain_runs.find(asked, session=session).to_list(None)
        open_ones = find_any(
            self._database.mall_bargains,
            "_id",
            [one["bargain_id"] for one in runs],
            {"_id": 1},
            session=session,
            ends_at={"$gt": now},
            **PRESENT,
        )
        goes_on = {one["_id"] async for one in open_ones}
        return [str(one["_id"]) for one in runs if one["state"] == RunState.ORDERED.value or one["bargain_id"] in goes_on]

    async def _list_lots(self, user_id: int, session: AsyncIOMotorClientSession | None) -> list[str]:
        """Of groups that run: all that they bid on. Of those that ended and whose winners do not have their settlements: what they lead."""
        groups = self._database.groups.find({**OPENED, "settled_at": None}, {"ended_at": 1}, session=session)
        unsettled = {one["_id"]: one.get("ended_at") for one in await groups.to_list(None)}
        running = [group_id for group_id, ended_at in unsettled.items() if ended_at is None]
        found = set()
        async for one in self._find_lots(unsettled, session, leader_id=user_id):
            found.add(one["_id"])
        joined = find_any(
            self._database.participations, "group_id", running, {"goods_id": 1}, session=session, user_id=user_id
        )
        async for one in joined:
            found.add(one["goods_id"])
        # What is on its way to the record, of a process that died perhaps.
        async for one in self._find_lots(running, session, **{"outbox.0": {"$exists": True}}):
            lot = to_lot(one)
            if any(bid.user_id == user_id for bid in lot.outbox):
                found.add(lot.id)
        return [str(goods_id) for goods_id in sorted(found)]

    def _find_lots(
        self, group_ids: Iterable[int], session: AsyncIOMotorClientSession | None, **asked: Any
    ) -> AsyncIterator[dict[str, Any]]:
        return find_any(self._database.lots, "group_id", group_ids, session=session, **asked)

    # ---- what goes along

    async def unite(self, login_id: int, person_id: int, within: Transaction) -> None:
        session = session_of(within)
        await self._unite_watched(login_id, person_id, session)
        await self._unite_address_books(login_id, person_id, session)
        for name, telling in HANDED_OVER.items():
            await self._hand_over(name, telling, login_id, person_id, session)
        for name, telling in KEYED.items():
            await self._copy_keyed(name, telling, login_id, person_id, session)
        await self._stand_on_lists(login_id, person_id, session)

    async def _unite_watched(self, login_id: int, person_id: int, session: AsyncIOMotorClientSession | None) -> None:
        lists = self._database.watchlists
        of_login, of_person = [await lists.find_one({"_id": id}, session=session) for id in (login_id, person_id)]
        if of_login is None:
            return
        goods = list(dict.fromkeys([*(of_person or {}).get("goods", ()), *of_login["goods"]]))
        await lists.update_one({"_id": person_id}, {"$set": {"goods": goods, "count": len(goods)}}, upsert=True, session=session)
        await lists.delete_one({"_id": login_id}, session=session)

    async def _unite_address_books(self, login_id: int, person_id: int, session: AsyncIOMotorClientSession | None) -> None:
        books = self._database.mall_address_books
        of_login, of_person = [await books.find_one({"_id": id}, session=session) for id in (login_id, person_id)]
        if of_login is None:
            return
        await books.delete_one({"_id": login_id}, session=session)
        if of_person is None:
            await books.insert_one({**of_login, "_id": person_id}, session=session)
            return
        default = of_person["default_id"] if of_person["default_id"] is not None else of_login["default_id"]
        change = {"addresses": [*of_person["addresses"], *of_login["addresses"]], "default_id": default}
        await books.update_one({"_id": person_id}, {"$set": change, "$inc": {"revision": 1}}, session=session)

    async def _hand_over(
        self, name: str, telling: str | None, login_id: int, person_id: int, session: AsyncIOMotorClientSession | None
    ) -> None:
        rows, asked = self._database[name], {"user_id": login_id}
        if telling is not None:
            doubled = await self._list_doubled(name, telling, login_id, person_id, session)
            for one in doubled:
                await rows.delete_one({**asked, telling: one}, session=session)
                if name == FAVOURITES:
                    await self._database.mall_goods_tallies.update_one({"_id": one}, {"$inc": {"favourites": -1}}, session=session)
        await rows.update_many(asked, {"$set": {"user_id": person_id}}, session=session)

    async def _list_doubled(
        self, name: str, telling: str, login_id: int, person_id: int, session: AsyncIOMotorClientSession | None
    ) -> set[Any]:
        """What both have a row of."""
        of_both = []
        for user_id in (login_id, person_id):
            rows = self._database[name].find({"user_id": user_id}, {telling: 1}, session=session)
            of_both.append({row[telling] async for row in rows})
        return of_both[0] & of_both[1]

    async def _copy_keyed(
        self, name: str, telling: str, login_id: int, person_id: int, session: AsyncIOMotorClientSession | None
    ) -> None:
        rows = self._database[name]
        doubled = await self._list_doubled(name, telling, login_id, person_id, session)
        theirs = [row async for row in rows.find({"user_id": login_id}, session=session)]
        await rows.delete_many({"user_id": login_id}, session=session)
        # Nobody is on their own list.
        moved = [
            {**row, "_id": f"{person_id}:{row[telling]}", "user_id": person_id}
            for row in theirs
            if row[telling] not in doubled and not (telling == "friend_id" and row[telling] == person_id)
        ]
        if moved:
            await rows.insert_many(moved, session=session)

    async def _stand_on_lists(self, login_id: int, person_id: int, session: AsyncIOMotorClientSession | None) -> None:
        """Who has the log-in among their friends has the person there, once."""
        friends = self._database.mall_friends
        having = [row async for row in friends.find({"friend_id": login_id}, session=session)]
        known = {row["user_id"] async for row in friends.find({"friend_id": person_id}, {"user_id": 1}, session=session)}
        await friends.delete_many({"friend_id": login_id}, session=session)
        moved = [
            {**row, "_id": f"{row['user_id']}:{person_id}", "friend_id": person_id}
            for row in having
            if row["user_id"] not in known | {person_id}
        ]
        if moved:
            await friends.insert_many(moved, session=session)
