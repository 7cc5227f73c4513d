"""What is forgotten of who is gone, beside their own document: what was theirs alone goes, books stay without a word of who they were.

Whoever adds a collection that keeps what tells of a person adds it here.
"""
from __future__ import annotations

from typing import Any, NamedTuple

from motor.motor_asyncio import AsyncIOMotorDatabase

from server.domain.aftersale.settlements import SettlementState
from server.domain.mall.orders.order import OrderStatus
from server.domain.mall.wallet.invoices import InvoiceState
from server.domain.mall.wallet.withdrawals import WithdrawalState
from server.storage.mongo import store

FORGOTTEN_WHEN_SENT = "forgets"  # set on what waits to be sent to who is gone

# collection → the fields that name them: what only they had any use of. Favourites stay: they tell a number and a goods, which counts them.
REMOVED: dict[str, tuple[str, ...]] = {
    "approved_bidders": ("user_id",),
    "lead_books": ("user_id",),
    "mall_address_books": ("_id",),
    "mall_cart_rows": ("user_id",),
    "mall_restock_wishes": ("user_id",),
    "mall_uploads": ("user_id",),
    "mall_identities": ("_id",),
    "mall_pay_passwords": ("_id",),
    "mall_json_rows": ("user_id",),
    "mall_messages": ("user_id",),
    "mall_friends": ("user_id", "friend_id"),
    "mall_letters": ("user_id",),
    "mall_member_codes": ("user_id",),
    "mall_support_agents": ("_id",),
}

# collection → the field that names them, and what is put in the place of what they told: others, or the books, need the rest
BLANKED: dict[str, tuple[str, dict[str, Any]]] = {
    "mall_members": (
        "_id",
        {"gender": 0, "birthday": "", "province": "", "city": "", "extensions": {}, "joined_from": "", "signed_in_from": ""},
    ),
    "mall_bookings": ("user_id", {"answers": {}, "remark": ""}),
    "mall_teams": ("leader_id", {"name": ""}),
    "mall_tickets": ("user_id", {"mobile": ""}),
    "mall_ballots": ("user_id", {"remark": ""}),
    "mall_comments": ("user_id", {"labels": []}),
    "mall_sellers": ("_id", {"name": "", "mobile": ""}),
    "mall_claims": ("user_id", {"remark": ""}),
    "mall_letters": ("sender_id", {"content": ""}),
    "mall_support_talks": ("user_id", {"open_id": "", "last": "", "user_id": 0}),
    "mall_support_lines": ("user_id", {"text": "", "picture": ""}),
}


class Sent(NamedTuple):
    """Whom something is sent to, or where: kept while it is in one of those states, and still to be sent."""

    state: str
    kept_in: list[Any]
    blank: dict[str, Any]


SENT: dict[str, Sent] = {
    "mall_orders": Sent(
        "status", [OrderStatus.PAID.value, OrderStatus.SHIPPED.value], {"contact": None, "remark": "", "extensions": {}, "address": ""}
    ),
    "settlements": Sent("state", [SettlementState.PAID.value], {"place": None}),
    "mall_withdrawals": Sent(
        "state",
        [WithdrawalState.ASKED.value, WithdrawalState.AWAITS_USER.value, WithdrawalState.SENDING.value],
        {"name": ""},
    ),
    # What was issued is in its file, as the law has it.
    "mall_invoices": Sent(
        "state",
        [InvoiceState.WAITING.value, InvoiceState.HANDLED.value],
        {"company": "", "tax_number": "", "email": "", "remark": "", "extensions": {}},
    ),
}


@store
class Forgetting:
    """Forgets; again changes nothing."""

    def __init__(self, database: AsyncIOMotorDatabase):
        self._database = database

    async def forget(self, user_id: int) -> None:
        """All that stands above; of what is still to be sent, once it is."""
        for name, fields in REMOVED.items():
            for field in fields:
                await self._database[name].delete_many({field: user_id})
        for name, (field, blank) in BLANKED.items():
            asked = {field: user_id, "$or": [{one: {"$ne": empty}} for one, empty in blank.items()]}
            await self._database[name].update_many(asked, {"$set": blank, **_revised(name)})
        for name, sent in SENT.items():
            told = [{one: {"$nin": [empty, None]}} for one, empty in sent.blank.items()]
            await self._database[name].update_many({"user_id": user_id, "$or": told}, {"$set": {FORGOTTEN_WHEN_SENT: True}})
        await self.forget_sent()

    async def forget_sent(self) -> None:
        """Of all who are gone."""
        for name, sent in SENT.items():
            asked = {FORGOTTEN_WHEN_SENT: True, sent.state: {"$nin": sent.kept_in}}
            change = {"$set": sent.blank, "$unset": {FORGOTTEN_WHEN_SENT: ""}, "$inc": {"revision": 1}}
            await self._database[name].update_many(asked, change)


WITHOUT_REVISION = frozenset(("mall_members", "mall_teams"))


def _revised(name: str) -> dict[str, Any]:
    """What was decided on what it told is decided again."""
    return {} if name in WITHOUT_REVISION else {"$inc": {"revision": 1}}
