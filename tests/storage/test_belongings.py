"""Tests of server/storage/belongings.py: each hindrance is found, and nothing is forgotten; merges: tests/handlers/ops/test_merges.py."""
from __future__ import annotations

from datetime import timedelta
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.bootstrap import Application
from server.domain.operators.merging import HINDRANCE_WORDS, Hindrance
from server.storage.auctions.goods import to_texts
from server.storage.belongings import HANDED_OVER, KEYED, LOOKED_AT, STAYING, UNITED, MongoBelongings, list_standings
from server.storage.personal import THEIRS
from server.storage.transactions import MongoTransactions
from tests.builders import make_goods, make_user
from tests.clock import NOON

OF_THE_TWO = {Hindrance.SAME, Hindrance.GONE, Hindrance.UNDER_WAY, Hindrance.OPERATOR, Hindrance.BANNED, Hindrance.WAYS_IN}
LATER, BEFORE = NOON + timedelta(hours=1), NOON - timedelta(hours=1)
ME, OTHER = 7, 8

# hindrance → where it is, what stands in the way, and what does no more
KEPT: dict[Hindrance, tuple[str, dict[str, Any], dict[str, Any]]] = {
    Hindrance.SETTLEMENTS: ("settlements", {"user_id": ME, "key": "a", "state": "paid"}, {"user_id": ME, "key": "b", "state": "shipped"}),
    Hindrance.SECOND_OFFERS: ("second_offers", {"user_id": ME, "goods_id": 1, "state": "open"}, {"user_id": ME, "state": "declined"}),
    Hindrance.WALLET: ("mall_wallets", {"_id": ME, "sums": {"balance": 0, "frozen": 1, "points": 0, "growth": 0}}, {"_id": OTHER}),
    Hindrance.PAYMENTS: (
        "mall_payments",
        {"user_id": ME, "number": "a", "status": 1, "purpose_state": 1},
        {"user_id": ME, "number": "b", "status": 1, "purpose_state": 2},
    ),
    Hindrance.REPAYMENTS: ("mall_repayments", {"user_id": ME, "number": "a", "state": 0}, {"user_id": ME, "number": "b", "state": 1}),
    Hindrance.ADJUSTMENTS: ("mall_adjustments", {"user_id": ME, "state": 0}, {"user_id": ME, "state": 1}),
    Hindrance.WITHDRAWALS: ("mall_withdrawals", {"user_id": ME, "number": "a", "state": 3}, {"user_id": ME, "number": "b", "state": 1}),
    Hindrance.DEPOSITS: ("mall_deposits", {"user_id": ME, "state": 1}, {"user_id": ME, "state": 2}),
    Hindrance.INVOICES: ("mall_invoices", {"user_id": ME, "state": 1}, {"user_id": ME, "state": 3}),
    Hindrance.ORDERS: ("mall_orders", {"user_id": ME, "number": "a", "code": "a", "status": 2}, {"user_id": ME, "status": 3}),
    Hindrance.CLAIMS: ("mall_claims", {"user_id": ME, "state": 3}, {"user_id": ME, "state": 4}),
    Hindrance.EARNINGS: ("mall_order_earnings", {"user_id": ME, "owes": True}, {"user_id": ME, "owes": False}),
    Hindrance.COUPONS: ("mall_coupons", {"user_id": ME, "state": 0, "ends_at": LATER}, {"user_id": ME, "state": 0, "ends_at": BEFORE}),
    Hindrance.CARDS: (
        "mall_cards",
        {"user_id": ME, "state": 0, "balance": 1, "ends_at": None},
        {"user_id": ME, "state": 0, "balance": 1, "ends_at": BEFORE},
    ),
    Hindrance.LEVEL: ("mall_memberships", {"_id": ME, "ends_at": LATER}, {"_id": OTHER, "ends_at": LATER}),
    Hindrance.BARGAINS: (
        "mall_bargain_runs",
        {"user_id": ME, "slot": "a", "state": 1, "bargain_id": 1},
        {"user_id": ME, "slot": "b", "state": 0, "bargain_id": 1},  # which is over
    ),
    Hindrance.BUYER_GROUPS: ("mall_buyer_groups", {"seats": [{"user_id": ME}], "state": 0}, {"seats": [{"user_id": ME}], "state": 1}),
    Hindrance.BOOKINGS: ("mall_bookings", {"user_id": ME, "state": 1}, {"user_id": ME, "state": 2}),
    Hindrance.PRIZES: (
        "mall_raffle_draws",
        {"user_id": ME, "is_won": True, "is_handed_over": False, "points": 0},
        {"user_id": ME, "is_won": True, "is_handed_over": True, "points": 0},
    ),
    Hindrance.GAMES: ("mall_bomb_games", {"user_id": ME, "state": 0, "ends_at": LATER}, {"user_id": ME, "state": 0, "ends_at": BEFORE}),
    Hindrance.DISTRIBUTION: ("mall_seller_teams", {"leader_id": OTHER, "deputy_id": ME}, {"leader_id": ME, "is_removed": True}),
    Hindrance.COMMISSIONS: ("mall_commissions", {"seller_id": ME, "state": 1, "owed": 3}, {"seller_id": ME, "state": 1, "owed": 0}),
    Hindrance.SUPPORT: ("mall_support_agents", {"_id": ME}, {"_id": OTHER}),
}


