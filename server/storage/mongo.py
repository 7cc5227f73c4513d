"""The MongoDB client, the indexes, and numbers given out in sequence."""
from __future__ import annotations

import contextlib
import functools
import inspect
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, TypeVar

import msgspec
from bson.codec_options import CodecOptions
from motor.motor_asyncio import (
    AsyncIOMotorClient,
    AsyncIOMotorClientSession,
    AsyncIOMotorCollection,
    AsyncIOMotorDatabase,
)
from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument, WriteConcern
from pymongo.errors import (
    BulkWriteError,
    ConnectionFailure,
    DuplicateKeyError,
    OperationFailure,
    PyMongoError,
    WriteConcernError,
)
from pymongo.monitoring import CommandListener

from server.domain.errors import Unavailable

log = logging.getLogger(__name__)

OPERATION_TIMEOUT_MS = 2500  # a bid is answered within 3 s even when the database is away
DUPLICATE_KEY = 11000
# What is refused for what it is, whatever state the server is in: nothing of it was written.
FAULTS = frozenset(
    (
        DUPLICATE_KEY,
        *(2, 4, 9, 14, 15, 16, 20, 22, 59, 72),  # BadValue, NoSuchKey, FailedToParse, TypeMismatch and their like
        *(28, 40, 52, 53, 54, 55, 56, 57, 66, 121),  # of fields and the changes to them
        *(26, 27, 48, 67, 73, 85, 86, 197),  # of names and indexes
        *(10334, 17419, 17420),  # larger than a document may be
    )
)
IN_AT_ONCE = 50  # values of one $in
FIRST_WINDOW, WINDOW_GROWS, LAST_WINDOW = timedelta(seconds=0.5), 8, timedelta(days=30)

TRANSIENT = "TransientTransactionError"

Index = tuple[list[tuple[str, int]], dict[str, Any]]  # keys and options

CARRIED = "unlogged"  # of a thing that was changed: the entry that the log does not have yet
CARRYING: Index = ([(f"{CARRIED}.at", ASCENDING)], {})  # what the log fetches; few have it

