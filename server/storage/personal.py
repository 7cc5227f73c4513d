"""Where MongoDB keeps what tells of a person.

Whoever adds a collection that names users adds it here, or says below why it is not told.
"""
from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.storage.auctions.record import bid_id
from server.storage.forgetting import FORGOTTEN_WHEN_SENT
from server.storage.indexes import CARRIED
from server.storage.mongo import store

# collection → the fields that name whose it is
THEIRS: dict[str, tuple[str, ...]] = {
    "addresses": ("user_id",),
    "approved_bidders": ("user_id",),
    "maxima": ("user_id",),
    "participations": ("user_id",),
    "reaches": ("_id",),
    "refusals": ("user_id",),
    "reminders": ("user_id",),
    "sale_news": ("user_id",),
    "second_offers": ("user_id",),
    "settlements": ("user_id",),
    "watchlists": ("_id",),
    "mall_address_books": ("_id",),
    "mall_adjustments": ("user_id",),
    "mall_article_favourites": ("user_id",),
    "mall_article_votes": ("user_id",),
    "mall_articles": ("user_id",),
    "mall_ballots": ("user_id",),
    "mall_bargain_helps": ("helper_id",),
    "mall_bargain_runs": ("user_id",),
    "mall_bills": ("user_id",),
    "mall_bomb_games": ("user_id",),
    "mall_bookings": ("user_id",),
    "mall_buyer_groups": ("leader_id", "seats.user_id"),
    "mall_card_entries": ("user_id",),
    "mall_cards": ("user_id",),
    "mall_cart_rows": ("user_id",),
    "mall_claims": ("user_id",),
    "mall_comments": ("user_id",),
    "mall_commissions": ("seller_id",),
    "mall_coupons": ("user_id",),
    "mall_deposits": ("user_id",),
    "mall_entries": ("user_id",),
    "mall_favourites": ("user_id",),
    "mall_friends": ("user_id",),
    "mall_identities": ("_id",),
    "mall_invoices": ("user_id",),
    "mall_json_rows": ("user_id",),
    "mall_letters": ("user_id", "sender_id"),
    "mall_level_gifts": ("_id",),
    "mall_level_purchases": ("user_id",),
    "mall_members": ("_id",),
    "mall_memberships": ("_id",),
    "mall_messages": ("user_id",),
    "mall_order_earnings": ("user_id",),
    "mall_orders": ("user_id",),
    "mall_payments": ("user_id",),
    "mall_raffle_draws": ("user_id",),
    "mall_refunds": ("user_id",),
    "mall_restock_wishes": ("user_id",),
    "mall_reviews": ("user_id",),
    "mall_sellers": ("_id",),
    "mall_shares": ("user_id",),
    "mall_signs": ("user_id",),
    "mall_support_lines": ("user_id",),
    "mall_support_talks": ("user_id",),
    "mall_team_partners": ("leader_id",),
    "mall_teams": ("leader_id",),
    "mall_tickets": ("user_id",),
    "mall_uploads": ("user_id",),
    "mall_virtual_purchases": ("user_id",),
    "mall_wallets": ("_id",),
    "mall_withdrawals": ("user_id",),
}
# collections that name users and are not told, and why
UNTOLD: dict[str, str] = {
    "changes": "what operators did, in their office",
    "lead_books": "what it claims is told by the bids; nothing of it is older than a minute",
    "operator_logins": "the office's own",
    "users": "told by the fields below alone",
    "bids": "told by what one takes part in",
    "mall_member_codes": "lets in whoever shows it",
    "mall_pay_passwords": "a secret, and kept as a hash alone",
    "mall_support_agents": "the office's own",
}
OF_USERS = (
    *("nickname", "real_name", "username", "email", "phone", "avatar", "is_banned", "created_at", "deleted_at", "identities"),
    *("merged_into", "merged"),
)
WITHOUT = frozenset((CARRIED, FORGOTTEN_WHEN_SENT))


@store
class MongoPersonalData:
    """Implements PersonalStore."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._database = database

    async def each_of(self, user_id: int) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        user = await self._database.users.find_one({"_id": user_id}, dict.fromkeys(OF_USERS, 1))
        if user is not None:
            # Of the ways in, which they are: the names in them let in.
            yield "users", {**_told(user), "identities": sorted({one.partition(":")[0] for one in user.get("identities", ())})}
        async for part in self._database.participations.find({"user_id": user_id}, {"goods_id": 1}):
            first, end = bid_id(part["goods_id"], 0), bid_id(part["goods_id"] + 1, 0)
            async for bid in self._database.bids.find({"_id": {"$gt": first, "$lt": end}, "user_id": user_id}):
                yield "bids", _told(bid)
        for place, fields in THEIRS.items():
            async for thing in self._database[place].find({"$or": [{field: user_id} for field in fields]}):
                yield place, _told(thing)


def _told(thing: dict[str, Any]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in thing.items() if name not in WITHOUT and not isinstance(value, bytes)}


def _plain(value: Any) -> Any:
    """What BSON has kinds of its own for is told as what it is."""
    if isinstance(value, dict):
        return {str(name): _plain(one) for name, one in value.items() if not isinstance(one, bytes)}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if value is None or isinstance(value, (bool, str, float, datetime)):
        return value
    return int(value) if isinstance(value, int) else str(value)