async def test_each_hindrance_is_found_while_it_is_one(mongo: AsyncIOMotorDatabase) -> None:
    await mongo.mall_bargains.insert_one({"_id": 1, "ends_at": BEFORE})
    assert KEPT.keys() == set(Hindrance) - OF_THE_TWO - {Hindrance.BIDS}
    for number, (place, _, settled) in enumerate(KEPT.values()):
        await mongo[place].insert_one({"_id": 100 + number, **settled})
    belongings, transactions = MongoBelongings(mongo), MongoTransactions(mongo, "tests")
    assert await transactions.run(lambda within: belongings.find_hindrances(ME, NOON, within)) == {}
    for number, (place, standing, _) in enumerate(KEPT.values()):
        await mongo[place].insert_one({"_id": 200 + number, **standing})
    found = await transactions.run(lambda within: belongings.find_hindrances(ME, NOON, within))
    assert list(found) == [hindrance for hindrance in Hindrance if hindrance in KEPT]
    numbers = {hindrance: [str(standing.get("_id", 200 + number))] for number, (hindrance, (_, standing, _)) in enumerate(KEPT.items())}
    assert found == {**numbers, Hindrance.WALLET: ["frozen 1"]}


async def test_lots_count_while_they_run_or_their_winners_are_not_asked_to_pay(mongo: AsyncIOMotorDatabase) -> None:
    groups = [(1, None, None), (2, NOON, None), (3, NOON, NOON)]
    await mongo.groups.insert_many([{"_id": id, "issue": id, "ended_at": ended, "settled_at": settled} for id, ended, settled in groups])
    lots = [(11, 1, OTHER), (12, 1, OTHER), (21, 2, ME), (22, 2, OTHER), (31, 3, ME)]
    await mongo.lots.insert_many([{"_id": id, "group_id": group_id, "leader_id": leader_id} for id, group_id, leader_id in lots])
    joined = [(11, 1), (22, 2), (31, 3)]
    rows = [{"_id": goods_id, "goods_id": goods_id, "group_id": group_id, "user_id": ME} for goods_id, group_id in joined]
    await mongo.participations.insert_many(rows)
    belongings, transactions = MongoBelongings(mongo), MongoTransactions(mongo, "tests")
    found = await transactions.run(lambda within: belongings.find_hindrances(ME, NOON, within))
    assert found == {Hindrance.BIDS: ["11", "21"]}


async def test_a_bid_counts_that_is_on_its_way_to_the_record(application: Application) -> None:
    bob, carol, lot = await make_user(application, "Bob"), await make_user(application, "Carol"), await make_goods(application)
    for user, price in ((bob, 20000), (carol, 21000)):
        await application.services.auctions.bids.place_bid(user, lot.group_id, lot.id, price)
    await application.auctions.finish_bids()
    first, _ = await application.stores.auctions.record.list_bids(lot.id)
    database, belongings = application.mongo.database, application.stores.belongings
    await database.participations.delete_many({"user_id": bob.id})
    await database.lots.update_one({"_id": lot.id}, {"$set": {"outbox": to_texts([first])}})
    found = await application.ground.transactions.run(lambda within: belongings.find_hindrances(bob.id, NOON, within))
    assert found == {Hindrance.BIDS: [str(lot.id)]}


def test_of_all_that_is_kept_of_users_it_is_decided_what_becomes_of_it() -> None:
    hindering = {one.place for one in list_standings(NOON)} | set(LOOKED_AT)
    moved = {*HANDED_OVER, *KEYED, *UNITED}
    assert THEIRS.keys() - hindering - moved == STAYING
    assert not moved & hindering and not STAYING & (moved | hindering)


def test_every_hindrance_has_words() -> None:
    assert HINDRANCE_WORDS.keys() == set(Hindrance)