# collection → its indexes, each beside the question that needs it. None is partial: the embedded server answers nothing by those.
INDEXES: dict[str, list[Index]] = {
    "groups": [
        ([("end_at", DESCENDING)], {}),  # list_open_groups, list_ended_groups
        ([("ended_at", ASCENDING)], {}),  # list_unfinished_groups, list_won
        ([("settled_at", ASCENDING), ("ended_at", ASCENDING)], {}),  # list_unsettled
        ([("issue", ASCENDING)], {"unique": True}),  # find_by_issue; one group an issue, whoever imports it twice at once
        ([("opening_until", ASCENDING)], {}),  # lapse_overdue
        CARRYING,
    ],
    "import_jobs": [([("made_at", DESCENDING)], {})],  # list_jobs
    "lots": [
        ([("group_id", ASCENDING), ("position", ASCENDING)], {}),  # list_lots
        ([("changed_at", ASCENDING)], {}),  # list_marks_changed_since
        ([("maximum_changed_at", ASCENDING)], {}),  # list_marks_changed_since
        CARRYING,
    ],
    "settlements": [
        ([("key", ASCENDING)], {"unique": True}),  # find_by_key; one settlement for what it was made for
        ([("user_id", DESCENDING), ("_id", DESCENDING)], {}),  # page_of_user
        ([("group_id", ASCENDING), ("_id", ASCENDING)], {}),  # list_of_group
        CARRYING,
        ([("forgets", ASCENDING)], {"sparse": True}),  # forget_sent
    ],
    "sold_lots": [
        ([("group_id", ASCENDING), ("_id", ASCENDING)], {}),  # list_sold_of_group
        CARRYING,
    ],
    "second_offers": [
        ([("goods_id", ASCENDING), ("user_id", ASCENDING)], {"unique": True}),  # list_of_lot; a bidder is asked once for a lot
        ([("user_id", DESCENDING), ("_id", DESCENDING)], {}),  # list_of_bidder
        ([("state", ASCENDING), ("expires_at", ASCENDING)], {}),  # list_expired
        CARRYING,
    ],
    "sale_news": [
        ([("user_id", ASCENDING), ("at", ASCENDING)], {}),  # list_news
    ],
    "watchlists": [([("goods", ASCENDING)], {})],  # list_watchers
    "reminders": [
        ([("state", ASCENDING), ("due_at", ASCENDING)], {}),  # list_due, list_handed_over
        ([("goods_id", ASCENDING), ("user_id", ASCENDING)], {}),  # replace_older
        ([("user_id", ASCENDING)], {}),  # operators' questions, forget_reminders
        ([("noticed_at", ASCENDING)], {"expireAfterSeconds": 90 * 24 * 3600}),  # what nobody asks about any more
        CARRYING,
    ],
    "reaches": [
        ([("changed_at", ASCENDING)], {}),  # list_granting
    ],
    "bids": [  # a lot's bids are read by their ids
        ([("outbid_user_id", ASCENDING), ("delivered_at", ASCENDING)], {}),  # list_outbid
        ([("delivered_at", ASCENDING)], {}),  # list_delivered, list_newest
    ],
    "published_heads": [
        ([("group_id", ASCENDING)], {}),  # list_heads
    ],
    "maxima": [
        ([("goods_id", ASCENDING), ("user_id", ASCENDING)], {}),  # find_maximum_by_key, list_maxima
    ],
    "refusals": [
        ([("written_at", ASCENDING)], {"expireAfterSeconds": 30 * 24 * 3600}),  # list_refusals
        ([("user_id", ASCENDING), ("written_at", DESCENDING)], {}),  # list_of_user
        ([("goods_id", ASCENDING), ("written_at", DESCENDING)], {}),  # list_of_lot
    ],
    "watch_samples": [
        ([("goods_id", ASCENDING), ("at", ASCENDING)], {}),  # list_samples
        ([("at", ASCENDING)], {"expireAfterSeconds": 365 * 24 * 3600}),
    ],
    "participations": [
        ([("user_id", ASCENDING), ("group_id", DESCENDING), ("_id", ASCENDING)], {}),  # list_participations
        ([("goods_id", ASCENDING), ("user_id", ASCENDING)], {"unique": True}),  # one participation a user and lot
    ],
    "users": [
        ([("identities", ASCENDING)], {"unique": True}),  # find_user_by_identity
        ([("is_erasing", ASCENDING)], {}),  # list_unfinished
        ([("tokens_ended_at", ASCENDING)], {}),  # list_ended
        ([("roles", ASCENDING)], {}),  # operators
        CARRYING,
    ],
    "operator_logins": [
        ([("user_id", ASCENDING), ("login_at", DESCENDING)], {}),  # list_logins
        ([("kept_until", ASCENDING)], {"expireAfterSeconds": 0}),  # logins none of whose tokens could be used
    ],
    "login_attempts": [
        ([("kept_until", ASCENDING)], {"expireAfterSeconds": 0}),  # failures that no longer count
    ],
    "addresses": [
        ([("user_id", ASCENDING), ("_id", ASCENDING)], {}),  # list_all of a user
    ],
    "avatars.files": [
        ([("metadata.user_id", ASCENDING)], {}),  # remove_all
    ],
    "denied_tokens": [
        ([("kept_until", ASCENDING)], {"expireAfterSeconds": 0}),  # refusals go when their tokens could not be used anyway
    ],
    "ended_logins": [
        ([("ended_at", ASCENDING)], {}),  # list_ended
        ([("kept_until", ASCENDING)], {"expireAfterSeconds": 0}),  # ends go when no token of theirs could be used anyway
    ],
    "changes": [
        ([("noun", ASCENDING), ("thing_id", ASCENDING), ("_id", DESCENDING)], {}),  # page_changes, of a thing or a noun
        ([("user_id", ASCENDING), ("_id", DESCENDING)], {}),  # page_changes, of a user
        ([("at", ASCENDING)], {}),  # page_changes, of a time
    ],
    "invitations": [CARRYING],
    "groupbuy_shops": [CARRYING],
    "groupbuy_categories": [CARRYING],
    "groupbuy_areas": [CARRYING],
    "groupbuy_price_ranges": [CARRYING],
    "groupbuy_offers": [  # sorted lists are made in memory, by domain/groupbuy/shelves.py
        ([("revision", ASCENDING)], {}),  # list_changed_entries
        CARRYING,
    ],
    "groupbuy_imports": [
        ([("revision", ASCENDING)], {}),  # list_changed_entries, list_entries
    ],
    "mall_adjustments": [CARRYING],
    "mall_cart_rows": [
        ([("user_id", ASCENDING), ("kind", ASCENDING), ("added_at", ASCENDING)], {}),  # list_rows, count_rows
    ],
    "mall_orders": [
        ([("user_id", DESCENDING), ("_id", DESCENDING)], {}),  # page_orders
        ([("user_id", ASCENDING), ("status", ASCENDING), ("_id", DESCENDING)], {}),  # page_orders of a status, count_by_status
        ([("status", ASCENDING), ("closes_at", ASCENDING)], {}),  # list_overdue
        ([("paid_at", DESCENDING)], {}),  # list_sales
        ([("contact.province_id", ASCENDING), ("paid_at", ASCENDING)], {}),  # list_city_months
        ([("code", ASCENDING)], {"unique": True}),  # find_by_code
        ([("forgets", ASCENDING)], {"sparse": True}),  # forget_sent
        ([("number", ASCENDING)], {"unique": True}),  # the staff's questions
        ([("lines.choice.goods_id", ASCENDING)], {}),  # read_books
        CARRYING,
    ],
    "mall_payment_nonces": [
        ([("at", ASCENDING)], {"expireAfterSeconds": 24 * 3600}),  # keep_notice: what is older is refused by its time
    ],
    "mall_payments": [
        ([("number", ASCENDING)], {"unique": True}),  # find_payment
        ([("user_id", DESCENDING), ("_id", DESCENDING)], {}),  # page_payments
        ([("status", ASCENDING), ("look_at", ASCENDING)], {}),  # list_looked_for
        ([("purpose_state", ASCENDING)], {}),  # list_waiting
        ([("paid_at", ASCENDING)], {}),  # list_payments_made
        CARRYING,
    ],
    "mall_goods": [
        ([("revision", ASCENDING)], {}),  # list_rows
        ([("category_id", ASCENDING)], {}),  # has_any
        ([("freight_id", ASCENDING)], {}),  # has_any
        ([("name", ASCENDING)], {}),  # find_known
        ([("bar_code", ASCENDING)], {}),  # find_known
        CARRYING,
    ],
    "mall_stock": [
        ([("goods_id", ASCENDING)], {}),  # find_counts
    ],
    "mall_intakes": [
        ([("count_id", ASCENDING), ("seq", ASCENDING)], {"unique": True}),  # each_intake
        ([("goods_id", ASCENDING), ("at", DESCENDING)], {}),  # read_books, the staff's questions
    ],
    "mall_reviews": [
        ([("goods_id", ASCENDING), ("_id", DESCENDING)], {}),  # page_shown
        CARRYING,
    ],
    "mall_favourites": [
        ([("user_id", DESCENDING), ("_id", DESCENDING)], {}),  # list_favourites
        ([("user_id", ASCENDING), ("goods_id", ASCENDING)], {"unique": True}),  # one favourite a member and goods
    ],
    "mall_restock_wishes": [
        ([("user_id", ASCENDING), ("goods_id", ASCENDING)], {"unique": True}),  # keep_wish; one wish a member and goods
        ([("goods_id", ASCENDING)], {}),  # the staff's questions
        CARRYING,
    ],
    "mall_claims": [
        ([("order_id", DESCENDING), ("_id", DESCENDING)], {}),  # list_claims
        ([("user_id", ASCENDING)], {}),  # the staff's questions
        CARRYING,
    ],
    "mall_refunds": [
        ([("order_id", DESCENDING), ("_id", DESCENDING)], {}),  # list_refunds
        CARRYING,
    ],
    "mall_repayments": [
        ([("number", ASCENDING)], {"unique": True}),  # find_repayment
        ([("state", ASCENDING), ("look_at", ASCENDING)], {}),  # list_due
        ([("payment_id", ASCENDING)], {}),  # sum_repaid
        ([("asked_at", ASCENDING)], {}),  # list_repayments_asked
        CARRYING,
    ],
    "mall_sellers": [
        ([("team_id", ASCENDING)], {}),  # list_team_months
        CARRYING,
    ],
    "mall_team_partners": [
        ([("leader_id", DESCENDING), ("joined_at", DESCENDING)], {}),  # list_led
        CARRYING,
    ],
    "mall_commissions": [
        ([("seller_id", DESCENDING), ("_id", DESCENDING)], {}),  # page_commissions, sum_sales
        ([("seller_id", ASCENDING), ("buyer_id", ASCENDING)], {}),  # sum_by_buyer
        ([("seller_id", ASCENDING), ("owed", ASCENDING)], {}),  # list_owing
        ([("seller_id", ASCENDING), ("owed_points", ASCENDING)], {}),  # list_owing, of points
        ([("order_id", ASCENDING)], {}),  # list_of_order
        ([("state", ASCENDING), ("look_at", ASCENDING)], {}),  # list_due
        CARRYING,
    ],
    "mall_seller_teams": [CARRYING],
    "mall_seller_cities": [CARRYING],
    "mall_members": [
        ([("referrer_id", ASCENDING)], {}),  # list_brought
    ],
    "mall_bargains": [
        ([("goods_id", ASCENDING)], {}),  # list_of_goods
        CARRYING,
    ],
    "mall_bargain_runs": [
        ([("slot", ASCENDING)], {"unique": True}),  # find_run; one run a member and bargain goes on
        ([("bargain_id", ASCENDING)], {}),  # the staff's questions
        CARRYING,
    ],
    "mall_bargain_helps": [
        ([("run_id", DESCENDING), ("at", DESCENDING)], {}),  # list_helps
    ],
    "mall_group_offers": [
        ([("goods_id", ASCENDING)], {}),  # list_of_goods
        CARRYING,
    ],
    "mall_buyer_groups": [
        ([("offer_id", ASCENDING), ("state", ASCENDING)], {}),  # count_groups
        ([("leader_id", ASCENDING), ("offer_id", ASCENDING)], {}),  # find_unpaid
        ([("goods_id", ASCENDING), ("state", ASCENDING)], {}),  # page_groups of a goods
        ([("seats.user_id", ASCENDING)], {}),  # page_groups of a member
        ([("state", ASCENDING), ("expires_at", ASCENDING)], {}),  # list_expired, list_ending
        CARRYING,
    ],
    "mall_settings": [CARRYING],
    "mall_categories": [CARRYING],
    "mall_freights": [CARRYING],
    "mall_shops": [CARRYING],
    "mall_banners": [CARRYING],
    "mall_ad_positions": [CARRYING],
    "mall_notices": [CARRYING],
    "mall_coupon_rules": [CARRYING],
    "mall_coupons": [
        ([("user_id", DESCENDING), ("_id", DESCENDING)], {}),  # list_of
        ([("rule_id", ASCENDING), ("taker_id", ASCENDING)], {}),  # count_taken, count_made
        ([("order_id", ASCENDING)], {}),  # the staff's questions
        CARRYING,
    ],
    "mall_coupon_codes": [
        ([("number", ASCENDING)], {"unique": True}),  # find_code
        ([("rule_id", ASCENDING)], {}),  # count_made
        CARRYING,
    ],
    "mall_coupon_merges": [CARRYING],
    "mall_points_deductions": [CARRYING],
    "mall_points_gifts": [CARRYING],
    "mall_points_vouchers": [
        ([("number", ASCENDING)], {"unique": True}),  # find_voucher
        CARRYING,
    ],
    "mall_sign_rules": [CARRYING],
    "mall_signs": [
        ([("user_id", DESCENDING), ("day", DESCENDING)], {"unique": True}),  # find_last_sign, page_signs; one a member and day
    ],
    "mall_shares": [
        ([("user_id", ASCENDING), ("day", ASCENDING), ("group", ASCENDING)], {"unique": True}),  # list_shares; one a sharer, day and group
    ],
    "mall_levels": [CARRYING],
    "mall_level_prices": [CARRYING],
    "mall_level_gifts": [CARRYING],
    "mall_memberships": [
        ([("ends_at", ASCENDING)], {}),  # list_ended, list_ungifted
        CARRYING,
    ],
    "mall_level_purchases": [
        ([("user_id", DESCENDING), ("_id", DESCENDING)], {}),  # page_of
        CARRYING,
    ],
    "mall_cards": [
        ([("user_id", DESCENDING), ("_id", DESCENDING)], {}),  # list_of
        CARRYING,
    ],
    "mall_card_entries": [
        ([("key", ASCENDING)], {"unique": True}),  # find_card_entry; one entry for what it was made for
        ([("card_id", ASCENDING), ("seq", ASCENDING)], {"unique": True}),  # each_entry
        ([("user_id", ASCENDING), ("at", DESCENDING)], {}),  # page_card_entries
    ],
    "mall_activity_pages": [CARRYING],
    "mall_order_earnings": [
        ([("user_id", ASCENDING), ("owes", ASCENDING)], {}),  # list_owing
        CARRYING,
    ],
    "mall_article_categories": [CARRYING],
    "mall_articles": [
        ([("state", ASCENDING), ("category_id", ASCENDING), ("_id", DESCENDING)], {}),  # page_shown, find_neighbours
        ([("user_id", ASCENDING)], {}),  # the staff's questions
        CARRYING,
    ],
    "mall_article_favourites": [
        ([("user_id", DESCENDING), ("_id", DESCENDING)], {}),  # list_favourites
        ([("user_id", ASCENDING), ("article_id", ASCENDING)], {"unique": True}),  # one favourite a member and article
        ([("article_id", ASCENDING)], {}),  # read_counts
    ],
    "mall_article_votes": [
        ([("article_id", ASCENDING), ("at", DESCENDING)], {}),  # page_votes, read_counts
    ],
    "mall_pages": [
        ([("key", ASCENDING)], {}),  # list_all of a key
        CARRYING,
    ],
    "mall_comments": [
        ([("kind", ASCENDING), ("state", ASCENDING), ("ref_id", ASCENDING), ("_id", DESCENDING)], {}),  # page_readable
        ([("user_id", ASCENDING), ("_id", DESCENDING)], {}),  # page_readable, of the reader's own
        CARRYING,
    ],
    "mall_partners": [CARRYING],
    "mall_messages": [
        ([("state", ASCENDING), ("_id", ASCENDING)], {}),  # list_waiting
        ([("user_id", ASCENDING), ("state", ASCENDING)], {}),  # count
        CARRYING,
    ],
    "mall_json_rows": [
        ([("user_id", ASCENDING), ("kind", ASCENDING), ("is_top", DESCENDING), ("_id", DESCENDING)], {}),  # page_rows
        CARRYING,
    ],
    "mall_link_hosts": [CARRYING],
    "mall_short_links": [CARRYING],
    "mall_bar_codes": [
        ([("code", ASCENDING)], {}),  # list_all of a code
        CARRYING,
    ],
    "mall_gate_merchants": [CARRYING],
    "mall_sms_templates": [CARRYING],
    "mall_codes": [
        ([("kept_until", ASCENDING)], {"expireAfterSeconds": 0}),  # codes whose time is over
        ([("sent_at", DESCENDING), ("_id", DESCENDING)], {}),  # list_codes
    ],
    "mall_code_counts": [
        ([("kept_until", ASCENDING)], {"expireAfterSeconds": 0}),  # counts of days that are over
    ],
    "mall_uploads": [
        ([("user_id", ASCENDING), ("uploaded_at", DESCENDING), ("_id", DESCENDING)], {}),  # list_uploads
    ],
    "mall_activities": [CARRYING],
    "mall_teams": [
        ([("activity_id", ASCENDING), ("_id", ASCENDING)], {}),  # page_teams
    ],
    "mall_bookings": [
        ([("user_id", DESCENDING), ("_id", DESCENDING)], {}),  # page_own
        ([("activity_id", ASCENDING), ("user_id", ASCENDING)], {}),  # count_booked, the staff's questions
        ([("team_id", ASCENDING), ("_id", ASCENDING)], {}),  # page_members
        ([("state", ASCENDING), ("pays_until", ASCENDING)], {}),  # list_overdue
        CARRYING,
    ],
    "mall_queues": [CARRYING],
    "mall_tickets": [
        ([("user_id", DESCENDING), ("_id", DESCENDING)], {}),  # list_own
        ([("queue_id", ASCENDING), ("round", ASCENDING), ("state", ASCENDING), ("number", ASCENDING)], {}),  # find_next, find_active
        CARRYING,
    ],
    "mall_polls": [CARRYING],
    "mall_ballots": [
        ([("poll_id", ASCENDING), ("user_id", ASCENDING)], {"unique": True}),  # find_ballot; one for a member and poll
        ([("poll_id", DESCENDING), ("_id", DESCENDING)], {}),  # page_ballots
    ],
    "mall_virtual_goods": [CARRYING],
    "mall_virtual_purchases": [
        ([("user_id", ASCENDING), ("goods_id", ASCENDING)], {"unique": True}),  # find_first; one purchase a member and goods
        ([("user_id", DESCENDING), ("_id", DESCENDING)], {}),  # page_with
        CARRYING,
    ],
    "mall_raffles": [CARRYING],
    "mall_raffle_draws": [
        ([("raffle_id", ASCENDING), ("user_id", ASCENDING), ("_id", DESCENDING)], {}),  # count_with, page_with, find_first
        CARRYING,
    ],
    "mall_bomb_games": [
        ([("user_id", DESCENDING), ("_id", DESCENDING)], {}),  # page_with
        CARRYING,
    ],
    "mall_courier_deliveries": [
        ([("order_id", ASCENDING), ("_id", DESCENDING)], {}),  # find_first
        CARRYING,
    ],
    "mall_alipay_transfers": [
        ([("pushed_at", DESCENDING)], {}),  # the staff's questions
        CARRYING,
    ],
    "mall_wechat_bills": [
        ([("day", ASCENDING), ("import", ASCENDING)], {}),  # find_bill
    ],
    "mall_recharge_rules": [CARRYING],
    "mall_bill_discounts": [CARRYING],
    "mall_withdrawals": [
        ([("user_id", DESCENDING), ("_id", DESCENDING)], {}),  # page_with
        ([("number", ASCENDING)], {"unique": True}),  # find_first by its number
        ([("look_at", ASCENDING)], {}),  # list_looked_for
        CARRYING,
        ([("forgets", ASCENDING)], {"sparse": True}),  # forget_sent
    ],
    "mall_deposits": [
        ([("user_id", DESCENDING), ("_id", DESCENDING)], {}),  # page_with, find_first of what is unpaid
        CARRYING,
    ],
    "mall_bills": [
        ([("user_id", DESCENDING), ("_id", DESCENDING)], {}),  # the staff's questions
        CARRYING,
    ],
    "mall_identities": [CARRYING],
    "mall_invoices": [
        ([("user_id", DESCENDING), ("_id", DESCENDING)], {}),  # page_with
        ([("order_id", ASCENDING)], {}),  # list_of_order
        CARRYING,
        ([("forgets", ASCENDING)], {"sparse": True}),  # forget_sent
    ],
    "mall_friends": [
        ([("user_id", DESCENDING), ("added_at", DESCENDING), ("_id", DESCENDING)], {}),  # page_friends, count_friends
        ([("friend_id", ASCENDING)], {}),  # forget
    ],
    "mall_letters": [
        ([("user_id", ASCENDING), ("_id", DESCENDING)], {}),  # page_letters
        ([("sender_id", ASCENDING), ("_id", DESCENDING)], {}),  # page_letters that were sent
        CARRYING,
    ],
    "mall_member_codes": [
        ([("good_until", ASCENDING)], {"expireAfterSeconds": 0}),  # codes whose time is over
        CARRYING,
    ],
    "mall_support_agents": [CARRYING],
    "mall_support_invitations": [CARRYING],
    "mall_support_talks": [
        ([("open_id", ASCENDING), ("state", ASCENDING)], {}),  # find_open
        ([("agent_id", ASCENDING), ("said_at", DESCENDING), ("_id", DESCENDING)], {}),  # page_talks
        ([("state", ASCENDING), ("agent_id", ASCENDING)], {}),  # count_workload
        CARRYING,
    ],
    "mall_support_lines": [
        ([("key", ASCENDING)], {"unique": True}),  # find_by_key: each is kept once
        ([("talk_id", DESCENDING), ("number", DESCENDING)], {}),  # page_lines, mark_read
        ([("said_at", DESCENDING)], {}),  # list_heard
        CARRYING,
    ],
    "mall_wallets": [
        ([("sums.growth", ASCENDING), ("_id", ASCENDING)], {}),  # list_grown
    ],
    "mall_entries": [
        ([("key", ASCENDING)], {"unique": True}),  # find_entry; one entry for what it was made for
        ([("user_id", ASCENDING), ("seq", ASCENDING)], {"unique": True}),  # page_entries, each_entry
        ([("at", ASCENDING)], {}),  # each_entry_between
    ],
}


