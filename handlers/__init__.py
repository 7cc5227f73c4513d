"""What is mounted."""
from __future__ import annotations

from handlers import accounts, bidding, groupbuy, ops
from handlers.ops import accounts as accounts_ops
from handlers.ops import groupbuy as groupbuy_ops
from server.web.routing import Document

DOCUMENTS: tuple[Document, ...] = (
    bidding.DOCUMENT,
    accounts.DOCUMENT,
    accounts.ADDITIONS,
    groupbuy.DOCUMENT,
    groupbuy_ops.DOCUMENT,
    accounts_ops.DOCUMENT,
    ops.LOG,
    ops.DOCUMENT,
)
