"""Questions that stores ask while visitors wait: what the database has indexes for. None of them writes."""
from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timezone
from typing import TypeAlias

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.domain.changes import ChangeQuery
from server.domain.clock import EPOCH
from server.domain.mall.community.friends import FriendQuery
from server.domain.mall.community.letters import LetterQuery
from server.domain.mall.community.support import TalkQuery
from server.domain.mall.ledger import EntryQuery, Purse
from server.domain.mall.orders.life import OrderQuery
from server.domain.mall.orders.order import OrderStatus
from server.domain.paging import PageQuery
from server.storage.accounts import AccountStores
from server.storage.auctions import AuctionStores
from server.storage.changes import MongoChanges
from server.storage.groupbuy import GroupbuyStores
from server.storage.mall import MallStores
from server.storage.mongo import Sequences

Ask: TypeAlias = Callable[[], Awaitable[object]]

NOBODY = 0  # the id of no user and of no goods


def questions(database: AsyncIOMotorDatabase) -> dict[str, Ask]:
    """By their names. None is for anything that exists, so that no answer is long."""
    sequences, page = Sequences(database), PageQuery(1, 1)
    auctions, accounts = AuctionStores.of(database, sequences), AccountStores.of(database, sequences)
    groupbuy, mall, changes = GroupbuyStores.of(database, sequences), MallStores.of(database, sequences), MongoChanges(database)
    now = datetime.now(timezone.utc)
    return {
        "list_open_groups": lambda: auctions.groups.list_open_groups(now, now),
        "list_ended_groups": lambda: auctions.groups.list_ended_groups(now, page),
        "list_unfinished_groups": lambda: auctions.groups.list_unfinished_groups(),
        "find_by_issue": lambda: auctions.groups.find_by_issue(0),
        "page_lots": lambda: auctions.lots.page_lots(NOBODY, None, page),
        "list_marks_changed_since": lambda: auctions.lots.list_marks_changed_since([NOBODY], now),
        "list_delivered": lambda: auctions.record.list_delivered(now, 1),
        "list_outbid": lambda: auctions.record.list_outbid(NOBODY, now, 1),
        "find_maximum_by_key": lambda: auctions.record.find_maximum_by_key(NOBODY, NOBODY, ""),
        "list_refusals": lambda: auctions.refusals.list_refusals(now, 1),
        "page_by_users": lambda: auctions.participations.page_by_users([NOBODY], page),
        "list_by_goods": lambda: auctions.participations.list_by_goods(NOBODY),
        "list_settled": lambda: auctions.participations.list_settled(NOBODY, now),
        "find_user_by_identity": lambda: accounts.users.find_user_by_identity(""),
        "find_newest": lambda: accounts.endings.find_newest(),
        "list_ended": lambda: accounts.endings.list_ended(now, 1),
        "list_unfinished": lambda: accounts.erasures.list_unfinished(),
        "list_all of a user's addresses": lambda: accounts.addresses.list_all(user_id=NOBODY),
        "list_changed_entries": lambda: groupbuy.offers.list_changed_entries([-1]),
        "page_entries": lambda: mall.ledger.page_entries(EntryQuery(user_id=NOBODY, purse=Purse.MONEY), page),
        "list_rows of a cart": lambda: mall.carts.list_rows(NOBODY, ""),
        "count_rows": lambda: mall.carts.count_rows(NOBODY),
        "page_orders": lambda: mall.orders.page_orders(OrderQuery(user_id=NOBODY), page),
        "page_orders of a status": lambda: mall.orders.page_orders(OrderQuery(user_id=NOBODY, statuses=(OrderStatus.PAID,)), page),
        "count_by_status": lambda: mall.orders.count_by_status(NOBODY),
        "find_by_code": lambda: mall.orders.find_by_code(""),
        "list_overdue": lambda: mall.orders.list_overdue(EPOCH, 1),
        "find_payment": lambda: mall.payments.find_payment(""),
        "page_payments": lambda: mall.payments.page_payments(NOBODY, None, page),
        "list_looked_for": lambda: mall.payments.list_looked_for(EPOCH, 1),
        "list_waiting": lambda: mall.payments.list_waiting(1),
        "page_own bookings": lambda: mall.community.bookings.page_own(NOBODY, page),
        "page_members": lambda: mall.community.bookings.page_members(NOBODY, page),
        "page_teams": lambda: mall.community.teams.page_teams(NOBODY, page),
        "list_overdue bookings": lambda: mall.community.bookings.list_overdue(EPOCH, 1),
        "list_own tickets": lambda: mall.community.tickets.list_own(NOBODY, None, None, 1),
        "page_friends": lambda: mall.community.friends.page_friends(NOBODY, FriendQuery(), page),
        "page_letters": lambda: mall.community.letters.page_letters(LetterQuery(user_id=NOBODY, is_received=True), page),
        "page_letters of both": lambda: mall.community.letters.page_letters(LetterQuery(user_id=NOBODY), page),
        "page_talks": lambda: mall.community.talks.page_talks(TalkQuery(agent_id=NOBODY), page),
        "page_lines": lambda: mall.community.lines.page_lines(NOBODY, page),
        "list_heard": lambda: mall.community.lines.list_heard(now, 1),
        "find_ballot": lambda: mall.community.ballots.find_ballot(NOBODY, NOBODY),
        "page_ballots": lambda: mall.community.ballots.page_ballots(NOBODY, page),
        "find_entry": lambda: mall.ledger.find_entry(""),
        "page_changes of a thing": lambda: changes.read_log(ChangeQuery(noun="", thing_id=""), page),
        "page_changes of a user": lambda: changes.read_log(ChangeQuery(user_id=NOBODY), page),
        "page_changes of a time": lambda: changes.read_log(ChangeQuery(first_at=now), page),
    }