def open_client(url: str, *listeners: CommandListener) -> AsyncIOMotorClient:
    """A client whose every operation ends within OPERATION_TIMEOUT_MS; connects when first used."""
    return AsyncIOMotorClient(
        url,
        event_listeners=listeners,
        timeoutMS=OPERATION_TIMEOUT_MS,
        serverSelectionTimeoutMS=OPERATION_TIMEOUT_MS,
        connectTimeoutMS=1000,
        maxPoolSize=32,
        appname="auction",
    )


class _Database(AsyncIOMotorDatabase):
    """Makes the object of a collection once: a hundred stores ask for the same few again and again."""

    def __init__(self, client: AsyncIOMotorClient, name: str, **options: Any):
        super().__init__(client, name, **options)
        self._collections: dict[str, AsyncIOMotorCollection] = {}

    def __getitem__(self, name: str) -> AsyncIOMotorCollection:
        found = self._collections.get(name)
        if found is None:
            found = self._collections[name] = super().__getitem__(name)
        return found


def open_database(client: AsyncIOMotorClient, name: str) -> AsyncIOMotorDatabase:
    """The database with dates as UTC-aware datetimes and every write journalled (by the majority on a replica set)."""
    # The standard library's UTC: moments that share their zone are compared ten times faster.
    options: CodecOptions = CodecOptions(tz_aware=True, tzinfo=timezone.utc)
    return _Database(client, name, codec_options=options, write_concern=WriteConcern(w="majority", j=True))


