"""What is mounted."""
from __future__ import annotations

from handlers import accounts, aftersale, bidding, groupbuy, mall, ops, proof, reminders
from handlers.ops import accounts as accounts_ops
from handlers.ops import auctions as auctions_ops
from handlers.ops import groupbuy as groupbuy_ops
from handlers.ops import mall as mall_ops
from server.web.routing import Document

DOCUMENTS: tuple[Document, ...] = (
    bidding.DOCUMENT,
    aftersale.DOCUMENT,
    reminders.DOCUMENT,
    proof.DOCUMENT,
    accounts.DOCUMENT,
    accounts.ADDITIONS,
    groupbuy.DOCUMENT,
    mall.DOCUMENT,
    mall.SHORT_LINKS,
    auctions_ops.DOCUMENT,
    groupbuy_ops.DOCUMENT,
    mall_ops.DOCUMENT,
    accounts_ops.DOCUMENT,
    ops.DOOR,
    ops.LOG,
    ops.DOCUMENT,
)