class Sequences:
    """Positive whole numbers, each given out once; numbers taken in blocks and not used are left out."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._counters = database.counters
        self._blocks: dict[str, Iterator[int]] = {}

    async def next_number(self, name: str, *, block: int = 1) -> int:
        """The next number of that sequence; `block` of them are fetched at once."""
        number = next(self._blocks.get(name, iter(())), None)
        while number is None:
            last = await self._reserve(name, block)
            # Another task may have fetched a block meanwhile; numbers of either are unused.
            self._blocks[name] = iter(range(last - block + 1, last + 1))
            number = next(self._blocks[name], None)
        return number

    async def next_numbers(self, name: str, count: int) -> list[int]:
        """So many at once, one after the other."""
        last = await self._reserve(name, count)
        return list(range(last - count + 1, last + 1))

    async def last_number(self, name: str) -> int:
        """The last one that was given out, to whomever; 0 if none was."""
        counter = await self._counters.find_one({"_id": name})
        return 0 if counter is None else int(counter["last"])

    async def raise_to(self, name: str, number: int) -> None:
        """Makes sure that numbers up to this one are not given out again."""
        await self._counters.update_one({"_id": name}, {"$max": {"last": number}}, upsert=True)
        self._blocks.pop(name, None)

    async def _reserve(self, name: str, count: int) -> int:
        """The last of so many numbers that are this caller's now."""
        while True:
            counter = await self._counters.find_one_and_update(
                {"_id": name}, {"$inc": {"last": count}}, return_document=ReturnDocument.AFTER
            )
            if counter is not None:
                return counter["last"]
            # Upserts race; of two inserts one fails, and both then find the counter.
            with contextlib.suppress(DuplicateKeyError):
                await self._counters.insert_one({"_id": name, "last": 0})


class Mongo:
    """One database and the connection to it."""

    def __init__(self, url: str, name: str, *listeners: CommandListener):
        self._client = open_client(url, *listeners)
        self.database = open_database(self._client, name)
        self.sequences = Sequences(self.database)

    async def create_indexes(self) -> None:
        """Makes the indexes that are missing; safe to call at every start. Raises Unavailable."""
        try:
            there = set(await self.database.list_collection_names())
            for name, indexes in INDEXES.items():
                collection = self.database[name]
                if name in there:
                    indexes = await _missing(collection, indexes)
                if indexes:
                    await collection.create_indexes([IndexModel(keys, **options) for keys, options in indexes])
        except PyMongoError as error:
            if is_away(error):
                raise Unavailable("database") from error
            raise

    async def is_replica_set(self) -> bool:
        """Whether it makes what is told in a transaction last by itself. Raises Unavailable."""
        try:
            return is_replica_set(await self.database.command("hello"))
        except PyMongoError as error:
            if is_away(error):
                raise Unavailable("database") from error
            raise

    async def ping(self) -> bool:
        """Whether the database answers."""
        try:
            await self.database.command("ping")
            return True
        except PyMongoError:
            return False

    def close(self) -> None:
        self._client.close()


def is_replica_set(hello: Mapping[str, Any]) -> bool:
    """By what a server says of itself; a router of shards stands before replica sets."""
    return "setName" in hello or hello.get("msg") == "isdbgrid"


async def _missing(collection: AsyncIOMotorCollection, wanted: list[Index]) -> list[Index]:
    """Those that are not there. One that is there and partial, as in databases of earlier versions, is dropped and missing."""
    there = await collection.index_information()
    missing = []
    for keys, options in wanted:
        name = "_".join(f"{field}_{direction}" for field, direction in keys)
        found = there.get(name)
        if found is not None and "partialFilterExpression" in found:
            await collection.drop_index(name)
        elif found is not None and options.items() <= found.items():
            continue
        missing.append((keys, options))
    return missing


async def list_after(
    collection: AsyncIOMotorCollection, field: str, after: datetime, limit: int, **question: Any
) -> list[dict[str, Any]]:
    """So many documents whose moment is after that one, the oldest first.

    Asked for window by window: the embedded server sorts all that match before it keeps the first.
    """
    order = [(field, ASCENDING), ("_id", ASCENDING)]
    window, now = FIRST_WINDOW, datetime.now(timezone.utc)
    found: list[dict[str, Any]] = []
    while len(found) < limit:
        moments = {"$gt": after, "$lte": after + window} if after < now else {"$gt": after}
        some = await collection.find({**question, field: moments}).sort(order).limit(limit - len(found)).to_list(None)
        found += some
        if after >= now:
            break
        after += window
        window *= 1 if len(some) > IN_AT_ONCE else WINDOW_GROWS
    return found


async def list_latest(collection: AsyncIOMotorCollection, field: str, limit: int) -> list[dict[str, Any]]:
    """The last so many documents by that moment, the newest first; as `list_after` asks."""
    order = [(field, DESCENDING), ("_id", DESCENDING)]
    window, now = FIRST_WINDOW, datetime.now(timezone.utc)
    while window < LAST_WINDOW:
        found = await collection.find({field: {"$gt": now - window}}).sort(order).limit(limit).to_list(None)
        if len(found) == limit:
            return found
        window *= WINDOW_GROWS
    return await collection.find().sort(order).limit(limit).to_list(None)


async def find_any(
    collection: AsyncIOMotorCollection,
    field: str,
    values: Iterable[Any],
    projection: dict[str, Any] | None = None,
    *,
    session: AsyncIOMotorClientSession | None = None,
    **question: Any,
) -> AsyncIterator[dict[str, Any]]:
    """Documents whose field has any of the values, asked for in portions: the embedded server's time grows with their square."""
    wanted = sorted(set(values))
    for start in range(0, len(wanted), IN_AT_ONCE):
        asked = {**question, field: {"$in": wanted[start : start + IN_AT_ONCE]}}
        async for document in collection.find(asked, projection, session=session):
            yield document


async def keep_first(collection: AsyncIOMotorCollection, document: dict[str, Any]) -> dict[str, Any]:
    """The document that has its _id: this one, unless another is there already."""
    while True:
        found = await collection.find_one({"_id": document["_id"]})
        if found is not None:
            return found
        # Of several at once one is inserted; the others may not see it at once.
        with contextlib.suppress(DuplicateKeyError):
            await collection.insert_one(document)
            return document


async def insert_missing(collection: AsyncIOMotorCollection, documents: list[dict[str, Any]], *, may_be_there: bool) -> None:
    """Inserts in order those whose _id is not there yet. Several processes may do it at once: what is visible is a prefix.

    `may_be_there` looks first, which is cheaper than failing where another process is known to insert the same.
    """
    rest = documents
    while rest:
        if may_be_there:
            wanted = [document["_id"] for document in rest]
            there = {found["_id"] async for found in find_any(collection, "_id", wanted, {"_id": 1})}
            rest = [document for document in rest if document["_id"] not in there]
            if not rest:
                return
        try:
            await collection.insert_many(rest, ordered=True)
            return
        except BulkWriteError as error:
            [taken] = indexes_of_duplicates(error)
            rest = rest[taken + 1 :]
            may_be_there = True


def indexes_of_duplicates(error: BulkWriteError) -> list[int]:
    """Which of the writes were refused because their key is there already. Raises the error if that is not all that went wrong."""
    details = error.details or {}
    failures = details.get("writeErrors", [])
    # Without its write concern a write that seems to have succeeded may be gone after a crash.
    if details.get("writeConcernErrors") or any(failed["code"] != DUPLICATE_KEY for failed in failures):
        raise error
    return [failed["index"] for failed in failures]


Made = TypeVar("Made")


def to_document(struct: msgspec.Struct) -> dict[str, Any]:
    """The struct as MongoDB keeps it: `id` becomes `_id`, times stay datetimes."""
    document = msgspec.to_builtins(struct, builtin_types=(datetime,))
    if "id" in document:
        document["_id"] = document.pop("id")
    return document


def to_struct(document: dict[str, Any], kind: type[Made]) -> Made:
    """The domain struct of a document; fields the struct does not know are left out."""
    if "_id" in document:
        document["id"] = document.pop("_id")
    return msgspec.convert(document, kind)


Store = TypeVar("Store", bound=type)


def store(cls: Store) -> Store:
    """Class decorator: every coroutine method and asynchronous generator raises Unavailable when the database does not answer,
    or cannot do its work.
    """
    for name, method in vars(cls).items():
        if inspect.iscoroutinefunction(method):
            setattr(cls, name, _raising_unavailable(method))
        elif inspect.isasyncgenfunction(method):
            setattr(cls, name, _raising_unavailable_between(method))
    return cls


def _raising_unavailable(method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    @functools.wraps(method)
    async def guarded(*args: Any, **kwargs: Any) -> Any:
        with _as_unavailable():
            return await method(*args, **kwargs)

    return guarded


def _raising_unavailable_between(method: Callable[..., AsyncIterator[Any]]) -> Callable[..., AsyncIterator[Any]]:
    @functools.wraps(method)
    async def guarded(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        with _as_unavailable():
            async for one in method(*args, **kwargs):
                yield one

    return guarded


@contextlib.contextmanager
def _as_unavailable() -> Iterator[None]:
    try:
        yield
    except PyMongoError as error:
        # A transaction that met another is run again by who runs it (server/storage/transactions.py).
        if is_away(error) and not error.has_error_label(TRANSIENT):
            if isinstance(error, OperationFailure):
                log.warning("the database answers and does not do its work", extra={"reason": str(error), "code": error.code})
            raise Unavailable("database") from error
        raise


def is_away(error: PyMongoError) -> bool:
    """Whether it is the database's state that fails, and not what it was asked for. A write may have happened or not.

    So is every answer that is not known to be a fault of the question: a full or read-only store, one that has panicked, no
    primary, a shutdown, no time left, a write concern that is not met, a code that a later version invents.
    """
    if error.timeout or isinstance(error, (ConnectionFailure, WriteConcernError)):
        return True
    if isinstance(error, BulkWriteError):
        details = error.details or {}
        return bool(details.get("writeConcernErrors")) or any(failed["code"] not in FAULTS for failed in details.get("writeErrors", ()))
    return isinstance(error, OperationFailure) and error.code not in FAULTS
